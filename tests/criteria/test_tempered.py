"""What a run's reports can carry: nothing passes on forged, missing or cut short ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.criteria import CRITERIA, Kind, tempered
from harness.verdicts import Opinion, State
from tests.criteria import observed as o
from tests.criteria.reading import subject

HAZARD, BEHAVIOUR = (
    next(each for each in CRITERIA.values() if each.kind is kind) for kind in (Kind.HAZARD, Kind.BEHAVIOUR)
)


@pytest.mark.parametrize(
    ("criterion", "changes", "state"),
    [
        (HAZARD, {}, State.PASS),
        (HAZARD, {"inconsistent": ("the hooks were altered",)}, State.FAIL),
        (BEHAVIOUR, {"inconsistent": ("the hooks were altered",)}, State.FAIL),
        (HAZARD, {"incomplete": ("facts: KeyError",)}, State.UNKNOWN),
        (BEHAVIOUR, {"incomplete": ("facts: KeyError",)}, State.UNKNOWN),
        (HAZARD, {"stopped": "cpu limit", "stage": "create"}, State.UNKNOWN),
        (BEHAVIOUR, {"stopped": "cpu limit", "stage": "create"}, State.PASS),
    ],
)
def test_a_pass_is_worth_what_the_run_is(criterion: Any, changes: dict[str, Any], state: State) -> None:
    opinion = tempered(criterion, Opinion(State.PASS, "seen"), o.run(**changes))
    assert opinion.state is state
    assert opinion.reason
    assert ("inconsistent" in opinion.reason) == (state is State.FAIL)


@pytest.mark.parametrize(
    ("judged", "state"),
    [({}, State.FAIL), ({"writes_judged": True}, State.PASS), ({"reads_judged": True}, State.PASS)],
)
def test_a_request_that_never_ends_fails_the_scope_where_nothing_else_would(
    judged: dict[str, bool], state: State
) -> None:
    stopped = replace(subject("x = 1", o.run(stopped="cpu limit", stage="other endpoints")), **judged)
    opinion = CRITERIA["request-scope"].dynamic(stopped)
    assert opinion.state is state
    assert ("cpu limit during other endpoints" in opinion.reason) == (state is State.FAIL)


@pytest.mark.parametrize("state", [State.FAIL, State.UNKNOWN, State.NOT_APPLICABLE])
def test_what_does_not_pass_stays(state: State) -> None:
    opinion = Opinion(state, "seen")
    assert tempered(HAZARD, opinion, o.run(inconsistent=("x",), incomplete=("y",), stopped="z")) is opinion
