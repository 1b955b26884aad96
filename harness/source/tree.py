"""What is known of a parsed file: scopes with ordered bindings, and the nodes that the analyses ask for.

``building.py`` makes it. Positions are resolved afterwards, and only for findings (``positions.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from operator import attrgetter
from typing import Any

import libcst as cst


class Kind(StrEnum):
    """How a name came to be bound."""

    IMPORT = "import"
    IMPORT_FROM = "import_from"
    STAR = "star"
    ASSIGN = "assign"
    FUNCTION = "function"
    CLASS = "class"
    PARAMETER = "parameter"
    WITH = "with"
    OTHER = "other"  # for, except, comprehension, match: the value is not written down


@dataclass(slots=True, eq=False)
class Binding:
    """A name bound once. ``node`` is what it is bound to: a value, a definition, a parameter, a with item."""

    name: str
    kind: Kind
    node: cst.CSTNode | None
    order: int
    scope: Scope
    conditional: bool = False
    module: str = ""  # imports: the module as written, dots included
    imported: str = ""  # from-imports: the name in that module
    annotation: cst.BaseExpression | None = None
    type_checking: bool = False


@dataclass(slots=True, eq=False)
class Scope:
    """A module, class, function, lambda or comprehension.

    ``kind`` is also "aside" for what runs as ``__main__`` only, and "never" for what no run reaches: nobody's child.
    """

    kind: str
    name: str
    node: cst.CSTNode
    parent: Scope | None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    loads: list[tuple[cst.Name, int]] = field(default_factory=list)
    calls: list[cst.Call] = field(default_factory=list)
    attributes: list[cst.Attribute] = field(default_factory=list)
    yields: list[cst.Yield] = field(default_factory=list)
    returns: list[cst.Return] = field(default_factory=list)
    withs: list[cst.With] = field(default_factory=list)
    tries: list[cst.Try] = field(default_factory=list)
    raises: list[cst.Raise] = field(default_factory=list)
    stores: list[tuple[cst.Attribute, cst.BaseExpression]] = field(default_factory=list)  # x.attr = value
    children: list[Scope] = field(default_factory=list)
    outer: set[str] = field(default_factory=set)  # global and nonlocal names

    @property
    def function(self) -> cst.FunctionDef | None:
        return self.node if isinstance(self.node, cst.FunctionDef) else None

    @property
    def is_async(self) -> bool:
        return isinstance(self.node, cst.FunctionDef) and self.node.asynchronous is not None

    def walk(self) -> Iterator[Scope]:
        """This scope and all below it, outermost first."""
        stack = [self]
        while stack:
            scope = stack.pop()
            yield scope
            stack.extend(reversed(scope.children))

    def own(self) -> Iterator[Scope]:
        """This scope with its lambdas and comprehensions: what runs as part of it."""
        yield self
        for child in self.children:
            if child.kind in ("lambda", "comprehension"):
                yield from child.own()


@dataclass(slots=True, eq=False)
class Tree:
    """A module after the pass. ``scopes``: the module's own and all below it, outermost first."""

    name: str
    module: cst.Module
    scope: Scope
    parents: dict[int, cst.CSTNode]
    orders: dict[int, int]
    is_package: bool = False
    scopes: tuple[Scope, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.scopes = tuple(self.scope.walk())

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        return self.parents.get(id(node))

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """Parents from the nearest outwards."""
        here = self.parents.get(id(node))
        while here is not None:
            yield here
            here = self.parents.get(id(here))

    def within(self, node: cst.CSTNode, scope: Scope) -> Iterator[cst.CSTNode]:
        """Parents from the nearest outwards, up to the one that opens a scope, that one left out."""
        for above in self.ancestors(node):
            if above is scope.node:
                return
            yield above

    def dissolve(self) -> None:
        """Take scopes and bindings apart, which hold one another: else all nodes wait to be collected as garbage."""
        for scope in self.scopes:
            scope.bindings.clear()
            scope.children.clear()


_SKIPPED = frozenset(
    "lpar rpar comma semicolon leading_lines lines_after_decorators header footer indent equal "
    "colon dot operator lbracket rbracket lbrace rbrace star at asynchronous async_ default_indent "
    "default_newline encoding has_trailing_newline type_parameters".split()
)


class _Fields(dict[type[cst.CSTNode], Callable[[cst.CSTNode], tuple[Any, ...]]]):
    """What gives the fields of a kind of node that hold nodes which mean something, made when first asked for."""

    def __missing__(self, kind: type[cst.CSTNode]) -> Callable[[cst.CSTNode], tuple[Any, ...]]:
        names = [
            each.name
            for each in fields(kind)
            if each.name not in _SKIPPED and not each.name.startswith("whitespace") and each.type is not str
        ]
        self[kind] = _getter(names)
        return self[kind]


def _getter(names: Sequence[str]) -> Callable[[cst.CSTNode], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    if names:
        only = attrgetter(names[0])
        return lambda node: (only(node),)
    return lambda node: ()


_FIELDS = _Fields()
_NO_NODES = frozenset({type(None), str, cst.MaybeSentinel})


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The children that mean something (no white space, no punctuation), in the order of the fields."""
    found: list[cst.CSTNode] = []
    for value in _FIELDS[type(node)](node):
        kind = type(value)
        if kind is tuple or kind is list:
            found += value
        elif kind not in _NO_NODES:
            found.append(value)
    return found


def dotted(node: cst.CSTNode | None) -> str:
    """``a.b.c`` of a Name or Attribute, "" of anything else."""
    parts: list[str] = []
    while type(node) is cst.Attribute:
        parts.append(node.attr.value)
        node = node.value
    if type(node) is not cst.Name:
        return ""
    parts.append(node.value)
    return ".".join(reversed(parts))


def parameters_in(params: cst.Parameters) -> list[cst.Param]:
    """All parameters of a function or lambda in order, ``*args`` and ``**kwargs`` included."""
    found = [*params.posonly_params, *params.params]
    if type(params.star_arg) is cst.Param:
        found.append(params.star_arg)
    found += params.kwonly_params
    if params.star_kwarg is not None:
        found.append(params.star_kwarg)
    return found


def parameters(node: cst.FunctionDef) -> list[cst.Param]:
    """As ``parameters_in``, of a function."""
    return parameters_in(node.params)
