"""What calls give, and do to the objects that a function holds: of a session, of queries, of models, of others."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from harness.source.attributes import Attributes
from harness.source.library import ASYNC_METHODS, LOGGER_METHODS, SYNC_METHODS
from harness.source.loading import Held, Loads, One, Query, Result, State, Thing, loads_of, merge
from harness.source.tree import dotted
from harness.source.values import Class, Constant, External, Function, Instance, Session, Supplied, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.source.models import Model, Models
    from harness.source.resolve import Resolver

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


class Calls(Attributes):
    """Follows calls. ``ends_transactions``: it commits or rolls back, so that what its caller knew may have changed."""

    def __init__(self, resolver: Resolver, models: Models, function: Function, owner: Class | None = None) -> None:
        super().__init__(resolver, models, function, owner)
        self.ends_transactions = False

    @abstractmethod
    def summed_up(self, function: Function, session: str, state: State, owner: Class | None = None) -> Held | None:
        """What calling an async function of the project gives; ``session``: what its session is called here.

        ``owner``: the class of the object that a method is called on, where it inherits the method.
        """

    def call(self, node: cst.Call, state: State) -> Held | None:
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
            return self.element(held, state) if name == "pop" else None
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
        if method in ASYNC_METHODS and not self._is_awaited(node):
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

    def _is_awaited(self, node: cst.Call) -> bool:
        """``await call()``, also by way of ``asyncio.wait_for`` and ``asyncio.shield``."""
        above = self._tree.parent(node)
        outer = self._tree.parent(above) if isinstance(above, cst.Arg) else None
        if isinstance(outer, cst.Call) and outer.args[0] is above:
            callee = self._resolve(outer.func)
            if isinstance(callee, External) and callee.name in ("asyncio.wait_for", "asyncio.shield"):
                above = self._tree.parent(outer)
        return isinstance(above, cst.Await)

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
        if isinstance(node.func, cst.Attribute) and node.func.attr.value in LOGGER_METHODS:
            return None
        for held in held_args:
            if isinstance(held, One):
                state.forget(held.number)
        given = [dotted(arg.value) for arg in node.args if isinstance(self._resolve(arg.value), Session)]
        if isinstance(callee, Function):
            if callee.scope.is_async and not callee.scope.yields:
                session = given[0] if len(given) == 1 else ""
                return self.summed_up(callee, session, state, self._heir(node.func, callee))
            if not isinstance(self._tree.parent(node), cst.Await):
                return None
        awaited = isinstance(self._tree.parent(node), cst.Await)
        foreign = isinstance(callee, External) or self._is_foreign(node.func)
        if (given and not isinstance(callee, Class)) or (awaited and not foreign):
            state.forget_all()
        return None

    def _heir(self, func: cst.CSTNode, method: Function) -> Class | None:
        """The class of the object that a method is called on, where that inherits the method."""
        held = self._resolve(func.value) if isinstance(func, cst.Attribute) else None
        owner = held.of if isinstance(held, Instance) else None
        return owner if isinstance(owner, Class) and owner.scope is not method.scope.parent else None

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
                self._serialised(node, owner, held.number, state)
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
