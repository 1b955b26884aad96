"""What each way to run an answer is given to do, and what came of it: the same for all, or they are not compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from harness.databases import SqliteBackend
from harness.probes import create, faults, observe, replies
from harness.probes.conversation import Conversation
from harness.probes.environments import defaults
from harness.probes.marks import Marks
from harness.probes.recording import Recording
from harness.probes.seeding import Seeder
from harness.probes.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.peers import Peer
    from harness.observations import Exchange, FaultRun
    from harness.program import Program
    from harness.sandbox import Sandbox

Done = list[tuple[object, ...]]


def everything(way: Sandbox | Peer, program: Program) -> Done:
    """All experiments that a completion is graded by. Raises RuntimeError when it did not come to its end."""
    seen = observe(program, probe="create", sandbox=cast("Sandbox", way))
    if seen.stopped:
        raise RuntimeError(f"the reference answer did not run to its end: {seen.why_not or seen.stopped}")
    done = _summary((*seen.exchanges, *seen.concurrent), seen.faults)
    return [*done, ("sessions", len(seen.sessions)), ("engines", len(seen.engines))]


def three_requests(way: Sandbox | Peer, program: Program) -> Done:
    """As little as shows a stored row and a failing INSERT: a POST, one that the database refuses, one after it."""
    backend, recording = SqliteBackend(), Recording()
    job = {"program": program.to_json(), "database": backend.job(None), "environment": defaults(program, backend)}
    with way.open(job) as cell:
        talk = Conversation(cell, recording)
        for op in ("load", "start"):
            talk.ask(op)
        description = replies.description(talk.ask("describe"))
        view, marks = backend.view(cell, talk.control), Marks()
        view.faults = ("integrity",)
        world = World(talk, recording, description, view, Seeder(view, description.tables, marks), marks)
        faults.run(world, create.run(world, ("minimal",)))
    return _summary(recording.exchanges, recording.faults)


def _summary(exchanges: Iterable[Exchange], injected: Iterable[FaultRun]) -> Done:
    exchanges = list(exchanges)
    if not exchanges or not all(fault.took_effect for fault in injected):
        raise RuntimeError("the reference answer did not do what it is there for")
    return [(exchange.purpose, exchange.method, exchange.status) for exchange in exchanges]
