"""Evaluates expressions as far as they can be known, across the files of an answer."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import libcst as cst

from harness.source import sessions
from harness.source.altering import altered
from harness.source.expressions import EVALUATIONS, literal
from harness.source.library import canonical
from harness.source.project import Project, absolute, is_installed, split_target
from harness.source.supplied import NAME
from harness.source.tree import Binding, Kind, Scope, Tree, parameters
from harness.source.values import (
    UNKNOWN,
    Annotated,
    AnswerModule,
    Class,
    Constant,
    Coroutine,
    Depends,
    External,
    Function,
    Instance,
    Maker,
    Manager,
    Options,
    Session,
    Supplied,
    Table,
    Value,
    alike,
    is_none,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEPTH = 40
_MANAGERS = frozenset({"contextlib.asynccontextmanager", "contextlib.contextmanager"})
_CACHES = frozenset({"functools.lru_cache", "functools.cached_property"})


class Resolver:
    """Evaluates lazily and remembers; one instance for one project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._memo: dict[int, Value] = {}
        self._imports: dict[int, Value] = {}
        self._outer: dict[tuple[int, str], list[Binding]] = {}
        self._busy: set[int] = set()
        self._scopes: dict[int, Scope] = {}
        for tree in project.trees.values():
            for scope in tree.scopes:
                self._scopes[id(scope.node)] = scope

    def scope_of(self, node: cst.CSTNode) -> Scope:
        """The scope that a function, class, lambda or module node opens."""
        return self._scopes[id(node)]

    def scope_of_comprehension(self, node: cst.CSTNode, outer: Scope) -> Scope:
        """The scope that a comprehension opens, ``outer`` where it is not known."""
        return self._scopes.get(id(node), outer)

    @cached_property
    def sets_expiry(self) -> bool:
        """Whether some code sets ``expire_on_commit`` of a session or a maker that is made already."""
        return any(
            any(target.attr.value == "expire_on_commit" for target, _ in scope.stores)
            or any(attribute.attr.value == "kw" for attribute in scope.attributes)
            for tree in self.project.trees.values()
            for scope in tree.scopes
        )

    @cached_property
    def configuring(self) -> list[tuple[cst.Call, Scope, Tree]]:
        """The calls of a method ``configure``, with the scope and the file of each."""
        return [
            (call, scope, tree)
            for tree in self.project.trees.values()
            for scope in tree.scopes
            for call in scope.calls
            if isinstance(call.func, cst.Attribute) and call.func.attr.value == "configure"
        ]

    # names -------------------------------------------------------------------------------------------------

    def bindings(self, name: str, scope: Scope, tree: Tree, use: cst.CSTNode | None = None) -> list[Binding]:
        """The bindings that a use of ``name`` in ``scope`` can see: the last certain one and later conditional ones.

        Inside the scope that binds the name only what stands before ``use`` counts; from an inner function all does.
        """
        found = scope.bindings.get(name)
        if found:
            visible = found if use is None else _before(found, use, scope, tree)
            if visible:
                return _latest(visible)
        key = (id(scope), name)
        if key not in self._outer:
            self._outer[key] = self._from_outside(name, scope)
        return self._outer[key]

    def _from_outside(self, name: str, scope: Scope) -> list[Binding]:
        """The bindings of ``name`` that an inner scope sees."""
        here = scope.parent
        while here is not None:
            found = here.bindings.get(name)
            if found and here.kind != "class":
                return _latest(found)
            here = here.parent
        return []

    def name(self, name: str, scope: Scope, tree: Tree, use: cst.CSTNode | None = None) -> Value:
        """The value of a name; where several bindings are possible, the one value that all agree on."""
        found = self.bindings(name, scope, tree, use)
        if len(found) == 1:
            return self.binding(found[0], tree)
        if found:
            values = [value for value in (self.binding(b, tree) for b in found) if value is not UNKNOWN]
            known = [value for value in values if not is_none(value)] or values
            if not known:
                return UNKNOWN
            return known[-1] if all(alike(known[0], other) for other in known[1:]) else UNKNOWN
        for star in tree.scope.bindings.get("*", []):
            value = self.imported(star, name, tree)
            if value is not UNKNOWN:
                return value
        target = self.project.supplied.get(tree.name, {}).get(name)
        if target:
            return self.target(target)
        return External(f"builtins.{name}") if hasattr(builtins, name) else UNKNOWN

    def target(self, target: str) -> Value:
        """The value of a ``"module:name"`` target."""
        module, name = split_target(target)
        tree = self.project.trees.get(module)
        if tree is not None:
            return self.name(name, tree.scope, tree) if name else AnswerModule(tree)
        if module == NAME:
            return sessions.supplied(name)
        return External(canonical(f"{module}.{name}" if name else module))

    def binding(self, binding: Binding, tree: Tree) -> Value:
        """What a binding binds."""
        node = binding.node
        if binding.kind is Kind.IMPORT:
            if is_installed(binding.module):
                return External(canonical(binding.imported))
            found = self.project.find(tree, binding.module)
            return AnswerModule(found) if found is not None else UNKNOWN
        if binding.kind is Kind.IMPORT_FROM:
            key = id(binding)
            if key not in self._imports:
                self._imports[key] = UNKNOWN  # two files may import a name of one another
                self._imports[key] = self.imported(binding, binding.imported, tree)
            return self._imports[key]
        if binding.kind is Kind.FUNCTION and isinstance(node, cst.FunctionDef):
            return self.decorated(Function(self.scope_of(node), tree), binding.scope, tree)
        if binding.kind is Kind.CLASS and isinstance(node, cst.ClassDef):
            return Class(self.scope_of(node), tree)
        if binding.kind is Kind.ASSIGN and isinstance(node, cst.BaseExpression):
            value = self.value(node, binding.scope, tree)
            if value is UNKNOWN and binding.annotation is not None:
                return self.annotated(binding.annotation, binding.scope, tree)
            return value
        if binding.kind is Kind.WITH and isinstance(node, cst.WithItem):
            return self.entered(self.value(node.item, binding.scope, tree))
        if binding.kind is Kind.PARAMETER and isinstance(node, cst.Param):
            return self.parameter(node, binding, tree)
        return UNKNOWN

    def imported(self, binding: Binding, name: str, tree: Tree) -> Value:
        """``name`` of the module that a from-import names."""
        module = absolute(tree, binding.module)
        if not binding.module.startswith(".") and is_installed(module):
            return External(canonical(f"{module}.{name}"))
        found = self.project.find(tree, binding.module)
        if found is not None and found is not tree:
            if name in found.scope.bindings or found.scope.bindings.get("*"):
                return self.name(name, found.scope, found)
            sub = self.project.trees.get(f"{found.name}.{name}")
            if sub is not None:
                return AnswerModule(sub)
        sub = self.project.trees.get(f"{module}.{name}" if module else name) or self.project.find(
            tree, f"{binding.module.rstrip('.')}.{name}" if binding.module.strip(".") else binding.module + name
        )
        if sub is not None and sub is not tree and sub.name.rpartition(".")[2] == name:
            return AnswerModule(sub)
        target = self.project.virtual.get(module or ".", {}).get(name)
        return self.target(target) if target else UNKNOWN

    # functions ---------------------------------------------------------------------------------------------

    def decorators(self, function: cst.FunctionDef, scope: Scope, tree: Tree) -> Iterator[Value]:
        """The values of a function's decorators, calls taken off."""
        for decorator in function.decorators:
            node = decorator.decorator
            yield self.value(node.func if isinstance(node, cst.Call) else node, scope, tree)

    def decorated(self, function: Function, scope: Scope, tree: Tree) -> Value:
        node = function.scope.function
        if node is not None:
            for value in self.decorators(node, scope, tree):
                if isinstance(value, External) and value.name == "builtins.property":
                    return self.called(function)
        return function

    def is_manager(self, function: Function) -> bool:
        """Whether it is decorated with ``asynccontextmanager`` or ``contextmanager``."""
        return self._decorated_with(function, _MANAGERS)

    def is_cached(self, function: Function) -> bool:
        """Whether a cache decorator keeps what it returns."""
        return self._decorated_with(function, _CACHES)

    def _decorated_with(self, function: Function, names: frozenset[str]) -> bool:
        node, outer = function.scope.function, function.scope.parent
        if node is None or outer is None:
            return False
        values = self.decorators(node, outer, function.tree)
        return any(isinstance(value, External) and value.name in names for value in values)

    def parameter(self, node: cst.Param, binding: Binding, tree: Tree) -> Value:
        function = binding.scope.function
        owner = binding.scope.parent
        if (
            owner is not None
            and owner.kind == "class"
            and function is not None
            and parameters(function)[:1] == [node]
            and isinstance(owner.node, cst.ClassDef)
        ):
            return Instance(Class(owner, tree))
        outer = owner or tree.scope
        if node.default is not None:
            default = self.value(node.default, outer, tree)
            if isinstance(default, Depends):
                return self.provided(default)
        if node.annotation is not None:
            return self.annotated(node.annotation.annotation, outer, tree)
        return UNKNOWN

    def provided(self, depends: Depends) -> Value:
        """What an endpoint gets from ``Depends(target)``."""
        target = depends.target
        if isinstance(target, Function):
            node = target.scope.function
            if node is not None and target.scope.yields and not self.is_manager(target):
                return self.yielded(target)
            called = self.called(target)
            return called.of if isinstance(called, Coroutine) else called
        if isinstance(target, Supplied):
            return sessions.context_session() if sessions.is_session_dependency(target.name) else UNKNOWN
        if isinstance(target, Instance) and isinstance(target.of, Class):
            method = self.member(target.of, "__call__")
            return self.provided(Depends(method, depends.scope, depends.call)) if method is not UNKNOWN else UNKNOWN
        return self.call_value(target, Options(), depends.call, None, None)

    def annotated(self, annotation: cst.BaseExpression, scope: Scope, tree: Tree) -> Value:
        """What something is by its annotation."""
        if isinstance(annotation, cst.SimpleString):
            text = str(literal(annotation) or "")
            if not text.isidentifier():
                return UNKNOWN
            value = self.name(text, scope, tree)
        elif isinstance(annotation, cst.BinaryOperation):
            left = self.annotated(annotation.left, scope, tree)
            return left if left is not UNKNOWN else self.annotated(annotation.right, scope, tree)
        else:
            value = self.value(annotation, scope, tree)
        if isinstance(value, Annotated):
            for metadata in value.metadata:
                if isinstance(metadata, Depends):
                    provided = self.provided(metadata)
                    if provided is not UNKNOWN:
                        return provided
            return self.annotated(value.base, value.scope, value.tree)
        flavor = sessions.flavor(self, value)
        if flavor is not None:
            return Session(flavor, None, made=False, node=annotation)
        if isinstance(value, (Class, External)):
            return Instance(value)
        return UNKNOWN

    def yielded(self, function: Function) -> Value:
        """What a generator yields first."""
        for node in function.scope.yields:
            if node.value is not None and isinstance(node.value, cst.BaseExpression):
                return self.value(node.value, function.scope, function.tree)
        return UNKNOWN

    def called(self, function: Function) -> Value:
        """What calling a function of the answer gives."""
        scope = function.scope
        node = scope.function
        if node is None or id(node) in self._busy:
            return UNKNOWN
        self._busy.add(id(node))
        try:
            if scope.yields:
                of = self.yielded(function)
                return Manager(of, scope.is_async, function) if self.is_manager(function) else UNKNOWN
            returned = [
                self.value(each.value, scope, function.tree) for each in scope.returns if each.value is not None
            ]
            known = [value for value in returned if value is not UNKNOWN]
            value = known[0] if known and all(alike(known[0], other) for other in known) else UNKNOWN
            if value is UNKNOWN and node.returns is not None and not scope.is_async:
                value = self.annotated(node.returns.annotation, scope.parent or scope, function.tree)
            return Coroutine(value) if scope.is_async else value
        finally:
            self._busy.discard(id(node))

    def entered(self, manager: Value) -> Value:
        """What ``with manager as x`` binds to x."""
        if isinstance(manager, Session):
            return manager
        if isinstance(manager, Manager):
            return manager.of
        if isinstance(manager, Instance) and isinstance(manager.of, Class):
            for name in ("__aenter__", "__enter__"):
                method = self.member(manager.of, name)
                if isinstance(method, Function):
                    value = self.called(method)
                    return value.of if isinstance(value, Coroutine) else value
        return UNKNOWN

    def member(self, owner: Class, name: str) -> Value:
        """An attribute of an instance: a class attribute, a method, or what ``self.name = ...`` stored.

        None is a place that is filled later; where what is stored is not known, or differs, the annotation says it.
        """
        found = owner.scope.bindings.get(name, [])
        declared = found[-1] if found else None
        if declared is not None and declared.kind is not Kind.ASSIGN:
            return self.binding(declared, owner.tree)
        values = [self.binding(declared, owner.tree)] if declared is not None and declared.node is not None else []
        values += [self.value(stored, scope, owner.tree) for stored, scope in _stored(owner, name)]
        filled = [value for value in values if not is_none(value)]
        if filled and filled[0] is not UNKNOWN and all(alike(filled[0], other) for other in filled[1:]):
            return filled[0]
        if declared is not None and declared.annotation is not None:
            value = self.annotated(declared.annotation, owner.scope, owner.tree)
            if value is not UNKNOWN:
                return value
        if values and not filled:
            return values[0]
        for base in self.bases(owner):
            if isinstance(base, Class):
                value = self.member(base, name)
                if value is not UNKNOWN:
                    return value
        return UNKNOWN

    def bases(self, owner: Class) -> list[Value]:
        """The values of a class's bases, but for those that would be derived from the class itself."""
        return [each for each in self._bases(owner) if not isinstance(each, Class) or not self._derived(each, owner)]

    def _derived(self, one: Class, other: Class) -> bool:
        """Whether a class is another one or derived from it, as far as names tell: ``class A(A)`` of two modules."""
        seen: set[int] = set()
        todo = [one]
        while todo:
            here = todo.pop()
            if here.scope is other.scope:
                return True
            if id(here.scope) not in seen:
                seen.add(id(here.scope))
                todo += [each for each in self._bases(here) if isinstance(each, Class)]
        return False

    def _bases(self, owner: Class) -> list[Value]:
        node = owner.scope.node
        if not isinstance(node, cst.ClassDef) or id(node) in self._busy:
            return []
        self._busy.add(id(node))
        try:
            return [self.value(arg.value, owner.scope.parent or owner.scope, owner.tree) for arg in node.bases]
        finally:
            self._busy.discard(id(node))

    # expressions -------------------------------------------------------------------------------------------

    def value(self, node: cst.CSTNode, scope: Scope, tree: Tree) -> Value:
        """The value of an expression that stands in ``scope`` of ``tree``."""
        key = id(node)
        if key in self._memo:
            return self._memo[key]
        if key in self._busy or len(self._busy) > _DEPTH:
            return UNKNOWN
        self._busy.add(key)
        try:
            value = self._value(node, scope, tree)
        finally:
            self._busy.discard(key)
        self._memo[key] = value
        return value

    def _value(self, node: cst.CSTNode, scope: Scope, tree: Tree) -> Value:
        evaluate = EVALUATIONS.get(type(node))
        return evaluate(self, node, scope, tree) if evaluate is not None else UNKNOWN

    def attribute(self, base: Value, name: str) -> Value:
        if isinstance(base, External):
            return External(canonical(f"{base.name}.{name}"))
        if isinstance(base, AnswerModule):
            return self.name(name, base.tree.scope, base.tree)
        if isinstance(base, Instance) and isinstance(base.of, Class):
            return self.member(base.of, name)
        if isinstance(base, Class):
            return self.member(base, name)
        if isinstance(base, Maker) and name == "begin":
            return _Begin(base)
        return UNKNOWN

    def options(self, call: cst.Call, scope: Scope, tree: Tree) -> Options:
        """The keyword arguments of a call, ``**`` of known dictionaries unfolded."""
        given: dict[str, Value] = {}
        closed = True
        for arg in call.args:
            if arg.keyword is not None:
                given[arg.keyword.value] = self.value(arg.value, scope, tree)
            elif arg.star == "**":
                spread = self.value(arg.value, scope, tree)
                if isinstance(spread, Table):
                    later = self.altered(arg.value, scope, tree)
                    closed = closed and spread.closed and later == set()
                    for key, item in spread.items.items():
                        kept = later is not None and key not in later
                        given[str(key)] = self.value(item, spread.scope, spread.tree) if kept else UNKNOWN
                else:
                    closed = False
        return Options(given, closed)

    def altered(self, node: cst.BaseExpression, scope: Scope, tree: Tree) -> set[object] | None:
        """The keys of a dictionary held by a name that change after it was made (``x[...] =``, ``x |=``); None: any."""
        if not isinstance(node, cst.Name):
            return set()
        found = self.bindings(node.value, scope, tree, node)
        return altered(self, node.value, found[0].scope, tree) if len(found) == 1 else None

    def call_value(
        self, callee: Value, options: Options, call: cst.Call, scope: Scope | None, tree: Tree | None
    ) -> Value:
        """What a call gives."""
        if isinstance(callee, _Begin):
            return sessions.make(callee.maker, options)
        if scope is not None and tree is not None:
            made = sessions.construct(self, callee, options, call, scope, tree)
            if made is not None:
                return made
        if isinstance(callee, Function):
            return self.called(callee)
        if isinstance(callee, _Managed):
            return Manager(self.yielded(callee.function), callee.function.scope.is_async, callee.function)
        if isinstance(callee, Class):
            return Instance(callee)
        if isinstance(callee, External):
            return self.external_call(callee, call, scope, tree)
        return UNKNOWN

    def external_call(self, callee: External, call: cst.Call, scope: Scope | None, tree: Tree | None) -> Value:
        if scope is None or tree is None:
            return UNKNOWN
        name = callee.name
        first = call.args[0].value if call.args and not call.args[0].star else None
        if name == "fastapi.Depends":
            target = UNKNOWN
            how: str | None = None
            for arg in call.args:
                if arg.keyword is None or arg.keyword.value == "dependency":
                    target = self.value(arg.value, scope, tree)
                elif arg.keyword.value == "scope":
                    value = self.value(arg.value, scope, tree)
                    how = str(value.value) if isinstance(value, Constant) else None
            return Depends(target, how, call)
        if name in ("contextlib.aclosing", "contextlib.closing") and first is not None:
            return Manager(self.value(first, scope, tree), name.endswith("aclosing"))
        if name in _MANAGERS and first is not None and isinstance(held := self.value(first, scope, tree), Function):
            return _Managed(held)
        if name == "typing.cast" and len(call.args) == 2:
            return self.value(call.args[1].value, scope, tree)
        return Instance(callee)


@dataclass(frozen=True, slots=True, eq=False)
class _Managed(Value):
    """``asynccontextmanager(function)``, where the function is not decorated with it."""

    function: Function


@dataclass(frozen=True, slots=True, eq=False)
class _Begin(Value):
    """``maker.begin``, which gives a session when it is called."""

    maker: Maker


_CANNOT_HOLD_A_USE = frozenset({Kind.PARAMETER, Kind.IMPORT, Kind.IMPORT_FROM})


def _before(found: list[Binding], use: cst.CSTNode, scope: Scope, tree: Tree) -> list[Binding]:
    """The bindings of a scope's own name that stand before a use: ``x = f(x)`` does not bind what it reads."""
    order = tree.orders.get(id(use))
    if order is None:
        return found
    before = [b for b in found if b.order < order]
    if any(b.node is not None and b.kind not in _CANNOT_HOLD_A_USE for b in before):
        above = {id(node) for node in tree.ancestors(use)}
        before = [b for b in before if b.node is None or id(b.node) not in above]
    return before or (found[:1] if scope.kind == "module" else [])


def _latest(bindings: list[Binding]) -> list[Binding]:
    """The last certain binding and the conditional ones after it."""
    if len(bindings) == 1:
        return bindings
    last = max((i for i, b in enumerate(bindings) if not b.conditional), default=0)
    return bindings[last:]


def _stored(owner: Class, name: str) -> Iterator[tuple[cst.BaseExpression, Scope]]:
    """What the methods of a class store as ``self.name``, with the scope of each."""
    for child in owner.scope.children:
        function = child.function
        if function is None or not function.params.params:
            continue
        first = function.params.params[0].name.value
        for target, stored in child.stores:
            if target.attr.value == name and isinstance(target.value, cst.Name) and target.value.value == first:
                yield stored, child
