"""``harness eval``: grade many completions."""

from __future__ import annotations

import contextlib
import os
import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.database import HELP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from harness.cases import Case
    from harness.evaluation import Evaluation, Judged

EXAMPLES = """\b
Examples:
  harness eval                                     the stored completions that come with the harness
  harness eval test-your-skill --completions DIR   your own: DIR/<case-id>/<name>.md, or *.jsonl
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
        Path | None, typer.Option(help="Folder, .md or .jsonl file; the stored ones when left out.")
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
    from harness.cli.output import note
    from harness.endpoints.stored import read_completions
    from harness.evaluation import evaluate
    from harness.resources import completions_folder

    databases = database_names(db)
    known = load_cases(cases)
    chosen = _choose(known, case)
    stored = read_completions(completions or completions_folder(), known)
    for problem in stored.problems:
        note(problem)
    wanted = [completion for completion in stored.completions if completion.case in chosen]
    with _grades_file(out) as keep, _progress(len(wanted) * len(databases)) as advance:

        def on_judged(judged: Judged) -> None:
            keep(judged)
            if format is Format.JSONL:
                _write_line(judged)
            advance()

        evaluation = evaluate(
            wanted,
            chosen,
            problems=stored.problems,
            jobs=jobs or _processors(),
            databases=databases,
            unsafe_no_sandbox=unsafe_no_sandbox,
            on_judged=on_judged,
        )
    if out is not None:
        _write_run(evaluation, out)
    _report(evaluation, format)
    raise typer.Exit(evaluation.exit_status)


def _choose(known: Mapping[str, Case], ids: Sequence[str] | None) -> dict[str, Case]:
    from harness.errors import InputError

    for case_id in ids or ():
        if case_id not in known:
            raise InputError(f"there is no case {case_id!r}; known: {', '.join(known)}")
    return {case_id: case for case_id, case in known.items() if not ids or case_id in ids}


def _write_line(judged: Judged) -> None:
    from harness.cli.output import write
    from harness.reports.json import grade_to_json, to_line

    write(to_line(grade_to_json(judged.grade)))


@contextlib.contextmanager
def _grades_file(out: Path | None) -> Iterator[Callable[[Judged], None]]:
    """Gives what appends one grade to ``out/grades.jsonl``, at once, so that an interrupted run loses nothing."""
    if out is None:
        yield lambda judged: None
        return
    from harness.errors import InputError
    from harness.reports.json import grade_to_json, to_line

    try:
        out.mkdir(parents=True, exist_ok=True)
        stream = (out / "grades.jsonl").open("w", encoding="utf-8")
    except OSError as error:
        raise InputError(f"--out: {out} cannot be written: {error.strerror}") from error
    with stream:

        def keep(judged: Judged) -> None:
            stream.write(to_line(grade_to_json(judged.grade)))
            stream.flush()

        yield keep


def _write_run(evaluation: Evaluation, out: Path) -> None:
    from harness.reports.json import run_to_json, summary_to_json, to_text

    document = {"run": run_to_json(evaluation), "summary": summary_to_json(evaluation)}
    (out / "run.json").write_text(to_text(document), encoding="utf-8")


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


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """Gives what moves a progress bar on; there is a bar only where standard error is a terminal."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("grading", total=total)
        yield lambda: progress.advance(task)
