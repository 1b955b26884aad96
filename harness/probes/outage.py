"""The database server is gone for the time of one request, and comes back."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.observations import Outage
from harness.probes import replies
from harness.probes.conversation import Conversation, succeeded
from harness.probes.recording import Recording
from harness.sandbox import CellEnded, CellTimeout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.observations import Exchange
    from harness.probes.create import Created
    from harness.probes.world import World

_SECONDS = 5.0
_TRIES = 2  # without a ping, a pool notices only by its first request that its connections are lost


def run(world: World, created: Iterable[Created]) -> None:
    """One POST without a server and the next ones with it, to the first endpoint that creates.

    To be done last: an answer that then waits, tries again or ends itself is in its right, and nothing is recorded.
    """
    creation = next((entry for entry in created if entry.stored and succeeded(entry.exchange)), None)
    if creation is None:
        return
    apart = replace(world, talk=Conversation(world.talk.cell, Recording(), world.talk.key))
    with contextlib.suppress(CellEnded, CellTimeout, replies.UnableError):
        _try(apart, creation, world.recording)


def _try(world: World, creation: Created, recording: Recording) -> None:
    prepared = world.prepare(creation.route, "server gone", creation.body_kind)
    if prepared is None:
        return
    with world.database.gone() as armed:
        exchange = world.talk.send(prepared.request, wall=_SECONDS) if armed else None
    if exchange is None:
        return
    following: list[Exchange] = []
    while len(following) < _TRIES and not any(map(succeeded, following)):
        later = world.prepare(creation.route, "server back", creation.body_kind)
        if later is None:
            return
        following.append(world.talk.send(later.request, wall=_SECONDS))
    stored = bool(world.database.marked(prepared.mark)) if prepared.marked else True
    route = creation.route
    recording.outages.append(Outage(route.name, route.place, exchange, stored, tuple(following)))
