"""Combines what reading and what running say into one outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.criteria.criterion import Criterion, Kind, nothing_dynamic
from harness.verdicts import Opinion, Outcome, State, Verdict

if TYPE_CHECKING:
    from harness.observations import Observations

_LEAVE_ALONE = "Leave the process that runs the code alone: what it reports must agree with what is seen from outside."

_OUTCOMES = {
    State.PASS: Outcome.PASS,
    State.FAIL: Outcome.FAIL,
    State.UNKNOWN: Outcome.UNDECIDED,
    State.NOT_APPLICABLE: Outcome.NOT_APPLICABLE,
}


def tempered(criterion: Criterion, dynamic: Opinion, run: Observations) -> Opinion:
    """A dynamic opinion as far as the run can carry it: nothing passes on forged, missing or cut short reports."""
    if dynamic.state is not State.PASS:
        return dynamic
    if run.inconsistent:
        return Opinion(State.FAIL, f"inconsistent: {run.inconsistent[0]}", remedy=_LEAVE_ALONE)
    if run.reached:
        return _doubted(run)
    if run.incomplete:
        return Opinion(State.UNKNOWN, f"the run could not be seen to its end: {run.incomplete[0]}")
    if run.stopped and criterion.kind is Kind.HAZARD:
        return Opinion(State.UNKNOWN, f"the run ended early ({run.stopped} during {run.stage})")
    return dynamic


def believed(criterion: Criterion, static: Opinion, run: Observations) -> Opinion:
    """A static opinion as far as the code is what it seems: what reaches into the interpreter may act otherwise."""
    lets_run = criterion.dynamic is not nothing_dynamic
    return _doubted(run) if run.reached and lets_run and static.state is State.PASS else static


def _doubted(run: Observations) -> Opinion:
    what = ", ".join(name for name, _ in run.reached[:3])
    return Opinion(State.UNKNOWN, f"the code reaches into the process that runs it ({what})", remedy=_LEAVE_ALONE)


def combine(criterion: Criterion, static: Opinion, dynamic: Opinion) -> Verdict:
    """The verdict: one side known and the other not, the known one decides; both known and differing, the kind does."""
    deciding = _deciding(criterion.kind, static, dynamic)
    outcome = _OUTCOMES[deciding.state]
    return Verdict(
        outcome=outcome,
        reason=deciding.reason,
        static=_reported(static),
        dynamic=_reported(dynamic),
        evidence=deciding.evidence,
        remedy=(deciding.remedy or criterion.remedy) if outcome in (Outcome.FAIL, Outcome.UNDECIDED) else "",
    )


def _deciding(kind: Kind, static: Opinion, dynamic: Opinion) -> Opinion:
    known = [opinion for opinion in (static, dynamic) if opinion.state in (State.PASS, State.FAIL)]
    if len(known) == 1:
        return known[0]
    if not known:
        if State.NOT_APPLICABLE in (static.state, dynamic.state):
            return static if static.state is State.NOT_APPLICABLE else dynamic
        return dynamic if dynamic.reason else static
    if static.state is dynamic.state:
        return static if static.evidence or not dynamic.evidence else dynamic
    if kind in (Kind.BEHAVIOUR, Kind.FLAG):
        return dynamic
    return static if static.state is State.FAIL else dynamic


def _reported(opinion: Opinion) -> State | None:
    return None if opinion.state is State.NOT_APPLICABLE else opinion.state
