"""POST with valid bodies: is the row there for another connection, does the response hold it?"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.observations import Creation
from harness.probes.conversation import succeeded, unanswered
from harness.probes.marks import holds
from harness.sandbox import CellError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.databases import Row
    from harness.observations import Exchange
    from harness.probes.replies import Route, Table
    from harness.probes.world import Prepared, World

KINDS = ("minimal", "full", "referenced")
_NOT_CREATING = frozenset(
    {"login", "logout", "token", "auth", "search", "query", "refresh", "filter", "seed", "reset", "health", "init"}
)
_MOST_ENDPOINTS = 4
_DEPTH = 3
_CREATING = ("create", "add", "new", "post", "store", "save", "insert", "register")


@dataclass(frozen=True, slots=True)
class Created:
    """What one endpoint did, for the experiments that follow."""

    route: Route
    body_kind: str
    exchange: Exchange
    stored: bool
    tables: tuple[str, ...]


def creating_routes(world: World) -> list[Route]:
    """The endpoints that may create something, those without path parameters first."""
    posts = [route for route in world.description.routes if route.method == "POST"]
    found = [route for route in posts if _creates(world, route)]
    return sorted(found or posts[:1], key=lambda route: route.path.count("{"))[:_MOST_ENDPOINTS]


def _creates(world: World, route: Route) -> bool:
    """Going by its path and its name: a POST may as well complete, search or log in."""
    segments = [part.lower() for part in route.path.split("/") if part]
    words = {word for part in segments for word in part.replace("-", "_").split("_")}
    if words & _NOT_CREATING or (segments and segments[-1].startswith("{")):
        return False
    if segments and world.seeder.table_for(segments[-1]) is not None:
        return True
    return "{" not in route.path and any(word in route.function.lower() for word in _CREATING)


def run(world: World, kinds: Sequence[str] = KINDS) -> list[Created]:
    """Try every creating endpoint with bodies of every kind."""
    world.recording.stage = "create"
    created = []
    for route in creating_routes(world):
        for kind in kinds:
            prepared = world.prepare(route, f"create ({kind})", kind)
            if prepared is not None:
                created.append(_create(world, route, kind, prepared))
    return created


def _create(world: World, route: Route, kind: str, prepared: Prepared) -> Created:
    before = world.database.snapshot()
    try:
        exchange = world.send(prepared)
    except CellError as error:
        failed = unanswered(prepared.request, error.reason)
        world.recording.creations.append(Creation(route.name, route.place, kind, failed, False, False))
        raise
    fresh = world.database.fresh(before)
    marked = [row for row in fresh if row.holds(prepared.mark)] if prepared.marked else fresh
    table = marked[0].table if marked else None
    keys = next((found for found in world.description.tables if found.name == table), None)
    world.recording.creations.append(
        Creation(
            endpoint=route.name,
            place=route.place,
            body_kind=kind,
            exchange=exchange,
            row_stored=bool(marked),
            answers_row=any(answers(exchange, row, keys, prepared) for row in marked),
            table=table,
        )
    )
    tables = tuple(dict.fromkeys(row.table for row in (marked or fresh)))
    return Created(route, kind, exchange, bool(marked), tables)


def answers(exchange: Exchange, row: Row, table: Table | None, prepared: Prepared) -> bool:
    """Whether the response is a 2xx whose body holds the row's key and the texts that were sent."""
    if not succeeded(exchange):
        return False
    try:
        body = json.loads(exchange.body)
    except (ValueError, RecursionError):
        return False
    key = table.key.name if table is not None and table.key is not None else "id"
    stored = dict(row.values).get(key)
    wanted = prepared.required or prepared.marked
    return any(
        _holds_key(candidate, stored) and _holds_texts(candidate, wanted, prepared) for candidate in _objects(body)
    )


def _objects(value: Any, depth: int = 0) -> list[dict[str, Any]]:
    if depth > _DEPTH:
        return []
    found: list[dict[str, Any]] = [value] if isinstance(value, dict) else []
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for entry in inner:
        found += _objects(entry, depth + 1)
    return found


def _holds_key(candidate: dict[str, Any], stored: Any) -> bool:
    return any(
        name.lower().endswith(("id", "key", "pk", "uuid")) and _same(value, stored) for name, value in candidate.items()
    )


def _same(answered: Any, stored: Any) -> bool:
    if answered is None or stored is None or isinstance(answered, list | dict):
        return False
    return str(answered) == str(stored) or _hexadecimal(answered) == _hexadecimal(stored) != ""


def _hexadecimal(value: Any) -> str:
    try:
        return uuid.UUID(str(value)).hex
    except ValueError:
        return ""


def _holds_texts(candidate: dict[str, Any], wanted: dict[str, str], prepared: Prepared) -> bool:
    values = [str(value) for value in candidate.values() if isinstance(value, str)]
    found = [
        any(holds(value, text) or _cut(value, text, prepared.mark) for value in values) for text in wanted.values()
    ]
    if prepared.required:
        return all(found)
    return any(found) if found else len(candidate) > 1


def _cut(value: str, text: str, mark: str) -> bool:
    """The answer may trim or rewrite what it was sent: its mark is enough where the rest is gone."""
    return holds(value, mark) and abs(len(value) - len(text)) <= len(text)
