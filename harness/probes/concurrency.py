"""Several requests at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.probes.conversation import succeeded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.probes.create import Created
    from harness.probes.replies import Route
    from harness.probes.world import World

_AT_ONCE = 4


def run(world: World, created: Iterable[Created]) -> None:
    """Four at once to the first endpoint that creates, and four to the first that reads."""
    world.recording.stage = "concurrent requests"
    creating = next((entry for entry in created if entry.stored and succeeded(entry.exchange)), None)
    if creating is not None:
        _send(world, creating.route, creating.body_kind)
    reading = next((route for route in world.description.routes if _reads(world, route)), None)
    if reading is not None:
        _send(world, reading, "minimal")


def _reads(world: World, route: Route) -> bool:
    if route.method != "GET":
        return False
    known = [exchange for exchange in world.recording.exchanges if exchange.method == "GET"]
    path = route.path.partition("{")[0]
    return any(succeeded(exchange) and exchange.path.startswith(path) for exchange in known)


def _send(world: World, route: Route, kind: str) -> None:
    prepared = [world.prepare(route, "concurrent", kind) for _ in range(_AT_ONCE)]
    requests = [entry.request for entry in prepared if entry is not None]
    world.recording.concurrent.extend(world.talk.send_all(requests))
