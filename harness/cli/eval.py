"""``harness eval``: grade many completions."""

from __future__ import annotations

import itertools
import os
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.database import HELP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.cases import Case
    from harness.completions import Completion
    from harness.evaluation import Evaluation, Judged

EXAMPLES = """\b
Examples:
  harness eval                                     the stored completions that come with the harness
  harness eval test-your-skill --completions DIR   your own: DIR/<case-id>/<name>.md, or *.jsonl
  harness eval --completions batch_output.jsonl    what other tools have kept: docs/completions.md
  harness eval --format jsonl --out runs/today     one grade a line, also kept in runs/today
"""


class Format(StrEnum):
    """How the grades are written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    MARKDOWN = "markdown"


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def evaluate_stored(
    case: Annotated[list[str] | None, typer.Argument(help="Ids of the cases to judge; all when left out.")] = None,
    cases: Annotated[Path | None, typer.Option(help="Folder of case files that add to the built-in ones.")] = None,
    completions: Annotated[
        Path | None,
        typer.Option(help="Folder or file of stored outputs; the harness's own when left out."),
    ] = None,
    db: Annotated[str, typer.Option(help=HELP)] = "sqlite",
    jobs: Annotated[int | None, typer.Option(min=1, max=256, help="Workers; one a processor when left out.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for grades.jsonl (as they arrive) and run.json.")] = None,
    format: Annotated[Format, typer.Option(help="What to write on standard output.")] = Format.TABLE,  # noqa: A002
    unsafe_no_sandbox: Annotated[
        bool, typer.Option("--unsafe-no-sandbox", help="Run code without bubblewrap where it is missing. Dangerous.")
    ] = False,
) -> None:
    """Grade stored completions and compare them with what is expected of them.

    Expected verdicts stand in <name>.yaml beside <name>.md; where they are there, exit status 0 means that all came
    out as expected.
    """
    from harness.cases import load_cases
    from harness.cli.database import database_names
    from harness.cli.kept import Kept
    from harness.cli.output import note
    from harness.cli.progress import progress_bar
    from harness.endpoints.stored import read_completions
    from harness.evaluation import BAD_INPUT, MACHINE_FAULT, RunInterruptedError, evaluate
    from harness.resources import completions_folder

    databases = database_names(db)
    known = load_cases(cases)
    chosen = _choose(known, case)
    folder = completions or completions_folder()
    stored = read_completions(folder, known)
    wanted = [completion for completion in stored.completions if completion.case in chosen]
    problems = (*stored.problems, *_without_completions(case or (), stored.completions, folder))
    for problem in problems:
        note(problem)
    with Kept(out) as kept:
        done, total = itertools.count(1), len(wanted) * len(databases)
        with progress_bar("grading") as advance:

            def on_judged(judged: Judged) -> None:
                kept.keep(judged)
                if format is Format.JSONL:
                    _write_line(judged)
                advance(next(done), total)

            evaluation = evaluate(
                wanted,
                chosen,
                problems=problems,
                jobs=jobs or _processors(),
                databases=databases,
                unsafe_no_sandbox=unsafe_no_sandbox,
                on_judged=on_judged,
            )
        kept.finish(evaluation)
    if kept.failure:
        note(kept.failure)
    if evaluation.interrupted:
        raise RunInterruptedError(
            f"interrupted; the grades so far are in {kept.grades}" if kept.grades else "interrupted"
        )
    _report(evaluation, format)
    status = evaluation.exit_status
    raise typer.Exit(MACHINE_FAULT if kept.failure and status != BAD_INPUT else status)


def _choose(known: Mapping[str, Case], ids: Sequence[str] | None) -> dict[str, Case]:
    from harness.errors import InputError

    for case_id in ids or ():
        if case_id not in known:
            raise InputError(f"there is no case {case_id!r}; known: {', '.join(known)}")
    return {case_id: case for case_id, case in known.items() if not ids or case_id in ids}


def _without_completions(ids: Sequence[str], stored: Sequence[Completion], folder: Path) -> list[str]:
    """A line for each case that was asked for and has nothing to be judged."""
    held = sorted({completion.case for completion in stored})
    return [
        f"{folder}: holds no completion of {case_id}" + (f"; it holds those of {', '.join(held)}" if held else "")
        for case_id in dict.fromkeys(ids)
        if case_id not in held
    ]


def _write_line(judged: Judged) -> None:
    from harness.cli.output import write
    from harness.reports.json import grade_to_json, to_line

    write(to_line(grade_to_json(judged.grade)))


def _report(evaluation: Evaluation, format: Format) -> None:  # noqa: A002
    from harness.cli.output import write, write_report

    match format:
        case Format.TABLE:
            from harness.reports.terminal import write_evaluation

            write_report(partial(write_evaluation, evaluation))
        case Format.MARKDOWN:
            from harness.reports.markdown import evaluation_to_markdown

            write(evaluation_to_markdown(evaluation))
        case Format.JSON:
            from harness.reports.json import evaluation_to_json, to_text

            write(to_text(evaluation_to_json(evaluation)))
        case Format.JSONL:
            pass  # each grade was written when it arrived
