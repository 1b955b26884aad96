from __future__ import annotations

import pytest

from harness.runs.plan import Action, Known, decide

BOTH = ("sqlite", "postgresql")


@pytest.mark.parametrize(
    ("known", "action", "databases", "in_flight", "why"),
    [
        (None, Action.RERUN, BOTH, False, "it was not asked yet"),
        (Known(), Action.RERUN, BOTH, False, "it was not asked yet"),
        (Known(asked=True), Action.RERUN, BOTH, True, "on its way"),
        (Known(asked=True, error="no credit"), Action.RERUN, BOTH, False, "asking failed: no credit"),
        (Known(answered=True), Action.REGRADE, BOTH, False, "not judged yet"),
        (Known(answered=True, grades={"sqlite": ""}), Action.REGRADE, BOTH[1:], False, "not judged yet"),
        (Known(answered=True, grades={}, judged_before=frozenset(BOTH)), Action.REGRADE, BOTH, False, "criteria"),
        (
            Known(answered=True, grades={"sqlite": ""}, judged_before=frozenset({"sqlite"})),
            Action.REGRADE,
            BOTH[1:],
            False,
            "not judged yet",
        ),
        (Known(answered=True, grades={"sqlite": "", "postgresql": ""}), Action.REUSE, (), False, "stored"),
        (
            Known(answered=True, grades={"sqlite": "tired", "postgresql": ""}),
            Action.REGRADE,
            BOTH[:1],
            False,
            "judging failed: tired",
        ),
        (Known(asked=True, answered=True, error="old", grades={"sqlite": "x"}), Action.REGRADE, BOTH, False, "failed"),
    ],
)
def test_what_is_done(
    known: Known | None, action: Action, databases: tuple[str, ...], in_flight: bool, why: str
) -> None:
    decision = decide(known, BOTH)
    assert (decision.action, decision.databases, decision.in_flight) == (action, databases, in_flight)
    assert why in decision.why


def test_a_database_that_is_not_asked_for_does_not_matter() -> None:
    assert decide(Known(answered=True, grades={"sqlite": "", "postgresql": "tired"}), ["sqlite"]).action is Action.REUSE
