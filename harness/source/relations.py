"""Reads of relations and columns that are certain to load lazily, where nothing can be awaited.

Every function that fetches objects is followed with what is certain of each of them. Whatever cannot be known makes
nothing certain, and is left to the run.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from harness.source.endpoints import parameter_depends
from harness.source.facts import LazyLoadFact
from harness.source.flow import Flow
from harness.source.library import ASYNC_METHODS, SYNC_METHODS
from harness.source.loading import Held, Loads, One, Query, Result, State, Thing, joined, loads_of, merge
from harness.source.models import Model, Models
from harness.source.tree import children, dotted, parameters
from harness.source.values import Class, Constant, External, Function, Instance, Maker, Session, Supplied, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.source.endpoints import Wiring
    from harness.source.positions import Places
    from harness.source.resolve import Resolver
    from harness.source.tree import Scope, Tree

TOUCHES = frozenset("get get_one exec execute scalar scalars commit flush refresh".split())
"""Calls of a session after which its objects are what they are. A function without one holds nothing to follow."""
_OF_QUERIES = frozenset(
    "where filter filter_by order_by limit offset join outerjoin join_from select_from distinct group_by having "
    "with_for_update execution_options correlate".split()
)
_UNPACKING = frozenset("scalars scalar scalar_one scalar_one_or_none".split())
_ONE = frozenset("first one one_or_none scalar scalar_one scalar_one_or_none".split())
_MANY = frozenset("all fetchall fetchmany".split())
_SELECTS = frozenset({"sqlmodel.select", "sqlalchemy.select", "sqlalchemy.future.select", "sqlalchemy.sql.select"})
_PASSES_ON = frozenset("list sorted set tuple reversed iter".split())
_READS_ITSELF = frozenset("model_dump dict json model_dump_json copy model_copy".split())
_HARMLESS = ("builtins.", "fastapi.", "starlette.", "logging.", "sqlalchemy.exc.", "typing.")
_NO_OBJECTS = frozenset("text insert update delete func count exists column literal".split())
_LOGS = frozenset("debug info warning error exception critical log".split())
_CALLERS = 3
_DEEPEST = 4


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


class Readers:
    """The functions that hold objects of a session, each followed once."""

    def __init__(self, resolver: Resolver, wiring: Wiring, supplied: Mapping[str, frozenset[str]]) -> None:
        self.resolver = resolver
        self.models = Models(resolver, supplied)
        self.routes = {id(route.function.scope.node): route for route in wiring.routes}
        self._known: dict[int, Reader] = {}

    def functions(self) -> Iterator[Function]:
        """Async functions that use a session, and those that call them, by the names they use."""
        waiting: list[tuple[Function, set[str]]] = []
        names: set[str] = set()
        for tree in self.resolver.project.trees.values():
            for scope in tree.scope.walk():
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

    def read(self, function: Function) -> Reader:
        """The function, followed to its end; of one that is being followed what is known so far."""
        key = id(function.scope.node)
        if key not in self._known:
            self._known[key] = Reader(self, function)
            self._known[key].run()
        return self._known[key]


class Reader(Flow):
    """Follows one function. ``found``: node and what is wrong with reading it, by ``id(node)``.

    ``gives``: what a call leaves behind, once it is ``done``: the state, and the object that it gives; whether many.
    """

    def __init__(self, readers: Readers, function: Function) -> None:
        super().__init__()
        self.found: dict[int, tuple[cst.CSTNode, str]] = {}
        self.done = False
        self.gives: tuple[State | None, Thing | None, bool] = (None, None, False)
        self.ends_transactions = False  # commits or rolls back, so that what its caller knew may have changed
        self._readers = readers
        self._resolver = readers.resolver
        self._models = readers.models
        self._scope = function.scope
        self._tree = function.tree
        self._route = readers.routes.get(id(function.scope.node))
        self._ends: list[tuple[State, Held | None]] = []
        self._last = 0

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

    # what Flow asks for ------------------------------------------------------------------------------------

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

    def element(self, held: Held | None) -> Held | None:
        if isinstance(held, One) and held.many:
            return One(held.number)
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
        if isinstance(node, cst.Name):
            return state.names.get(node.value)
        if isinstance(node, cst.Await):
            return self.value(node.expression, state)
        if isinstance(node, cst.Arg):
            return self.value(node.value, state)
        if isinstance(node, cst.Attribute):
            return self._attribute(node, state)
        if isinstance(node, cst.Call):
            return self._call(node, state)
        if isinstance(node, cst.NamedExpr):
            held = self.value(node.value, state)
            self.bind(node.target, held, state)
            return held
        if isinstance(node, cst.Lambda):
            return None
        if isinstance(node, (cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp)):
            return self._comprehension(node, state)
        if isinstance(node, cst.Subscript):
            held = self.value(node.value, state)
            for part in node.slice:
                for child in children(part.slice):
                    self.value(child, state)
            return self.element(held) if isinstance(node.slice[0].slice, cst.Index) else held
        if isinstance(node, cst.IfExp):
            self.value(node.test, state)
            one, other = self.value(node.body, state), self.value(node.orelse, state)
            return one if one == other else None
        for child in children(node):
            self.value(child, state)
        return None

    # reading -----------------------------------------------------------------------------------------------

    def _comprehension(self, node: cst.BaseComp, state: State) -> Held | None:
        names = dict(state.names)
        clause: cst.CompFor | None = node.for_in
        while clause is not None:
            self.bind(clause.target, self.element(self.value(clause.iter, state)), state)
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
                self._serialised(node, schema, held.number, state, _DEEPEST)

    def _serialised(self, node: cst.CSTNode, schema: Class, number: int, state: State, depth: int) -> None:
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

    # changing ----------------------------------------------------------------------------------------------

    def _set(self, number: int, name: str, held: Held | None, state: State) -> None:
        """``task.title = ...``"""
        thing = state.things.get(number)
        if thing is None:
            return
        relation = thing.model.relations.get(name)
        linked = {each: child for each, child in thing.children.items() if each != name}
        if isinstance(held, One):
            linked[name] = held.number
        state.change(
            number,
            unloaded={each: other for each, other in thing.unloaded.items() if each != name},
            loads={each: inner for each, inner in thing.loads.items() if each != name},
            children=linked,
            dirty=thing.dirty or (bool(thing.kept) and relation is None),
            stale=thing.stale - {name},
        )
        if relation is not None:
            for other in list(state.things):  # the other side may be set with it
                if other != number:
                    state.forget(other)

    def _fill(self, number: int, name: str, state: State) -> None:
        thing = state.things.get(number)
        if thing is not None:
            state.change(number, unloaded={each: other for each, other in thing.unloaded.items() if each != name})
            state.filled.add((thing.model.key, name))
            relation = thing.model.relations.get(name)
            target = self._models.of(relation.target) if relation is not None else None
            if target is not None:
                state.fetched |= target.keys

    def _told(self, number: int, name: str, state: State) -> None:
        """One report for each relation of an object is enough."""
        if not self.quiet:
            thing = state.things[number]
            state.change(number, unloaded={each: other for each, other in thing.unloaded.items() if each != name})

    def _hold(self, model: Model, session: str, loads: Loads | None, state: State) -> One:
        """An object that a query gave."""
        self._last += 1
        unloaded = {} if loads is None else {n: each for n, each in model.relations.items() if n not in loads}
        state.things[self._last] = Thing(model, session, unloaded, loads or {}, kept=True)
        return One(self._last)

    def _fetched(self, model: Model, loads: Loads | None, session: str, state: State) -> None:
        """The session now holds objects of the model, and of what the options load."""
        state.begun.add(session)
        for number, thing in state.things.items():
            if thing.expired and thing.model.keys & model.keys:
                state.change(number, expired=False, unloaded={}, loads={})
        seen = model.key in state.fetched
        state.fetched |= model.keys
        state.anything = state.anything or loads is None
        for eager in () if seen else model.eager:
            along = self._models.of(eager.target)
            if along is not None:
                self._fetched(along, {}, session, state)
            else:
                state.anything = True
        for name, inner in (loads or {}).items():
            state.filled.add((model.key, name))
            relation = model.relations.get(name)
            target = self._models.of(relation.target) if relation is not None else None
            if target is not None:
                self._fetched(target, inner, session, state)
            else:
                state.anything = True

    def _commit(self, name: str, session: Session | None, state: State) -> None:
        self._flush(name, state)
        state.begun.discard(name)
        for number, thing in list(state.things.items()):
            if thing.session == name:
                state.change(number, kept=True)
                if session is not None and session.expire and thing.kept is not None:
                    state.change(number, expired=True)

    def _flush(self, name: str, state: State) -> None:
        for number, thing in list(state.things.items()):
            if thing.session == name and thing.kept and thing.dirty:
                state.change(number, stale=thing.stale | thing.model.updated, dirty=False)

    def _roll_back(self, name: str, state: State) -> None:
        certain = name in state.begun
        state.begun.discard(name)
        for number, thing in list(state.things.items()):
            if thing.session == name and thing.kept and certain:
                state.change(number, expired=True)
            elif thing.session == name and thing.kept is not False:
                state.forget(number)

    # calls -------------------------------------------------------------------------------------------------

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
                    held_ = self._summed_up(target, session, state)
                    if held_ is not None:
                        state.names[parameter.name.value] = held_

    def _summed_up(self, function: Function, session: str, state: State) -> Held | None:
        """What calling an async function of the project does, and gives."""
        reader = self._readers.read(function)
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

    def _call(self, node: cst.Call, state: State) -> Held | None:
        func = node.func
        if isinstance(func, cst.Attribute):
            if func.attr.value in ASYNC_METHODS or func.attr.value in SYNC_METHODS:
                owner = self._resolve(func.value)
                if isinstance(owner, Session) and owner.flavor.is_async:
                    return self._session_call(func.attr.value, dotted(func.value), owner, node, state)
            held = self.value(func.value, state)
            if isinstance(held, One):
                return self._method(held, func.attr.value, node, state)
            if isinstance(held, Query):
                return self._query(held, func.attr.value, node, state)
            if isinstance(held, Result):
                return self._result(held, func.attr.value, state)
        return self._other_call(node, self._resolve(func), state)

    def _method(self, held: One, name: str, node: cst.Call, state: State) -> Held | None:
        self._arguments(node, state)
        if held.many:
            return self.element(held) if name == "pop" else None
        thing = state.things.get(held.number)
        if thing is not None and name in _READS_ITSELF:
            if thing.expired and thing.model.columns:
                self._report(node, f"{dotted(node.func)}() reads what has expired")
                state.forget(held.number)
        elif thing is not None and name == "sqlmodel_update":
            state.change(held.number, dirty=thing.dirty or bool(thing.kept))
        else:
            state.forget(held.number)
        return None

    def _query(self, held: Query, name: str, node: cst.Call, state: State) -> Held | None:
        if name == "options":
            more = loads_of(self._resolver, node.args, self._scope, self._tree)
            loads = None if more is None or held.loads is None else merge(held.loads, more)
            return Query(held.model, loads, held.plain)
        self._arguments(node, state)
        return held if name in _OF_QUERIES else None

    def _result(self, held: Result, name: str, state: State) -> Held | None:
        if held.model is None:
            return None
        if held.rows and name not in _UNPACKING:
            return held if name == "unique" else None
        if name in _ONE:
            return self._hold(held.model, held.session, held.loads, state)
        if name in _MANY:
            return One(self._hold(held.model, held.session, held.loads, state).number, many=True)
        return Result(held.model, held.loads, held.session, rows=False) if name in ("unique", "scalars") else None

    def _session_call(self, method: str, name: str, session: Session, node: cst.Call, state: State) -> Held | None:
        args = node.args
        if method in ASYNC_METHODS and not isinstance(self._tree.parent(node), cst.Await):
            self._arguments(node, state)
            if not isinstance(self._tree.parent(node), cst.Expr):
                state.forget_all()  # whoever awaits it does so at some other time
            return None
        if method in ("get", "get_one"):
            return self._got(name, node, state)
        held = self.value(args[0].value, state) if args else None
        for arg in args[1:]:
            self.value(arg.value, state)
        if method in ("exec", "execute", "scalars", "scalar"):
            if not isinstance(held, Query):
                state.begun.add(name)
                state.anything = state.anything or not self._gives_no_objects(args)
                return None
            if held.model is None:
                state.begun.add(name)
                return None
            self._fetched(held.model, held.loads, name, state)
            rows = method == "execute" or (method == "exec" and not held.plain)
            result = Result(held.model, held.loads, name, rows)
            return self._result(replace(result, rows=False), "first", state) if method == "scalar" else result
        if method == "commit":
            self.ends_transactions = True
            self._commit(name, session, state)
        elif method == "flush":
            state.begun.add(name)
            self._flush(name, state)
            for number, thing in list(state.things.items()):
                if thing.session == name and not thing.kept:
                    state.change(number, kept=None)
        elif method == "rollback":
            self.ends_transactions = True
            self._roll_back(name, state)
        elif method == "refresh" and isinstance(held, One):
            self._refresh(held.number, node, name, state)
        elif method in ("expire", "delete") and isinstance(held, One):
            state.forget(held.number)
        elif method in ("add", "add_all") and isinstance(held, One):
            thing = state.things[held.number]
            state.change(held.number, session=name)
            state.fetched |= thing.model.keys
        elif method in ("run_sync", "merge", "stream", "stream_scalars", "expire_all", "connection"):
            state.forget_all()
        elif method in ("close", "aclose", "reset", "invalidate", "expunge", "expunge_all"):
            state.begun.discard(name)
        return None

    def _gives_no_objects(self, args: Sequence[cst.Arg]) -> bool:
        """``text(...)`` and the like, written out in the call."""
        node: cst.CSTNode | None = args[0].value if args else None
        while isinstance(node, cst.Call):
            if isinstance(node.func, cst.Attribute):
                value = self._resolve(node.func)
                if isinstance(value, External):
                    return value.name.rpartition(".")[2] in _NO_OBJECTS
                node = node.func.value
            else:
                value = self._resolve(node.func)
                return isinstance(value, External) and value.name.rpartition(".")[2] in _NO_OBJECTS
        return False

    def _got(self, name: str, node: cst.Call, state: State) -> Held | None:
        """``session.get(Model, key)``"""
        loads: Loads | None = {}
        entity: cst.CSTNode | None = None
        for index, arg in enumerate(node.args):
            key = arg.keyword.value if arg.keyword is not None else ""
            if arg.star:
                loads = None
            elif key == "options":
                loads = loads_of(self._resolver, [cst.Arg(arg.value)], self._scope, self._tree)
            elif key == "entity" or (index == 0 and not key):
                entity = arg.value
            else:
                self.value(arg.value, state)
        model = self._models.of(self._resolve(entity)) if entity is not None else None
        if model is None:
            state.begun.add(name)
            state.anything = True
            return None
        self._fetched(model, loads, name, state)
        return self._hold(model, name, loads, state)

    def _refresh(self, number: int, node: cst.Call, name: str, state: State) -> None:
        state.begun.add(name)
        given = [arg for arg in node.args[1:] if arg.keyword is None or arg.keyword.value == "attribute_names"]
        thing = state.things[number]
        if not given:
            if thing.kept is None:
                state.change(number, kept=True)
            state.change(number, expired=False, stale=frozenset(), unloaded={} if thing.expired else thing.unloaded)
            return
        names = [self._text(element.value) for element in getattr(given[0].value, "elements", [])]
        if not names or not all(names):
            state.forget(number)
            return
        state.change(number, expired=False, stale=thing.stale - set(names))
        for each in names:
            self._fill(number, each, state)

    def _text(self, node: cst.CSTNode) -> str:
        value = self._resolve(node)
        return str(value.value) if isinstance(value, Constant) else ""

    def _other_call(self, node: cst.Call, callee: Value, state: State) -> Held | None:
        func = node.func
        name = callee.name if isinstance(callee, External) else ""
        if name in _SELECTS:
            return self._select(node, name, state)
        if isinstance(func, cst.Attribute) and func.attr.value in ("model_validate", "from_orm"):
            owner = self._resolve(func.value)
            if isinstance(owner, (Class, Supplied)):
                return self._validated(owner, node, state)
        model = self._models.of(callee)
        if model is not None:
            self._arguments(node, state)
            return self._made(model, node.args, state)
        if name == "builtins.setattr" and len(node.args) == 3:
            held = self.value(node.args[0].value, state)
            value = self.value(node.args[2].value, state)
            key = self._text(node.args[1].value)
            if isinstance(held, One):
                if key:
                    self._set(held.number, key, value, state)
                else:
                    thing = state.things[held.number]
                    state.change(held.number, unloaded={}, loads={}, dirty=thing.dirty or bool(thing.kept))
            return None
        held_args = self._arguments(node, state)
        if name.removeprefix("builtins.") in _PASSES_ON and held_args:
            first = held_args[0]
            if isinstance(first, Result) and first.model is not None and not first.rows:
                return One(self._hold(first.model, first.session, first.loads, state).number, many=True)
            return first if isinstance(first, One) and first.many else None
        if name.startswith("asyncio."):
            return held_args[0] if name.endswith((".wait_for", ".shield")) and held_args else None
        if name.startswith(_HARMLESS) or (isinstance(callee, Class) and self._models.fields(callee)):
            return None
        return self._unknown_call(node, callee, held_args, state)

    def _unknown_call(
        self, node: cst.Call, callee: Value, held_args: Sequence[Held | None], state: State
    ) -> Held | None:
        if isinstance(node.func, cst.Attribute) and node.func.attr.value in _LOGS:
            return None
        for held in held_args:
            if isinstance(held, One):
                state.forget(held.number)
        given = [dotted(arg.value) for arg in node.args if isinstance(self._resolve(arg.value), Session)]
        if isinstance(callee, Function):
            if callee.scope.is_async and not callee.scope.yields:
                return self._summed_up(callee, given[0] if len(given) == 1 else "", state)
            if not isinstance(self._tree.parent(node), cst.Await):
                return None
        awaited = isinstance(self._tree.parent(node), cst.Await)
        foreign = isinstance(callee, External) or self._is_foreign(node.func)
        if (given and not isinstance(callee, Class)) or (awaited and not foreign):
            state.forget_all()
        return None

    def _is_foreign(self, func: cst.CSTNode) -> bool:
        """A method of an object of an installed package, which holds no session."""
        owner = self._resolve(func.value) if isinstance(func, cst.Attribute) else None
        return isinstance(owner, Instance) and isinstance(owner.of, External)

    def _arguments(self, node: cst.Call, state: State) -> list[Held | None]:
        return [self.value(arg.value, state) for arg in node.args]

    def _select(self, node: cst.Call, name: str, state: State) -> Held | None:
        values = [self._resolve(arg.value) for arg in node.args]
        models = [self._models.of(value) for value in values]
        if len(models) == 1 and models[0] is not None and not node.args[0].star:
            return Query(models[0], {}, plain=name.startswith("sqlmodel."))
        for model in models:
            if model is not None:
                state.fetched |= model.keys
        columns = [isinstance(arg.value, (cst.Attribute, cst.Call)) and not arg.star for arg in node.args]
        known = all(model is not None or column for model, column in zip(models, columns, strict=True))
        return Query(None, {}) if known else None

    def _validated(self, owner: Value, node: cst.Call, state: State) -> Held | None:
        """``Schema.model_validate(task)`` reads the schema's fields; ``Task.model_validate(data)`` makes a task."""
        held_args = self._arguments(node, state)
        model = self._models.of(owner)
        if model is not None:
            return self._made(model, [cst.Arg(node.args[0].value, star="**")] if node.args else [], state)
        held = held_args[0] if held_args else None
        if isinstance(held, One) and not held.many and isinstance(owner, Class):
            thing = state.things[held.number]
            if thing.expired and thing.model.columns:
                self._report(node, f"{dotted(node.func)}() reads what has expired")
            else:
                self._serialised(node, owner, held.number, state, _DEEPEST)
        return None

    def _made(self, model: Model, args: Sequence[cst.Arg], state: State) -> Held | None:
        """A new object: what it is not given is not there after it has been stored."""
        given: set[str] = set()
        for arg in args:
            if arg.keyword is not None:
                if not (isinstance(arg.value, cst.Name) and arg.value.value == "None"):
                    given.add(arg.keyword.value)
            else:
                schema = self._schema_of(arg.value)
                fields = self._models.fields(schema) if schema is not None else []
                if not fields:
                    given |= set(model.relations)
                given |= {field.name for field in fields}
        self._last += 1
        unloaded = {
            name: each
            for name, each in model.relations.items()
            if name not in given and (each.many or f"{name}_id" in given)
        }
        state.things[self._last] = Thing(model, "", unloaded, {}, kept=False)
        return One(self._last)

    def _schema_of(self, node: cst.CSTNode) -> Class | None:
        """The schema of ``data``, ``data.model_dump(...)`` and ``data.dict(...)``."""
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
            node = node.func.value if node.func.attr.value in ("model_dump", "dict") else node
        value = self._resolve(node)
        return value.of if isinstance(value, Instance) and isinstance(value.of, Class) else None

    def _resolve(self, node: cst.CSTNode) -> Value:
        return self._resolver.value(node, self._scope, self._tree)


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
