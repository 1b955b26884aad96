"""Small builders of observations, each right unless told otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.observations import (
    Creation,
    DependencyRun,
    EchoSeen,
    EngineSeen,
    Exchange,
    FaultRun,
    ImportSeen,
    Observations,
    Outage,
    Place,
    RelationRead,
    SessionKind,
    SessionSeen,
)

HERE = Place("block1", 3)


def exchange(status: int | None = 201, body: str = '{"id": 1, "title": "x"}', **changes: Any) -> Exchange:
    return replace(Exchange("create", "POST", "/tasks", "{}", status, body), **changes)


def creation(**changes: Any) -> Creation:
    return replace(Creation("create_task", HERE, "minimal", exchange(), row_stored=True, answers_row=True), **changes)


def fault(kind: str = "integrity", **changes: Any) -> FaultRun:
    right = FaultRun(
        endpoint="create_task",
        place=HERE,
        fault=kind,
        took_effect=True,
        exchange=exchange(409, '{"detail": "conflict"}'),
        stored_now=False,
        stored_later=False,
        others_can_write=True,
        next_request=exchange(),
        function="create_task",
    )
    return replace(right, **changes)


def dependency(**changes: Any) -> DependencyRun:
    right = DependencyRun(
        name="get_session",
        place=HERE,
        kind=SessionKind.SQLMODEL_ASYNC,
        expire_on_commit=False,
        is_async_generator=True,
        open_during_request=True,
        closed_after_request=True,
        closed_after_error=True,
        same_session_in_two_requests=False,
    )
    return replace(right, **changes)


def session(**changes: Any) -> SessionSeen:
    right = SessionSeen(
        token="s1",
        kind=SessionKind.SQLMODEL_ASYNC,
        expire_on_commit=False,
        made_in_request="r1",
        requests=("r1",),
        tasks_per_request=1,
        used=True,
        closed=True,
        place=HERE,
    )
    return replace(right, **changes)


def engine(**changes: Any) -> EngineSeen:
    return replace(EngineSeen(True, "postgresql+asyncpg", False, {"pool_size": "5"}, None, HERE), **changes)


def outage(**changes: Any) -> Outage:
    right = Outage("POST /tasks", HERE, exchange(503, '{"detail": "later"}'), stored=False, next_requests=(exchange(),))
    return replace(right, **changes)


def relation(**changes: Any) -> RelationRead:
    return replace(RelationRead("get_task", HERE, exchange(200), True, True), **changes)


def echo(profile: str, on: bool | None) -> EchoSeen:
    return EchoSeen(profile, {"ENVIRONMENT": profile}, on)


def run(**changes: Any) -> Observations:
    """A right answer's run."""
    right = Observations(
        ran=True,
        imports=(ImportSeen("block1"),),
        engines=(engine(),),
        dependencies=(dependency(),),
        sessions=(session(),),
        creations=(creation(),),
        faults=(fault(), fault("commit", exchange=exchange(503, '{"detail": "later"}'))),
        relations=(relation(),),
        exchanges=(exchange(),),
        echoes=(echo("development", True), echo("production", False)),
    )
    return replace(right, **changes)
