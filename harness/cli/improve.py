"""``harness improve``: the prompt that closes the gaps of a skill."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

EXAMPLES = """\b
Examples:
  harness improve runs/today
  harness improve runs/today --arm my-skill > improve.md
  harness improve runs/today --format json

Exit status: 1 where there are gaps, 0 where there is nothing to improve, 3 where no sample could be judged.
"""


class Format(StrEnum):
    """How it is written."""

    TEXT = "text"
    JSON = "json"


def improve(
    run: Annotated[str, typer.Argument(help="A folder of --out, or a file of grades.")],
    arm: Annotated[str | None, typer.Option(help="Arm whose gaps count; the one with a skill when left out.")] = None,
    skill: Annotated[str | None, typer.Option(help="Name of the skill in the prompt; the arm's when left out.")] = None,
    format: Annotated[Format, typer.Option(help="What to write on standard output.")] = Format.TEXT,  # noqa: A002
) -> None:
    """Write the prompt that improves a skill: what is wrong in how many samples, the rule and the code to add."""
    from harness.cli.output import note, write
    from harness.evaluation import ALL_WELL, MACHINE_FAULT, SOME_FAIL
    from harness.reports import improved
    from harness.reports.json import to_text
    from harness.runs.improvement import improvement
    from harness.runs.load import load_run

    loaded = load_run(run)
    found = improvement(loaded, arm=arm, skill=skill)
    for problem in loaded.problems:
        note(problem)
    write(to_text(improved.to_json(found)) if format is Format.JSON else improved.to_prompt(found))
    if not found.samples:
        raise typer.Exit(MACHINE_FAULT)
    raise typer.Exit(SOME_FAIL if found.gaps else ALL_WELL)
