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
    """One row an arm and database: the overall pass rate, and pass@k and pass^k for the most samples that all have."""
    rows = []
    for arm, database, grades in _groups(run):
        counted = tally(grades, OVERALL)
        most = counted.at_k[-1] if counted.at_k else None
        at_k = (f"pass@{most.k} {100 * most.any:.0f} %, pass^{most.k} {100 * most.all:.0f} %") if most else ""
        rows.append((arm_name(arm), database, rate(counted), at_k, str(counted.errors)))
    return [Heading("Rates"), Table(("arm", "database", "overall pass rate", "of k samples", "errors"), tuple(rows))]


def to_json(run: Run) -> list[dict[str, Any]]:
    """``[{"arm", "database", "rates": {"overall": ..., "<criterion>": ...}}]``."""
    return [
        {
            "arm": arm,
            "database": database,
            "rates": {subject: tally_to_json(tally(grades, subject)) for subject in subjects(grades)},
        }
        for arm, database, grades in _groups(run)
    ]


def _groups(run: Run) -> Iterator[tuple[str, str, list[Grade]]]:
    for database in dict.fromkeys(grade.database for grade in run.grades):
        for arm in arms(run.grades):
            grades = [grade for grade in run.grades if (grade.arm, grade.database) == (arm, database)]
            if grades:
                yield arm, database, grades
