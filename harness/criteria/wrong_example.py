"""wrong-example: a shared session is shown and marked as wrong."""

from __future__ import annotations

from harness.criteria.criterion import Criterion, Kind, Opinion, Subject, failed, nothing_dynamic
from harness.criteria.request_scope import shared
from harness.verdicts import State


def _static(subject: Subject) -> Opinion:
    for facts in subject.wrong:
        evidence = shared(facts)
        if evidence:
            return Opinion(State.PASS, f"shown as wrong: {evidence[0].message}", evidence)
    if subject.wrong:
        return failed("the example marked as wrong shares no session")
    return failed("no shared session is shown and marked as wrong")


CRITERION = Criterion(
    id="wrong-example",
    title="The wrong approach is shown",
    statement="A shared session is shown and marked as wrong.",
    why="Readers recognise their own code in it; unmarked, they copy it.",
    remedy="Show a session made at module level and used by endpoints, under a heading or comment that says wrong.",
    kind=Kind.STRUCTURE,
    static=_static,
    dynamic=nothing_dynamic,
)
