"""What a function reads of the objects that it holds, and what of it is certain to load."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from harness.source.holding import Holding
from harness.source.loading import Held, One, Result, State, Thing
from harness.source.tree import children, dotted
from harness.source.values import Instance

if TYPE_CHECKING:
    from harness.source.models import Models
    from harness.source.resolve import Resolver
    from harness.source.values import Class, Function, Value

_DEEPEST = 4
"""Schemas inside schemas that are looked into."""


class Attributes(Holding):
    """Follows expressions. ``found``: node and what is wrong with reading it, by ``id(node)``.

    ``owner``: the class whose object a method is called on, where the method stands in one above it.
    """

    def __init__(self, resolver: Resolver, models: Models, function: Function, owner: Class | None = None) -> None:
        super().__init__(resolver, models)
        self.found: dict[int, tuple[cst.CSTNode, str]] = {}
        self._scope = function.scope
        self._tree = function.tree
        self._owner = owner
        node = function.scope.function
        self._self = node.params.params[0].name.value if owner is not None and node and node.params.params else ""

    @abstractmethod
    def call(self, node: cst.Call, state: State) -> Held | None:
        """What a call gives; changes the state to what holds after it."""

    def element(self, held: Held | None, state: State) -> Held | None:
        if isinstance(held, One) and held.many:
            return One(held.number)
        if isinstance(held, Result) and held.model is not None and not held.rows:
            return self._hold(held.model, held.session, held.loads, state)
        return None

    def bind(self, target: cst.CSTNode, held: Held | None, state: State) -> None:
        if isinstance(target, cst.Name):
            if held is None:
                state.names.pop(target.value, None)
            else:
                state.names[target.value] = held
        elif isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                self.bind(element.value, None, state)
        elif isinstance(target, cst.StarredElement):
            self.bind(target.value, None, state)
        elif isinstance(target, cst.Attribute):
            owner = self.value(target.value, state)
            if isinstance(owner, One):
                self._set(owner.number, target.attr.value, held, state)
        elif isinstance(target, cst.Subscript):
            self.value(target.value, state)

    def value(self, node: cst.CSTNode, state: State) -> Held | None:
        evaluate = _EVALUATIONS.get(type(node))
        if evaluate is not None:
            return evaluate(self, node, state)
        for child in children(node):
            self.value(child, state)
        return None

    # one method a kind of expression -----------------------------------------------------------------------

    def _name(self, node: cst.Name, state: State) -> Held | None:
        return state.names.get(node.value)

    def _nothing(self, node: cst.CSTNode, state: State) -> Held | None:
        return None

    def _awaited(self, node: cst.Await, state: State) -> Held | None:
        return self.value(node.expression, state)

    def _argument(self, node: cst.Arg, state: State) -> Held | None:
        return self.value(node.value, state)

    def _call(self, node: cst.Call, state: State) -> Held | None:
        return self.call(node, state)

    def _named(self, node: cst.NamedExpr, state: State) -> Held | None:
        held = self.value(node.value, state)
        self.bind(node.target, held, state)
        return held

    def _subscript(self, node: cst.Subscript, state: State) -> Held | None:
        held = self.value(node.value, state)
        for part in node.slice:
            for child in children(part.slice):
                self.value(child, state)
        return self.element(held, state) if isinstance(node.slice[0].slice, cst.Index) else held

    def _choice(self, node: cst.IfExp, state: State) -> Held | None:
        self.value(node.test, state)
        one, other = self.value(node.body, state), self.value(node.orelse, state)
        return one if one == other else None

    def _comprehension(self, node: cst.BaseComp, state: State) -> Held | None:
        names = dict(state.names)
        clause: cst.CompFor | None = node.for_in
        while clause is not None:
            self.bind(clause.target, self.element(self.value(clause.iter, state), state), state)
            for test in clause.ifs:
                self.value(test.test, state)
            clause = clause.inner_for_in
        held: Held | None = None
        for part in ("key", "value", "elt"):
            inner = getattr(node, part, None)
            if inner is not None:
                held = self.value(inner, state)
        state.names = names
        return One(held.number, many=True) if isinstance(held, One) and not isinstance(node, cst.DictComp) else None

    def _attribute(self, node: cst.Attribute, state: State) -> Held | None:
        inner = node.value
        if isinstance(inner, cst.Attribute) and inner.attr.value == "awaitable_attrs":
            owner = self.value(inner.value, state)
            if isinstance(owner, One):
                self._fill(owner.number, node.attr.value, state)
            return None
        held = self.value(inner, state)
        return self._read(held.number, node, state) if isinstance(held, One) and not held.many else None

    def _read(self, number: int, node: cst.Attribute, state: State) -> Held | None:
        thing = state.things.get(number)
        if thing is None:
            return None
        name = node.attr.value
        shown = f"{dotted(node.value) or '...'}.{name}"
        if thing.expired and name in thing.model.columns:
            self._report(node, f"{shown} is read after it has expired")
            state.forget(number)
        elif name in thing.stale:
            self._report(node, f"{shown} is read after an UPDATE, which expires it (onupdate)")
            state.change(number, stale=thing.stale - {name})
        elif self._certain(thing, name, state):
            self._report(node, f"{shown} is read and nothing has loaded it")
            self._told(number, name, state)
        elif relation := self._read_by_property(thing, name, state):
            self._report(node, f"{shown} reads {relation}, and nothing has loaded it")
            self._told(number, relation, state)
        else:
            return self._child(number, name, state)
        return None

    def _certain(self, thing: Thing, name: str, state: State) -> bool:
        """Whether reading a relation sends a query: a single object may be in the session, where its key finds it."""
        relation = thing.unloaded.get(name)
        if relation is None or not thing.kept or thing.expired or (thing.model.key, name) in state.filled:
            return False
        if relation.many:
            return True
        if state.anything:
            return False
        target = self._models.of(relation.target)
        return state.fetched <= thing.model.keys if target is None else target.keys.isdisjoint(state.fetched)

    def _read_by_property(self, thing: Thing, name: str, state: State) -> str:
        function = self._models.property_of(thing.model, name)
        node = function.scope.function if function is not None else None
        if function is None or node is None or not node.params.params:
            return ""
        this = node.params.params[0].name.value
        for attribute in function.scope.attributes:
            if getattr(attribute.value, "value", "") == this and self._certain(thing, attribute.attr.value, state):
                for above in function.tree.ancestors(attribute):
                    if above is node:
                        return attribute.attr.value
                    if isinstance(above, (cst.If, cst.IfExp, cst.BooleanOperation, cst.Try, cst.For, cst.BaseComp)):
                        break
        return ""

    def _child(self, number: int, name: str, state: State) -> Held | None:
        """The object that a loaded relation holds."""
        thing = state.things[number]
        if name in thing.children:
            return One(thing.children[name], many=name in thing.lists)
        if name not in thing.loads or thing.model.owner is None:
            return None
        relation = thing.model.relations.get(name)
        target = self._models.of(relation.target) if relation is not None else None
        if relation is None or target is None:
            return None
        child = self._hold(target, thing.session, thing.loads[name], state)
        lists = thing.lists | {name} if relation.many else thing.lists
        state.change(number, children={**thing.children, name: child.number}, lists=lists)
        return One(child.number, many=relation.many)

    def _serialised(self, node: cst.CSTNode, schema: Class, number: int, state: State, depth: int = _DEEPEST) -> None:
        """A schema reads its fields from an object, and theirs from what they hold."""
        for each in self._models.fields(schema):
            thing = state.things[number]
            if self._certain(thing, each.name, state):
                self._report(node, f"{schema.scope.name} has the field {each.name}, and nothing has loaded it")
                self._told(number, each.name, state)
            elif each.name in thing.stale:
                self._report(node, f"{schema.scope.name} has the field {each.name}, which an UPDATE expires (onupdate)")
                state.change(number, stale=thing.stale - {each.name})
            elif each.schema is not None and depth:
                child = self._child(number, each.name, state)
                if isinstance(child, One):
                    self._serialised(node, each.schema, child.number, state, depth - 1)

    def _report(self, node: cst.CSTNode, what: str) -> None:
        if not self.quiet:
            self.found.setdefault(id(node), (node, what))

    def _resolve(self, node: cst.CSTNode) -> Value:
        if self._owner is not None and self._self:
            if isinstance(node, cst.Name) and node.value == self._self:
                return Instance(self._owner)
            if isinstance(node, cst.Attribute) and getattr(node.value, "value", None) == self._self:
                return self._resolver.member(self._owner, node.attr.value)
        return self._resolver.value(node, self._scope, self._tree)


_Evaluation = Callable[[Attributes, Any, State], Held | None]

_EVALUATIONS: dict[type[cst.CSTNode], _Evaluation] = {
    cst.Name: Attributes._name,
    cst.SimpleString: Attributes._nothing,
    cst.FormattedStringText: Attributes._nothing,
    cst.Integer: Attributes._nothing,
    cst.Float: Attributes._nothing,
    cst.Ellipsis: Attributes._nothing,
    cst.Lambda: Attributes._nothing,
    cst.Await: Attributes._awaited,
    cst.Arg: Attributes._argument,
    cst.Attribute: Attributes._attribute,
    cst.Call: Attributes._call,
    cst.NamedExpr: Attributes._named,
    cst.ListComp: Attributes._comprehension,
    cst.SetComp: Attributes._comprehension,
    cst.GeneratorExp: Attributes._comprehension,
    cst.DictComp: Attributes._comprehension,
    cst.Subscript: Attributes._subscript,
    cst.IfExp: Attributes._choice,
}
