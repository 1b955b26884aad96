"""Whether SQL is logged, in a development, a production and an unset environment: a cell for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.observations import EchoSeen
from harness.probes import replies, told
from harness.probes.conversation import Conversation
from harness.probes.environments import defaults, profiles
from harness.probes.recording import Recording
from harness.sandbox import CellError, CellTimeout
from harness.seals import new_key

if TYPE_CHECKING:
    from harness.databases import Backend
    from harness.program import Program
    from harness.sandbox import Sandbox


def run(program: Program, sandbox: Sandbox, recording: Recording, database: Backend) -> None:
    """Start the answer once for each profile of the variables that it was seen to read."""
    recording.stage = "echo"
    for profile, variables in profiles(recording.variables_read, program.words):
        database.reset()
        job = {
            "program": program.to_json(),
            "database": database.job(sandbox.sockets),
            "environment": {**defaults(program, database), **variables},
            "key": (key := new_key()),
        }
        with sandbox.open(job) as cell:
            talk = Conversation(cell, Recording(), key)
            try:
                recording.echoes.append(_look(talk, profile, variables))
            except replies.MalformedError as error:
                recording.inconsistent.append(str(error))
            except (CellError, replies.UnableError) as error:
                if isinstance(error, CellError) and told.is_reaching(error):
                    recording.inconsistent.append(told.REACHES)
                recording.timed_out |= isinstance(error, CellTimeout)
                recording.echoes.append(EchoSeen(profile, variables, None, str(error)))


def _look(talk: Conversation, profile: str, variables: dict[str, str]) -> EchoSeen:
    imports = [replies.import_seen(entry) for entry in replies.entries(talk.ask("load"), "imports")]
    error = next((entry.error for entry in imports if entry.error), None)
    facts = told.ask(talk)
    if error is None and not facts.engines:
        talk.ask("start")
        found = replies.description(talk.ask("describe"))
        if found.dependencies:
            talk.ask("dependency", index=0, request=talk.new_request(), fail=False)
        facts = told.ask(talk)
    if facts.forged:
        raise replies.MalformedError(facts.forged[0])
    if not facts.engines:
        return EchoSeen(profile, variables, None, error or "no engine was made")
    return EchoSeen(profile, variables, facts.logged or any(engine.echo for engine in facts.engines))
