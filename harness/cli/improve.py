"""``harness improve``: the prompt that closes the gaps of a skill, or an edit that is seen to close them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """\b
Examples:
  harness improve runs/today
  harness improve runs/today --arm my-skill > improve.md
  harness improve runs/today --format json
  harness improve runs/today --model openai:gpt-5-mini --apply ./edited --max-tokens 500000

Exit status: 1 where there are gaps, 0 where there is nothing to improve, 3 where no sample could be judged. With
--apply: 0 where the edit is better and was kept, 1 where it was not, 3 where that could not be found out.
"""


class Format(StrEnum):
    """How it is written."""

    TEXT = "text"
    JSON = "json"


def improve(
    run: Annotated[str, typer.Argument(help="A folder of --out, or a file of grades.")],
    arm: Annotated[str | None, typer.Option(help="Arm whose gaps count; the one with a skill when left out.")] = None,
    skill: Annotated[
        str | None, typer.Option(help="Name of the skill in the prompt, with --apply a folder, too; the arm's.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Ask this model for an edit: PROVIDER:NAME, or http(s)://HOST/v1#NAME.")
    ] = None,
    apply: Annotated[
        Path | None, typer.Option(help="New folder for the edited skill, if it is better on samples held out.")
    ] = None,
    max_cost: Annotated[float | None, typer.Option(min=0, help="US dollars that all of it may cost.")] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Tokens that all of it may use.")] = None,
    max_output_tokens: Annotated[int | None, typer.Option(min=1, help="Longest reply with an edit, in tokens.")] = None,
    samples: Annotated[int | None, typer.Option(min=1, max=100_000, help="Answers to each prompt and arm; 10.")] = None,
    cases: Annotated[Path | None, typer.Option(help="Folder of case files that add to the built-in ones.")] = None,
    db: Annotated[str | None, typer.Option(help="Database to judge the edit on, as for eval; sqlite.")] = None,
    store: Annotated[str | None, typer.Option(help="What keeps all that is asked; .harness/runs.db.")] = None,
    unsafe_no_sandbox: Annotated[
        bool, typer.Option("--unsafe-no-sandbox", help="Run code without bubblewrap where it is missing. Dangerous.")
    ] = False,
    format: Annotated[Format, typer.Option(help="What to write on standard output.")] = Format.TEXT,  # noqa: A002
) -> None:
    """Write the prompt that improves a skill: what is wrong in how many samples, the rule and the code to add.

    With --model and --apply, ask for the edit, compare it with the skill, and keep it only if it is better.
    """
    from harness.cli import applying
    from harness.cli.output import note, write
    from harness.evaluation import ALL_WELL, MACHINE_FAULT, SOME_FAIL
    from harness.reports import improved
    from harness.reports.json import to_text
    from harness.runs.improvement import improvement
    from harness.runs.load import load_run

    wishes = applying.Wishes(
        model, apply, max_cost, max_tokens, max_output_tokens, samples, cases, db, store, unsafe_no_sandbox
    )
    wanted = wishes.wanted
    loaded = load_run(run)
    found = improvement(loaded, arm=arm, skill=skill)
    edited = None
    if wanted:
        edited = applying.skill_of(wishes, loaded, found.arm, found.skill)
        found = improvement(loaded, arm=arm, skill=edited.header.name)
    for problem in loaded.problems:
        note(problem)
    if edited is not None and found.gaps:
        tried = applying.carry_out(wishes, loaded, edited, improved.to_prompt(found))
        as_json = format is Format.JSON
        write(to_text(applying.to_json(tried, found)) if as_json else applying.to_text(tried))
        if not tried.attempt.conclusive:
            raise typer.Exit(MACHINE_FAULT)
        raise typer.Exit(ALL_WELL if tried.attempt.kept else SOME_FAIL)
    write(to_text(improved.to_json(found)) if format is Format.JSON else improved.to_prompt(found))
    if not found.samples:
        raise typer.Exit(MACHINE_FAULT)
    raise typer.Exit(SOME_FAIL if found.gaps else ALL_WELL)
