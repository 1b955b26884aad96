"""The model classes of a project: their relations, what an UPDATE expires, the fields that a schema reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from harness.source.tree import Kind
from harness.source.values import Annotated, Class, Constant, External, Function, Supplied, Table, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.source.resolve import Resolver
    from harness.source.tree import Binding, Scope, Tree

_RELATIONS = frozenset({"sqlmodel.Relationship", "sqlalchemy.orm.relationship"})
_EAGER = frozenset("selectin joined subquery immediate noload write_only dynamic raise_on_sql".split())
_SCHEMAS = frozenset({"pydantic.BaseModel", "pydantic.main.BaseModel", "sqlmodel.SQLModel", "sqlmodel.main.SQLModel"})
_INTERCEPTORS = frozenset("model_validator root_validator model_serializer".split())
_MANY = frozenset("list List set Set Sequence Collection tuple Tuple Iterable".split())
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation that loads when it is read.

    ``many``: certainly a collection. ``target`` None: a class that is not among the files, so not the model itself.
    """

    name: str
    target: Class | Supplied | None
    many: bool


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A model class: of the project (``owner``), or supplied, which only its relations are known of.

    ``keys`` are its own and those of the models above it, not of what all models share. ``relations`` are those that
    load when they are read, ``columns`` holds their names, too. ``updated`` are the columns that the database computes
    at every UPDATE, so that the flush leaves them expired.
    """

    key: object
    keys: frozenset[object]
    relations: Mapping[str, Relation]
    owner: Class | None = None
    columns: frozenset[str] = frozenset()
    updated: frozenset[str] = frozenset()
    eager: tuple[Relation, ...] = ()  # those that load with the object itself


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a schema; ``schema`` is the class of what it holds, where that is one of the project's."""

    name: str
    schema: Class | None


class Models:
    """Asks each class once. ``supplied`` maps each entity that the harness supplies to its relations."""

    def __init__(self, resolver: Resolver, supplied: Mapping[str, Iterable[str]]) -> None:
        self._resolver = resolver
        self._supplied = supplied
        self._known: dict[object, Model | None] = {}
        self._fields: dict[int, list[Field]] = {}
        self._classes: dict[str, list[Class]] = {}
        self._indexed = False

    def of(self, value: Value | None) -> Model | None:
        """The model that a value is, None where it is none."""
        if isinstance(value, Supplied) and value.name in self._supplied:
            if value.name not in self._known:
                relations = {name: Relation(name, None, many=name.endswith("s")) for name in self._supplied[value.name]}
                self._known[value.name] = Model(value.name, frozenset({value.name}), relations)
            return self._known[value.name]
        if not isinstance(value, Class):
            return None
        key = id(value.scope)
        if key not in self._known:
            self._known[key] = None  # while its relations are being read
            self._known[key] = self._model(value)
        return self._known[key]

    def _model(self, owner: Class) -> Model | None:
        lineage = list(self._lineage(owner))
        relations: dict[str, Relation] = {}
        columns: set[str] = set()
        updated: set[str] = set()
        mapped = False
        eager: dict[str, Relation] = {}
        for each in reversed(lineage):
            node = each.scope.node
            mapped = mapped or "__tablename__" in each.scope.bindings
            mapped = mapped or (isinstance(node, cst.ClassDef) and any(map(makes_table, node.keywords)))
            for name, bindings in each.scope.bindings.items():
                relations.pop(name, None)
                eager.pop(name, None)
                if _is_attribute(name, bindings[-1]):
                    columns.add(name)
                made = bindings[-1].node
                if not isinstance(made, cst.Call):
                    continue
                if self._is_relation(made, each):
                    mapped = True
                    found = eager if self._loads_itself(made, each) else relations
                    found[name] = self._relation(name, bindings[-1], made, each)
                elif self._computed_at_update(made, each):
                    updated.add(name)
        if not mapped:
            return None
        fetched_back = any("__mapper_args__" in each.scope.bindings for each in lineage)
        return Model(
            id(owner.scope),
            frozenset(id(each.scope) for each in lineage if each is owner or not self._is_only_base(each)),
            relations,
            owner,
            frozenset(columns),
            frozenset() if fetched_back else frozenset(updated),
            tuple(eager.values()),
        )

    def _is_only_base(self, above: Class) -> bool:
        """Whether a class is certainly no model: abstract, or derived from libraries alone and without a table."""
        node, bindings = above.scope.node, above.scope.bindings
        if "__abstract__" in bindings:
            return True
        if isinstance(node, cst.ClassDef) and any(map(makes_table, node.keywords)):
            return False
        named = bindings.get("__tablename__")
        if named and named[-1].kind is Kind.ASSIGN:
            return False
        return all(isinstance(base, External) for base in self._resolver.bases(above))

    def _lineage(self, owner: Class) -> Iterator[Class]:
        """The class and the project's own classes above it, nearest first."""
        todo, seen = [owner], {id(owner.scope)}
        while todo:
            here = todo.pop(0)
            yield here
            for base in self._resolver.bases(here):
                if isinstance(base, Class) and id(base.scope) not in seen:
                    seen.add(id(base.scope))
                    todo.append(base)

    def property_of(self, model: Model, name: str) -> Function | None:
        """The property of that name, written out in one of the project's classes."""
        for each in self._lineage(model.owner) if model.owner is not None else ():
            bindings = each.scope.bindings.get(name)
            if bindings:
                node = bindings[-1].node
                if not isinstance(node, cst.FunctionDef) or not any(
                    isinstance(value, External) and value.name == "builtins.property"
                    for value in self._resolver.decorators(node, each.scope, each.tree)
                ):
                    return None
                return Function(self._resolver.scope_of(node), each.tree)
        return None

    def fields(self, schema: Class) -> list[Field]:
        """What a pydantic schema reads of an object given to it; empty where that cannot be known."""
        key = id(schema.scope)
        if key not in self._fields:
            self._fields[key] = self._read_fields(schema)
        return self._fields[key]

    def _read_fields(self, schema: Class) -> list[Field]:
        found: dict[str, Field] = {}
        external: set[str] = set()
        for each in self._lineage(schema):
            external |= {base.name for base in self._resolver.bases(each) if isinstance(base, External)}
            for child in each.scope.children:
                function = child.function
                if function is not None and any(map(_intercepts, function.decorators)):
                    return []
            for name, bindings in each.scope.bindings.items():
                annotation = bindings[-1].annotation
                if annotation is None or name in found or name.startswith("_") or _has_alias(bindings[-1].node):
                    continue
                made = bindings[-1].node
                if isinstance(made, cst.Call) and self._is_relation(made, each):
                    continue  # of a model; pydantic does not know it
                target, _ = self.class_in(annotation, each.scope, each.tree)
                found[name] = Field(name, target if isinstance(target, Class) else None)
        return list(found.values()) if external & _SCHEMAS else []

    def class_in(
        self, annotation: cst.BaseExpression, scope: Scope, tree: Tree
    ) -> tuple[Class | Supplied | None, bool]:
        """The project's class that an annotation names, through Optional, lists, Mapped; and whether it is many."""
        return self._class_in(annotation, scope, tree, many=False, depth=_DEEPEST)

    def _class_in(
        self, node: cst.BaseExpression, scope: Scope, tree: Tree, *, many: bool, depth: int
    ) -> tuple[Class | Supplied | None, bool]:
        if depth == 0:
            return None, many
        if isinstance(node, cst.SimpleString):
            text = node.value.strip("\"'")
            if text.isidentifier():
                return self._named(text, scope, tree), many
            try:
                parsed = cst.parse_expression(text)
            except Exception:  # a string that is no expression says nothing
                return None, many
            return self._class_in(parsed, scope, tree, many=many, depth=depth - 1)
        if isinstance(node, cst.Name):
            value = self._resolver.name(node.value, scope, tree)
            if isinstance(value, Annotated):
                return self._class_in(value.base, value.scope, value.tree, many=many, depth=depth - 1)
            return (value if isinstance(value, (Class, Supplied)) else self._named(node.value, scope, tree)), many
        if isinstance(node, cst.BinaryOperation):
            for side in (node.left, node.right):
                found, several = self._class_in(side, scope, tree, many=many, depth=depth - 1)
                if found is not None:
                    return found, several
            return None, many
        if isinstance(node, cst.Subscript):
            head = node.value.attr.value if isinstance(node.value, cst.Attribute) else getattr(node.value, "value", "")
            several = many or head in _MANY
            for element in node.slice:
                if isinstance(element.slice, cst.Index):
                    found, several = self._class_in(element.slice.value, scope, tree, many=several, depth=depth - 1)
                    if found is not None or several:
                        return found, several
            return None, several
        if isinstance(node, cst.Attribute):
            value = self._resolver.value(node, scope, tree)
            return (value if isinstance(value, Class) else None), many
        return None, many

    def _named(self, name: str, scope: Scope, tree: Tree) -> Class | Supplied | None:
        """The class of a name in a string: seen from its scope, else the only one that is called so anywhere."""
        value = self._resolver.name(name, scope, tree)
        if isinstance(value, (Class, Supplied)):
            return value
        if not self._indexed:
            self._indexed = True
            for each in self._resolver.project.trees.values():
                for other, bindings in each.scope.bindings.items():
                    node = bindings[-1].node
                    if isinstance(node, cst.ClassDef):
                        self._classes.setdefault(other, []).append(Class(self._resolver.scope_of(node), each))
        found = self._classes.get(name, [])
        return found[0] if len(found) == 1 else None

    def _is_relation(self, call: cst.Call, owner: Class) -> bool:
        callee = self._resolver.value(call.func, owner.scope, owner.tree)
        return isinstance(callee, External) and callee.name in _RELATIONS

    def _relation(self, name: str, binding: Binding, call: cst.Call, owner: Class) -> Relation:
        target: Class | Supplied | None = None
        many = False
        if binding.annotation is not None:
            target, many = self.class_in(binding.annotation, owner.scope, owner.tree)
        if target is None and call.args and call.args[0].keyword is None and not call.args[0].star:
            target, _ = self.class_in(call.args[0].value, owner.scope, owner.tree)
        return Relation(name, target, many)

    def _loads_itself(self, call: cst.Call, owner: Class) -> bool:
        options = self._resolver.options(call, owner.scope, owner.tree)
        more = options.given.get("sa_relationship_kwargs")
        if isinstance(more, Table):
            lazy = more.items.get("lazy")
            value = self._resolver.value(lazy, more.scope, more.tree) if lazy is not None else None
            return not more.closed or (lazy is not None and _is_eager(value))
        if more is not None or not options.closed or "sa_relationship" in options.given:
            return True
        given = options.given.get("lazy")
        return given is not None and _is_eager(given)

    def _computed_at_update(self, call: cst.Call, owner: Class) -> bool:
        for arg in call.args:
            key = arg.keyword.value if arg.keyword is not None else ""
            if key == "onupdate":
                value = arg.value
                if isinstance(value, cst.Call):
                    callee = self._resolver.value(value.func, owner.scope, owner.tree)
                    return isinstance(callee, External) and callee.name.startswith(
                        ("sqlalchemy.func.", "sqlmodel.func.")
                    )
            elif key == "sa_column" and isinstance(arg.value, cst.Call):
                return self._computed_at_update(arg.value, owner)
            elif key == "sa_column_kwargs" and isinstance(arg.value, cst.Dict):
                for element in arg.value.elements:
                    if (
                        isinstance(element, cst.DictElement)
                        and isinstance(element.key, cst.SimpleString)
                        and element.key.value.strip("\"'") == "onupdate"
                        and isinstance(element.value, cst.Call)
                    ):
                        callee = self._resolver.value(element.value.func, owner.scope, owner.tree)
                        return isinstance(callee, External) and callee.name.startswith("sqlalchemy.func.")
        return False


def makes_table(arg: cst.Arg) -> bool:
    """``table=True``, SQLModel's mark of a model."""
    return arg.keyword is not None and arg.keyword.value == "table" and getattr(arg.value, "value", "") == "True"


def _is_attribute(name: str, binding: Binding) -> bool:
    """Whether a name of a class is kept by the session: columns and relations, no methods."""
    annotation = binding.annotation
    constant = isinstance(annotation, cst.Subscript) and getattr(annotation.value, "value", "") == "ClassVar"
    return binding.kind is Kind.ASSIGN and not name.startswith("_") and not constant


def _is_eager(value: Value | None) -> bool:
    return not isinstance(value, Constant) or value.value in _EAGER


def _intercepts(decorator: cst.Decorator) -> bool:
    """Whether a decorator makes a function that may change what a schema reads."""
    node = decorator.decorator
    name = node.func if isinstance(node, cst.Call) else node
    return isinstance(name, cst.Name) and name.value in _INTERCEPTORS


def _has_alias(node: cst.CSTNode | None) -> bool:
    return isinstance(node, cst.Call) and any(
        (arg.keyword is not None and arg.keyword.value.endswith(("alias", "exclude"))) or arg.star for arg in node.args
    )
