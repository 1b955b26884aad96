"""Connections that are not given back: seen on the server, and then needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.observations import Exhaustion
from harness.probes.conversation import succeeded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.observations import Exchange
    from harness.probes.create import Created
    from harness.probes.replies import Route
    from harness.probes.world import World

_SPARE = 3
_MOST = 12
_LOOKS = 15  # of 0.2 s each where something is held


def run(world: World, created: Iterable[Created]) -> None:
    """Where connections are held though no request is answered: repeat what holds them until none is left."""
    world.recording.stage = "held connections"
    held = world.database.held()
    if not held:
        return
    creating = [entry.route for entry in created if entry.stored and entry.body_kind == "minimal"]
    reading = [route for route in world.description.routes if route.method == "GET"]
    for route in (*reading, *creating):
        before = held
        exchange = _send(world, route)
        held = world.database.held()
        if exchange is None or not succeeded(exchange) or held <= before:
            continue
        with world.database.scarce(_SPARE):
            failed = next((seen for _ in range(_MOST) if (seen := _send(world, route)) and not succeeded(seen)), None)
        if failed is not None:
            held = _at_last(world)
            if held:
                world.recording.exhaustions.append(Exhaustion(route.name, route.place, held, failed))
            return


def _at_last(world: World) -> int:
    """How many are held when what works on behind a response has had its time."""
    held = 0
    for _ in range(_LOOKS):
        held = world.database.held()
        if not held:
            break
    return held


def _send(world: World, route: Route) -> Exchange | None:
    prepared = world.prepare(route, "held connections", "minimal")
    return None if prepared is None else world.send(prepared)
