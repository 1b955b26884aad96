"""The answer's session dependency, used by an endpoint of the harness's own: twice, and once with an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.observations import DependencyRun, SessionKind
from harness.probes.replies import kind, of_type, optional_flag, optional_text

if TYPE_CHECKING:
    from harness.probes.conversation import Conversation
    from harness.probes.recording import Recording
    from harness.probes.replies import Dependency, Json

_MOST = 4


def run(talk: Conversation, recording: Recording, dependencies: tuple[Dependency, ...]) -> None:
    """Record each dependency that hands out a session, and each that reading the code took for one."""
    recording.stage = "dependency"
    for dependency in dependencies[:_MOST]:
        first = _use(talk, dependency, fail=False)
        if kind(first.get("kind")) is SessionKind.OTHER and not dependency.declared:
            continue
        second = _use(talk, dependency, fail=False)
        failed = _use(talk, dependency, fail=True)
        tokens = [optional_text(run.get("token")) for run in (first, second)]
        recording.dependencies.append(
            DependencyRun(
                name=dependency.name,
                place=dependency.place,
                kind=kind(first.get("kind")),
                expire_on_commit=optional_flag(first.get("expire_on_commit")),
                is_async_generator=of_type(first.get("generator"), bool),
                error=optional_text(first.get("error")),
                open_during_request=optional_flag(first.get("open")),
                closed_after_request=optional_flag(first.get("closed")),
                closed_after_error=optional_flag(failed.get("closed")),
                same_session_in_two_requests=tokens[0] == tokens[1] if None not in tokens else None,
            )
        )


def _use(talk: Conversation, dependency: Dependency, *, fail: bool) -> Json:
    return talk.ask("dependency", index=dependency.index, request=talk.new_request(), fail=fail)
