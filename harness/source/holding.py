"""What the calls and assignments of a function do to the objects that it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.source.flow import Flow
from harness.source.loading import Held, Loads, One, State, Thing

if TYPE_CHECKING:
    from harness.source.models import Model, Models
    from harness.source.resolve import Resolver
    from harness.source.values import Session


class Holding(Flow):
    """Changes the state."""

    def __init__(self, resolver: Resolver, models: Models) -> None:
        super().__init__()
        self._resolver = resolver
        self._models = models
        self._last = 0  # the number of the newest object

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
            relation = model.relations.get(name) or next((each for each in model.eager if each.name == name), None)
            target = self._models.of(relation.target) if relation is not None else None
            if target is not None:
                self._fetched(target, inner, session, state)
            else:
                state.anything = True

    def _commit(self, name: str, session: Session | None, state: State) -> None:
        self._flush(name, state)
        state.begun.discard(name)
        expires = session is not None and bool(session.expire) and not self._resolver.sets_expiry
        for number, thing in list(state.things.items()):
            if thing.session == name:
                state.change(number, kept=True)
                if expires and thing.kept is not None:
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
