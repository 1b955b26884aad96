"""JSON of grades and runs, as other programs read it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from harness.reports.summary import by_case, criterion_counts, labelled, overall_counts
from harness.verdicts import Outcome, Overall, State

if TYPE_CHECKING:
    from collections import Counter

    from harness.evaluation import Evaluation, Judged
    from harness.verdicts import Grade, Verdict


def grade_to_json(grade: Grade) -> dict[str, Any]:
    """One grade. ``error`` is there only where the overall verdict is ``error``."""
    data: dict[str, Any] = {
        **key_to_json(grade),
        "overall": grade.overall.value,
        "verdicts": {criterion: verdict_to_json(verdict) for criterion, verdict in grade.verdicts.items()},
        "environment": grade.environment,
    }
    if grade.error:
        data["error"] = grade.error
    return data


def key_to_json(grade: Grade) -> dict[str, Any]:
    """What tells a grade from others."""
    return {
        "case": grade.case,
        "completion": grade.completion,
        "arm": grade.arm,
        "model": grade.model,
        "sample": grade.sample,
        "database": grade.database,
    }


def verdict_to_json(verdict: Verdict) -> dict[str, Any]:
    """One verdict; a kind of evidence that saw no occasion to judge is ``null``."""
    return {
        "outcome": verdict.outcome.value,
        "reason": verdict.reason,
        "static": _state(verdict.static),
        "dynamic": _state(verdict.dynamic),
        "evidence": [{"path": e.path, "line": e.line, "message": e.message} for e in verdict.evidence],
        "remedy": verdict.remedy,
    }


def evaluation_to_json(evaluation: Evaluation) -> dict[str, Any]:
    """``{"run": ..., "grades": [...], "summary": ...}``."""
    return {
        "run": run_to_json(evaluation),
        "grades": [grade_to_json(item.grade) for item in evaluation.judged],
        "summary": summary_to_json(evaluation),
    }


def run_to_json(evaluation: Evaluation) -> dict[str, Any]:
    """When, on what and with which versions the grades were made."""
    return {
        "started": evaluation.started,
        "seconds": evaluation.seconds,
        "databases": list(evaluation.databases),
        "cases": list(by_case(evaluation)),
        "environment": evaluation.environment,
        "problems": list(evaluation.problems),
        "interrupted": evaluation.interrupted,
        "exit_status": evaluation.exit_status,
        **({"incomplete": evaluation.incomplete} if evaluation.incomplete else {}),
        **evaluation.about,
    }


def summary_to_json(evaluation: Evaluation) -> dict[str, Any]:
    """Counts over all grades, by case and by criterion, and how many came out as expected."""
    with_label, as_expected = labelled(evaluation)
    return {
        "grades": len(evaluation.judged),
        "overall": _overall(overall_counts(evaluation.judged)),
        "cases": {case: _overall(overall_counts(items)) for case, items in by_case(evaluation).items()},
        "criteria": {
            criterion: {outcome.value: counts[outcome] for outcome in Outcome}
            for criterion, counts in criterion_counts(evaluation.judged).items()
        },
        "expected": {
            "labelled": with_label,
            "as_expected": as_expected,
            "otherwise": [_differences(item) for item in evaluation.judged if item.differences],
        },
    }


def to_line(data: dict[str, Any]) -> str:
    """One line of JSON Lines, in ASCII: it can be written whatever the encoding of the terminal."""
    return json.dumps(data) + "\n"


def to_text(data: dict[str, Any]) -> str:
    """An indented document, in ASCII."""
    return json.dumps(data, indent=2) + "\n"


def _state(state: State | None) -> str | None:
    return None if state is None or state is State.NOT_APPLICABLE else state.value


def _overall(counts: Counter[Overall]) -> dict[str, int]:
    return {overall.value: counts[overall] for overall in Overall}


def _differences(item: Judged) -> dict[str, Any]:
    return {
        "case": item.grade.case,
        "completion": item.grade.completion,
        "database": item.grade.database,
        "differences": [
            {"criterion": d.criterion, "expected": d.expected, "actual": d.actual} for d in item.differences or ()
        ],
    }
