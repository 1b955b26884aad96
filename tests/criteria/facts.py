"""Small builders of facts, each right unless told otherwise, and the subject that holds them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.criteria import Subject
from harness.observations import Observations, Place
from harness.source.facts import (
    At,
    ClassUse,
    DependencyFact,
    EndpointFact,
    EngineFact,
    Facts,
    LazyLoadFact,
    LostWrite,
    MakerFact,
    Receives,
    Shape,
    SharedSession,
    Unimported,
    Unreadable,
)
from harness.source.values import Flavor


def at(line: int = 1) -> At:
    return At("main.py", line)


def class_use(**changes: Any) -> ClassUse:
    return replace(ClassUse(Flavor.SQLMODEL, "sqlmodel.ext.asyncio.session.AsyncSession", at()), **changes)


def maker(**changes: Any) -> MakerFact:
    return replace(MakerFact("async_sessionmaker", Flavor.SQLMODEL, True, False, at()), **changes)


def engine(**changes: Any) -> EngineFact:
    right = EngineFact(
        is_async=True,
        url="postgresql+asyncpg://u@h/d",
        async_driver=True,
        pool_size=True,
        echo=None,
        at=at(),
        per_request=False,
    )
    return replace(right, **changes)


def dependency(shape: Shape = Shape.RIGHT, **changes: Any) -> DependencyFact:
    right = DependencyFact(
        name="get_session",
        target="main:get_session",
        shape=shape,
        flavor=Flavor.SQLMODEL,
        expire=False,
        depended_on=True,
        at=at(),
        shape_at=at(),
    )
    return replace(right, **changes)


def endpoint(receives: Receives | None = Receives.DEPENDS, **changes: Any) -> EndpointFact:
    return replace(EndpointFact("create_task", "post", "/tasks", receives, False, at(), "as it is"), **changes)


def shared(**changes: Any) -> SharedSession:
    return replace(SharedSession("everybody uses it", at()), **changes)


def lost(line: int = 1) -> LostWrite:
    return LostWrite("swallows it", at(line))


def lazy_load(line: int = 1) -> LazyLoadFact:
    return LazyLoadFact("task.project is read", at(line))


def unimported(name: str, *, complete: bool = True, line: int = 1) -> Unimported:
    return Unimported(name, complete, at(line))


def unreadable(line: int = 1) -> Unreadable:
    return Unreadable(at(line), "syntax error")


def subject(facts: Facts | None = None, run: Observations | None = None, **changes: Any) -> Subject:
    """A subject of facts alone; what was not run has an empty run."""

    def locate(place: Place) -> At:
        return At(f"{place.module}.py", place.line)

    held = Facts(files=1) if facts is None else facts
    right = Subject(facts=held, wrong=(), prose="", run=run or Observations(ran=False), locate=locate)
    return replace(right, **changes)
