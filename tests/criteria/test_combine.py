"""How two opinions become one outcome: the table of the checklist."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.criteria import CRITERIA, Kind, combine
from harness.verdicts import Evidence, Opinion, Outcome, State

P, F, U, N = State.PASS, State.FAIL, State.UNKNOWN, State.NOT_APPLICABLE
ALL = (Kind.STRUCTURE, Kind.FLAG, Kind.BEHAVIOUR, Kind.HAZARD)
TABLE = [
    *((kind, P, U, Outcome.PASS) for kind in ALL),
    *((kind, U, P, Outcome.PASS) for kind in ALL),
    *((kind, F, U, Outcome.FAIL) for kind in ALL),
    *((kind, U, F, Outcome.FAIL) for kind in ALL),
    *((kind, U, U, Outcome.UNDECIDED) for kind in ALL),
    *((kind, N, U, Outcome.NOT_APPLICABLE) for kind in ALL),
    *((kind, U, N, Outcome.NOT_APPLICABLE) for kind in ALL),
    *((kind, N, F, Outcome.FAIL) for kind in ALL),
    *((kind, F, N, Outcome.FAIL) for kind in ALL),
    *((kind, P, P, Outcome.PASS) for kind in ALL),
    (Kind.STRUCTURE, P, F, Outcome.FAIL),
    (Kind.STRUCTURE, F, P, Outcome.FAIL),
    (Kind.HAZARD, P, F, Outcome.FAIL),
    (Kind.HAZARD, F, P, Outcome.FAIL),
    (Kind.BEHAVIOUR, F, P, Outcome.PASS),
    (Kind.BEHAVIOUR, P, F, Outcome.FAIL),
    (Kind.FLAG, F, P, Outcome.PASS),
    (Kind.FLAG, P, F, Outcome.FAIL),
]


@pytest.mark.parametrize(("kind", "static", "dynamic", "outcome"), TABLE)
def test_outcome(kind: Kind, static: State, dynamic: State, outcome: Outcome) -> None:
    criterion = replace(CRITERIA["awaited"], kind=kind)
    verdict = combine(criterion, Opinion(static, "read"), Opinion(dynamic, "run"))
    assert verdict.outcome is outcome
    assert bool(verdict.remedy) == (outcome in (Outcome.FAIL, Outcome.UNDECIDED))
    assert verdict.static is (None if static is N else static)
    assert verdict.dynamic is (None if dynamic is N else dynamic)


HERE, THERE = (Evidence("main.py", 3, "here"),), (Evidence("main.py", 8, "there"),)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize(
    ("static", "dynamic", "reason", "evidence"),
    [
        (Opinion(F, "read", HERE), Opinion(F, "run", THERE), "read", HERE),
        (Opinion(F, "read", HERE), Opinion(F, "run"), "read", HERE),
        (Opinion(F, "read"), Opinion(F, "run", THERE), "run", THERE),
        (Opinion(F, "read"), Opinion(F, "run"), "read", ()),
        (Opinion(P, "read"), Opinion(P, "run"), "read", ()),
        (Opinion(F, "read", HERE), Opinion(U, "run", THERE), "read", HERE),
        (Opinion(U, "read"), Opinion(F, "run", THERE), "run", THERE),
        (Opinion(P, "read", HERE), Opinion(U, "run"), "read", HERE),
        (Opinion(P, "read", HERE), Opinion(P, "run"), "read", HERE),
        (Opinion(U, "read"), Opinion(U, "run"), "run", ()),
        (Opinion(U, "read"), Opinion(U), "read", ()),
        (Opinion(N, "read"), Opinion(N, "run"), "read", ()),
        (Opinion(N, "read"), Opinion(U, "run"), "read", ()),
        (Opinion(U, "read"), Opinion(N, "run"), "run", ()),
        (Opinion(U, "read"), Opinion(N), "", ()),
    ],
)
def test_reason_and_evidence_are_those_of_the_side_that_decides(
    kind: Kind, static: Opinion, dynamic: Opinion, reason: str, evidence: tuple[Evidence, ...]
) -> None:
    verdict = combine(replace(CRITERIA["awaited"], kind=kind), static, dynamic)
    assert (verdict.reason, verdict.evidence) == (reason, evidence)


@pytest.mark.parametrize(
    ("state", "own", "remedy"),
    [
        (F, "", CRITERIA["awaited"].remedy),
        (U, "", CRITERIA["awaited"].remedy),
        (F, "better", "better"),
        (P, "better", ""),
        (N, "better", ""),
    ],
)
def test_an_opinion_may_bring_a_better_remedy(state: State, own: str, remedy: str) -> None:
    opinion = Opinion(state, "run", remedy=own)
    assert combine(CRITERIA["awaited"], Opinion(U if state is not U else N), opinion).remedy == (
        "" if state is U else remedy
    )


def test_evidence_of_reading_helps_a_run_that_has_none() -> None:
    place = Evidence("main.py", 3, "here")
    verdict = combine(CRITERIA["awaited"], Opinion(F, "read", (place,)), Opinion(F, "run"))
    assert verdict.evidence == (place,)
