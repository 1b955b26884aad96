"""Reads of relations and columns that are certain to load lazily, where nothing can be awaited.

Every function that fetches objects is followed with what is certain of each of them. Whatever cannot be known makes
nothing certain, and is left to the run.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from harness.source.calls import Calls
from harness.source.endpoints import parameter_depends
from harness.source.facts import LazyLoadFact
from harness.source.loading import Held, One, Result, State, Thing, joined
from harness.source.models import Models
from harness.source.tree import children, dotted, parameters
from harness.source.values import Class, Function, Maker, Session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.source.endpoints import Wiring
    from harness.source.positions import Places
    from harness.source.resolve import Resolver
    from harness.source.tree import Scope, Tree

TOUCHES = frozenset("get get_one exec execute scalar scalars commit flush refresh".split())
"""Calls of a session after which its objects are what they are. A function without one holds nothing to follow."""
_CALLERS = 3


def find(
    resolver: Resolver, wiring: Wiring, supplied_relations: Mapping[str, frozenset[str]], positions: Places
) -> Iterator[LazyLoadFact]:
    """Reads that are certain to load lazily in async code.

    ``supplied_relations`` maps each entity that the harness supplies to its relations.
    """
    readers = Readers(resolver, wiring, supplied_relations)
    for function in readers.functions():
        for node, what in readers.read(function).found.values():
            yield LazyLoadFact(what, positions.at(function.tree, node))
    readers.close()


class Readers:
    """The functions that hold objects of a session, each followed once."""

    def __init__(self, resolver: Resolver, wiring: Wiring, supplied: Mapping[str, frozenset[str]]) -> None:
        self.resolver = resolver
        self.models = Models(resolver, supplied)
        self.routes = {id(route.function.scope.node): route for route in wiring.routes}
        self._known: dict[tuple[int, int], Reader] = {}

    def functions(self) -> Iterator[Function]:
        """Async functions that use a session, and those that call them, by the names they use."""
        waiting: list[tuple[Function, set[str]]] = []
        names: set[str] = set()
        for tree in self.resolver.project.trees.values():
            for scope in tree.scopes:
                if scope.kind == "function" and scope.is_async:
                    function = Function(scope, tree)
                    called = {_last(call.func) for each in scope.own() for call in each.calls}
                    if not called.isdisjoint(TOUCHES) and self._uses(scope, tree):
                        names.add(scope.name)
                        yield function
                    else:
                        called |= {_last(each.value) for each in _defaults(scope)}
                        waiting.append((function, called))
        for _ in range(_CALLERS):
            calling = [function for function, called in waiting if not called.isdisjoint(names)]
            waiting = [each for each in waiting if each[1].isdisjoint(names)]
            yield from calling
            names = {function.scope.name for function in calling}

    def _uses(self, scope: Scope, tree: Tree) -> bool:
        return any(
            isinstance(call.func, cst.Attribute)
            and call.func.attr.value in TOUCHES
            and isinstance(self.resolver.value(call.func.value, each, tree), Session)
            for each in scope.own()
            for call in each.calls
        )

    def read(self, function: Function, owner: Class | None = None) -> Reader:
        """The function, followed to its end; of one that is being followed what is known so far.

        ``owner``: the class of the object that a method is called on, where it inherits the method.
        """
        key = (id(function.scope.node), id(owner.scope) if owner is not None else 0)
        if key not in self._known:
            self._known[key] = Reader(self, function, owner)
            self._known[key].run()
        return self._known[key]

    def close(self) -> None:
        """Forget what was read: readers hold this, so that all trees would wait to be collected as garbage."""
        self._known.clear()


class Reader(Calls):
    """Follows one function. ``found``: node and what is wrong with reading it, by ``id(node)``.

    ``gives``: what a call leaves behind, once it is ``done``: the state, and the object that it gives; whether many.
    """

    def __init__(self, readers: Readers, function: Function, owner: Class | None = None) -> None:
        super().__init__(readers.resolver, readers.models, function, owner)
        self.done = False
        self.gives: tuple[State | None, Thing | None, bool] = (None, None, False)
        self._readers = readers
        self._route = readers.routes.get(id(function.scope.node))
        self._ends: list[tuple[State, Held | None]] = []

    def run(self) -> None:
        node = self._scope.function
        if node is not None:
            state = State()
            self._parameters(node, state)
            end = self.body(node.body, state)
            if end is not None:
                self._ends.append((end, None))
        self.gives = self._summary()
        self._ends.clear()
        self.done = True

    def _summary(self) -> tuple[State | None, Thing | None, bool]:
        """An object that is looked for and may be missing counts as given."""
        states = [state for state, _ in self._ends]
        held = [each for _, each in self._ends if each is not None]
        things = [state.things[each.number] for state, each in self._ends if isinstance(each, One)]
        if not held or len(things) != len(held) or len({each.many for each in held if isinstance(each, One)}) != 1:
            return joined(states), None, False
        thing = things[0]
        for other in things[1:]:
            if other.model is not thing.model:
                return joined(states), None, False
            thing = thing.join(other)
        first = held[0]
        return joined(states), thing, isinstance(first, One) and first.many

    def returned(self, node: cst.Return, held: Held | None, state: State) -> None:
        if self._route is not None and isinstance(held, One):
            self._answered(node, held, state)
        is_none = node.value is None or (isinstance(node.value, cst.Name) and node.value.value == "None")
        self._ends.append((state, held if held is not None or is_none else Result(None, None, "", rows=True)))

    def left(self, node: cst.With, state: State) -> None:
        for item in node.items:
            call = item.item
            if isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) and call.func.attr.value == "begin":
                owner = self._resolve(call.func.value)
                if isinstance(owner, Session):
                    self._commit(dotted(call.func.value), owner, state)
                elif isinstance(owner, Maker) and item.asname is not None:
                    name = dotted(item.asname.name)
                    session = self._resolver.name(name, self._scope, self._tree)
                    self._commit(name, session if isinstance(session, Session) else None, state)

    def _answered(self, node: cst.Return, held: One, state: State) -> None:
        """FastAPI reads the fields of the response's schema from what an endpoint returns."""
        assert self._route is not None
        decorator = self._route.decorator
        function = self._scope.function
        given = {arg.keyword.value: arg.value for arg in decorator.args if arg.keyword} if decorator is not None else {}
        if any(name.startswith(("response_model_", "response_class")) for name in given):
            return
        thing = state.things[held.number]
        if thing.expired and thing.model.columns:
            self._report(node, "what is answered has expired")
            return
        annotation = given.get("response_model")
        if annotation is None and function is not None and function.returns is not None:
            annotation = function.returns.annotation
        if annotation is not None:
            schema, _ = self._models.class_in(annotation, self._scope.parent or self._scope, self._tree)
            if isinstance(schema, Class):
                self._serialised(node, schema, held.number, state)

    def _parameters(self, node: cst.FunctionDef, state: State) -> None:
        """What the dependencies of an endpoint have fetched before it, and what they give."""
        session = ""
        for parameter in parameters(node):
            held = self._resolver.name(parameter.name.value, self._scope, self._tree)
            session = session or (parameter.name.value if isinstance(held, Session) else "")
        for parameter in parameters(node):
            depends = parameter_depends(self._resolver, parameter, Function(self._scope, self._tree))
            if depends is not None and isinstance(depends.target, Function):
                target = depends.target
                if target.scope.is_async and not target.scope.yields:
                    held_ = self.summed_up(target, session, state)
                    if held_ is not None:
                        state.names[parameter.name.value] = held_

    def summed_up(self, function: Function, session: str, state: State, owner: Class | None = None) -> Held | None:
        """What calling an async function of the project does, and gives."""
        reader = self._readers.read(function, owner)
        end, thing, many = reader.gives
        if end is None:
            state.forget_all()
            return None
        if reader.ends_transactions or end.anything:
            for number in list(state.things):
                state.forget(number)
            state.begun.clear()
        self.ends_transactions = self.ends_transactions or reader.ends_transactions
        state.fetched |= end.fetched
        state.filled |= end.filled
        state.anything = state.anything or end.anything
        if end.begun and session:
            state.begun.add(session)
        if thing is None:
            return None
        self._last += 1
        state.fetched |= thing.model.keys
        state.things[self._last] = replace(thing, session=session, children={}, lists=frozenset(), loads={})
        return One(self._last, many)


def _last(node: cst.CSTNode | None) -> str:
    """The last name of ``a.b.c``."""
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


def _defaults(scope: Scope) -> Iterator[cst.Arg]:
    """What ``Depends`` in the parameters of a function names."""
    node = scope.function
    for parameter in parameters(node) if node is not None else ():
        todo: list[cst.CSTNode | None] = [parameter.default, parameter.annotation]
        while todo:
            here = todo.pop()
            if isinstance(here, cst.Call):
                yield from here.args
            elif here is not None:
                todo.extend(children(here))
