"""``harness report``: a run that was kept, once more."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.compare import EFFECT_HELP, LEVEL_HELP

if TYPE_CHECKING:
    from harness.evaluation import Evaluation
    from harness.runs.run import Run
    from harness.runs.uplift import Uplift

EXAMPLES = """\b
Examples:
  harness report runs/today
  harness report runs/today --format markdown
  harness report grades.jsonl --baseline none --format json
"""


class Format(StrEnum):
    """How it is written."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


def report(
    run: Annotated[str, typer.Argument(help="A folder of --out, or a file of grades.")],
    baseline: Annotated[
        str | None, typer.Option(help="Arm to compare the others with; the one without a skill when left out.")
    ] = None,
    level: Annotated[float, typer.Option(min=0.0001, max=0.5, help=LEVEL_HELP)] = 0.05,
    effect: Annotated[float, typer.Option(min=0.01, max=1.0, help=EFFECT_HELP)] = 0.2,
    format: Annotated[Format, typer.Option(help="What to write on standard output.")] = Format.TABLE,  # noqa: A002
) -> None:
    """Report a run: what eval said of it, its rates with intervals and, where it has several arms, what they change."""
    from harness.cli.output import note
    from harness.runs.judged import as_evaluation
    from harness.runs.load import load_run
    from harness.runs.uplift import uplift

    loaded = load_run(run)
    compared = uplift(loaded, baseline=baseline, level=level, effect=effect)
    for problem in loaded.problems:
        note(problem)
    write_run(loaded, as_evaluation(loaded), compared, format)


def write_run(run: Run, evaluation: Evaluation, compared: Uplift, format: Format) -> None:  # noqa: A002
    """The evaluation, the rates of its arms, and what they change."""
    from harness.cli.output import write, write_report
    from harness.reports import layout, rates
    from harness.reports import uplift as changed

    blocks = [*rates.to_blocks(run), *changed.to_blocks(compared)]
    match format:
        case Format.TABLE:
            from harness.reports.terminal import write_evaluation

            write_report(partial(write_evaluation, evaluation))
            write(f"\n{layout.to_text(blocks)}")
        case Format.MARKDOWN:
            from harness.reports.markdown import evaluation_to_markdown

            write(f"{evaluation_to_markdown(evaluation)}\n{layout.to_markdown(blocks)}")
        case Format.JSON:
            from harness.reports.json import evaluation_to_json, to_text

            document = evaluation_to_json(evaluation) | {
                "run": dict(run.header),
                "arms": rates.to_json(run),
                "experiment": changed.to_json(compared) if compared.sections else None,
            }
            write(to_text(document))
