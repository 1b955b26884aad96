"""How often each arm of a run passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.reports.contrasts import rate, tally_to_json
from harness.reports.layout import Block, Heading, Table
from harness.runs.pairs import arms
from harness.runs.tally import OVERALL, subjects, tally
from harness.runs.uplift import arm_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.runs.run import Run
    from harness.verdicts import Grade


def to_blocks(run: Run) -> list[Block]:
    """One row an arm and database: the overall pass rate, and pass@k and pass^k for the most samples that all have.

    Where there are several models, each has a row below that of all.
    """
    rows = []
    several = len({grade.model for grade in run.grades}) > 1
    for arm, database, grades in _groups(run):
        rows.append((arm_name(arm), *(["all"] if several else []), database, *_cells(grades)))
        if several:
            rows += [(arm_name(arm), model, database, *_cells(held)) for model, held in _by_model(grades)]
    head = ("arm", *(["model"] if several else []), "database", "overall pass rate", "of k samples", "errors")
    return [Heading("Rates"), Table(head, tuple(rows))]


def to_json(run: Run) -> list[dict[str, Any]]:
    """``[{"arm", "database", "rates": {"overall": ..., "<criterion>": ...}, "models": {"<model>": {...}}}]``."""
    return [
        {
            "arm": arm,
            "database": database,
            "rates": _rates(grades),
            "models": {model: _rates(held) for model, held in _by_model(grades)},
        }
        for arm, database, grades in _groups(run)
    ]


def _cells(grades: list[Grade]) -> tuple[str, ...]:
    counted = tally(grades, OVERALL)
    most = counted.at_k[-1] if counted.at_k else None
    at_k = (f"pass@{most.k} {100 * most.any:.0f} %, pass^{most.k} {100 * most.all:.0f} %") if most else ""
    return rate(counted), at_k, str(counted.errors)


def _rates(grades: list[Grade]) -> dict[str, Any]:
    return {subject: tally_to_json(tally(grades, subject)) for subject in subjects(grades)}


def _by_model(grades: list[Grade]) -> list[tuple[str, list[Grade]]]:
    models = dict.fromkeys(grade.model for grade in grades)
    return [(model or "no name", [grade for grade in grades if grade.model == model]) for model in models]


def _groups(run: Run) -> Iterator[tuple[str, str, list[Grade]]]:
    for database in dict.fromkeys(grade.database for grade in run.grades):
        for arm in arms(run.grades):
            grades = [grade for grade in run.grades if (grade.arm, grade.database) == (arm, database)]
            if grades:
                yield arm, database, grades
