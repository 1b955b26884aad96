"""Grades as rows of the store, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.verdicts import Evidence, Grade, Outcome, Overall, State, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.runs.tables import StoredGrade

# many are read back: looking up is several times as fast as calling an enumeration
_OUTCOMES: dict[str, Outcome] = {each.value: each for each in Outcome}
_STATES: dict[str | None, State | None] = {None: None, **{each.value: each for each in State}}


def verdicts_to_row(grade: Grade) -> dict[str, Any]:
    """All of the verdicts, as JSON."""
    return {name: _verdict_to_row(verdict) for name, verdict in grade.verdicts.items()}


def grade_from_row(row: StoredGrade, environment: dict[str, object], named: Mapping[str, Any]) -> Grade:
    """The grade of a text for the sample that ``named`` says (case, completion, arm, model, sample)."""
    return Grade(
        overall=Overall(row.overall),
        verdicts={name: _verdict_from_row(data) for name, data in row.verdicts.items()},
        database=row.database,
        error=row.error,
        environment=environment,
        **named,
    )


def _verdict_to_row(verdict: Verdict) -> dict[str, Any]:
    return {
        "outcome": verdict.outcome.value,
        "reason": verdict.reason,
        "static": verdict.static and verdict.static.value,
        "dynamic": verdict.dynamic and verdict.dynamic.value,
        "evidence": [[each.path, each.line, each.message, each.column] for each in verdict.evidence],
        "remedy": verdict.remedy,
    }


def _verdict_from_row(data: Mapping[str, Any]) -> Verdict:
    return Verdict(
        _OUTCOMES[data["outcome"]],
        data["reason"],
        _STATES[data["static"]],
        _STATES[data["dynamic"]],
        tuple(Evidence(*each) for each in data["evidence"]),
        data["remedy"],
    )
