"""Whether SQL is logged, in a development, a production and an unset environment: a cell for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.observations import EchoSeen
from harness.probes import replies
from harness.probes.conversation import Conversation
from harness.probes.environments import defaults, profiles
from harness.probes.recording import Recording
from harness.sandbox import CellError, CellTimeout

if TYPE_CHECKING:
    from harness.databases import Backend
    from harness.program import Program
    from harness.sandbox import Sandbox


def run(program: Program, sandbox: Sandbox, recording: Recording, database: Backend) -> None:
    """Start the answer once for each profile of the variables that it was seen to read."""
    recording.stage = "echo"
    for profile, variables in profiles(recording.variables_read, program.words):
        job = {
            "program": program.to_json(),
            "database": database.job(sandbox.sockets),
            "environment": {**defaults(program, database), **variables},
        }
        with sandbox.open(job) as cell:
            talk = Conversation(cell, Recording())
            try:
                recording.echoes.append(_look(talk, profile, variables))
            except (CellError, replies.MalformedError, replies.UnableError) as error:
                recording.timed_out |= isinstance(error, CellTimeout)
                recording.echoes.append(EchoSeen(profile, variables, None, str(error)))


def _look(talk: Conversation, profile: str, variables: dict[str, str]) -> EchoSeen:
    imports = [replies.import_seen(entry) for entry in replies.entries(talk.ask("load"), "imports")]
    error = next((entry.error for entry in imports if entry.error), None)
    facts = talk.ask("facts")
    if error is None and not replies.entries(facts, "engines"):
        talk.ask("start")
        found = replies.description(talk.ask("describe"))
        if found.dependencies:
            talk.ask("dependency", index=0, request=talk.new_request(), fail=False)
        facts = talk.ask("facts")
    engines = [replies.engine(entry) for entry in replies.entries(facts, "engines")]
    if not engines:
        return EchoSeen(profile, variables, None, error or "no engine was made")
    logged = replies.of_type(facts.get("logged"), bool)
    return EchoSeen(profile, variables, logged or any(engine.echo for engine in engines))
