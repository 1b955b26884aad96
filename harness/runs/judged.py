"""A run that was read back, as the evaluation that the reports show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.evaluation import Evaluation, judged_alone

if TYPE_CHECKING:
    from harness.runs.run import Run


def as_evaluation(run: Run) -> Evaluation:
    """The evaluation, without the texts of its completions and without what was expected of them: neither is kept."""
    header = run.header
    source = Path(run.name)
    seconds, environment = header.get("seconds"), header.get("environment")
    return Evaluation(
        judged=tuple(judged_alone(grade, source) for grade in run.grades),
        cases={},
        problems=run.problems,
        environment=dict(environment if isinstance(environment, dict) else run.grades[0].environment),
        databases=tuple(dict.fromkeys(grade.database for grade in run.grades)),
        started=str(header.get("started", "")),
        seconds=float(seconds) if isinstance(seconds, int | float) else 0.0,
        interrupted=header.get("interrupted") is True,
    )
