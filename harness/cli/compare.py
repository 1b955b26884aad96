"""``harness compare``: two runs side by side."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

EXAMPLES = """\b
Examples:
  harness compare runs/before runs/after
  harness compare runs/before runs/after --format markdown >> "$GITHUB_STEP_SUMMARY"
  harness compare before.jsonl after.jsonl --level 0.01

Exit status: 1 where something is significantly worse; 2 where nothing could be paired, 3 where errors are why; else 0.
"""
LEVEL_HELP = "Level of the tests: how often a difference that is none may be found."
EFFECT_HELP = "Difference of pass rates that matters, for saying whether there are samples enough."


class Format(StrEnum):
    """How it is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def compare(
    before: Annotated[str, typer.Argument(help="The run to compare with: a folder of --out, or a file of grades.")],
    after: Annotated[str, typer.Argument(help="The run that may be better or worse.")],
    level: Annotated[float, typer.Option(min=0.0001, max=0.5, help=LEVEL_HELP)] = 0.05,
    effect: Annotated[float, typer.Option(min=0.01, max=1.0, help=EFFECT_HELP)] = 0.2,
    format: Annotated[Format, typer.Option(help="What to write on standard output.")] = Format.TEXT,  # noqa: A002
) -> None:
    """Compare two runs: what got better, worse or stayed, by sample and criterion, and whether it is chance."""
    from harness.cli.output import note, write
    from harness.evaluation import ALL_WELL, BAD_INPUT, MACHINE_FAULT, SOME_FAIL
    from harness.reports import compared, layout
    from harness.reports.json import to_text
    from harness.runs.comparison import compare as compare_runs
    from harness.runs.load import load_run

    first, second = load_run(before), load_run(after)
    for problem in (*first.problems, *second.problems):
        note(problem)
    comparison = compare_runs(first, second, level=level, effect=effect)
    if format is Format.JSON:
        write(to_text(compared.to_json(comparison)))
    else:
        blocks = compared.to_blocks(comparison)
        write(layout.to_markdown(blocks) if format is Format.MARKDOWN else layout.to_text(blocks))
    if not comparison.samples:
        raise typer.Exit(MACHINE_FAULT if comparison.errors else BAD_INPUT)
    raise typer.Exit(SOME_FAIL if comparison.regressed else ALL_WELL)
