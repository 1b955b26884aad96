"""Experiments from the trusted side: what a program does when it really runs, as observations."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from harness.databases import SqliteBackend
from harness.probes import (
    concurrency,
    create,
    dependency,
    echo,
    exhaustion,
    faults,
    outage,
    relation,
    replies,
    routes,
    told,
)
from harness.probes.conversation import Conversation
from harness.probes.environments import defaults
from harness.probes.marks import Marks
from harness.probes.recording import Recording
from harness.probes.seeding import Seeder
from harness.probes.world import World
from harness.sandbox import CellError, CellProtocolError, CellTimeout, ZygoteDied
from harness.seals import new_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.databases import Backend
    from harness.observations import Observations
    from harness.program import Program
    from harness.sandbox import Sandbox

__all__ = ["PROBES", "observe"]

PROBES = ("create", "relation", "configuration", "scoping")
_GATHER_SECONDS = 5.0


def observe(
    program: Program,
    *,
    probe: str,
    sandbox: Sandbox,
    environment: Mapping[str, str] | None = None,
    database: Backend | None = None,
    alone: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext,
) -> Observations:
    """Run the experiments of a probe (one of ``PROBES``) on a program.

    ``environment`` are variables to set beside the database URL; ``database`` is SQLite where nothing else is said, and
    its ``sockets`` must be those of the sandbox. Whatever the answer does becomes part of the
    observations; a time-out counts only when it happens again with the machine kept free by ``alone``. Raises
    ValueError for an unknown probe, MachineError when the sandbox or the database server fails.
    """
    if probe not in PROBES:
        raise ValueError(f"no such probe: {probe!r} (there are {', '.join(PROBES)})")
    backend = database or SqliteBackend()
    try:
        recording = _observe_once(program, probe, sandbox, environment or {}, backend)
    except ZygoteDied:
        recording = _observe_once(program, probe, sandbox, environment or {}, backend)
    if recording.timed_out:
        with alone():
            recording = _observe_once(program, probe, sandbox, environment or {}, backend)
    return recording.observations(dict(sandbox.layers))


def _observe_once(
    program: Program, probe: str, sandbox: Sandbox, environment: Mapping[str, str], database: Backend
) -> Recording:
    recording = Recording(database=database.kind)
    database.reset()
    job = {
        "program": program.to_json(),
        "database": database.job(sandbox.sockets),
        "environment": {**defaults(program, database), **environment},
        "key": (key := new_key()),
    }
    cell = sandbox.open(job)
    try:
        _experiment(Conversation(cell, recording, key), recording, program, database)
    except CellTimeout:
        recording.stopped, recording.timed_out = "wall limit", True
    except CellError as error:
        recording.stopped = error.reason
        if told.is_reaching(error):
            recording.stopped = told.REACHES
            recording.inconsistent.append(told.REACHES)
        if isinstance(error, CellProtocolError):
            recording.inconsistent.append(error.reason)
    except replies.MalformedError as error:
        recording.inconsistent.append(f"{recording.stage}: {error}")
    except replies.UnableError as error:
        recording.incomplete.append(str(error))
    finally:
        recording.output = cell.close().output
    if probe == "configuration" and recording.loaded:
        echo.run(program, sandbox, recording, database)
    return recording


def _experiment(talk: Conversation, recording: Recording, program: Program, backend: Backend) -> None:
    own = {module.name for module in program.modules if not module.ours and not module.lends}
    loaded = talk.ask("load")
    recording.imports = [
        seen for entry in replies.entries(loaded, "imports") if (seen := replies.import_seen(entry)).module in own
    ]
    recording.missing_names = [replies.missing_name(entry) for entry in replies.entries(loaded, "missing_names")]
    recording.loaded = tuple(name for name in replies.texts(loaded, "modules") if name in own)
    after = None
    try:
        if recording.loaded:
            after = _exercise(talk, recording, backend)
    except (CellError, replies.MalformedError, replies.UnableError):
        if not talk.cell.closed:
            with contextlib.suppress(CellError, replies.MalformedError, replies.UnableError):
                _gather(talk, recording)
        raise
    recording.stage = "facts"
    _gather(talk, recording)
    if after is not None:
        outage.run(*after)


def _exercise(talk: Conversation, recording: Recording, backend: Backend) -> tuple[World, list[create.Created]] | None:
    """What is there for experiments that are done when all is known of the answer; None where nothing answers."""
    recording.stage = "startup"
    recording.problems = replies.texts(talk.ask("start"), "problems")
    description = replies.description(talk.ask("describe"))
    dependency.run(talk, recording, description.dependencies)
    if not description.routes:
        return None
    marks = Marks()
    database = backend.view(talk.cell, talk.control)
    seeder = Seeder(database, description.tables, marks)
    world = World(talk, recording, description, database, seeder, marks)
    created = create.run(world)
    faults.run(world, created)
    used = {(entry.route.target, entry.route.route) for entry in created}
    used |= relation.run(world)
    routes.run(world, used)
    exhaustion.run(world, created)
    concurrency.run(world, created)
    return world, created


def _gather(talk: Conversation, recording: Recording) -> None:
    """What the inside recorded, also when an experiment has been given up."""
    facts = told.ask(talk, wall=_GATHER_SECONDS)
    recording.engines = facts.engines
    recording.sessions = list(facts.sessions.values())
    recording.lazy_loads = facts.lazy_loads
    recording.never_awaited = facts.never_awaited
    recording.stand_ins_used = facts.stand_ins
    recording.variables_read = facts.read
    recording.reached = facts.reached
    recording.inconsistent += facts.forged
