"""``harness grade``: grade one completion."""

from __future__ import annotations

import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.database import HELP

if TYPE_CHECKING:
    from harness.completions import Completion

EXAMPLES = """\b
Examples:
  harness grade answer.md --case test-your-skill
  my-agent "..." | harness grade - --case session-factory --format json
"""


class Format(StrEnum):
    """How the grade is written."""

    TEXT = "text"
    JSON = "json"


def grade(
    file: Annotated[str, typer.Argument(help="The completion, as Markdown text; - reads standard input.")],
    case: Annotated[str, typer.Option(help="Id of the case that it answers.")],
    cases: Annotated[Path | None, typer.Option(help="Folder of case files that add to the built-in ones.")] = None,
    db: Annotated[str, typer.Option(help=HELP)] = "sqlite",
    format: Annotated[Format, typer.Option(help="What to write on standard output.")] = Format.TEXT,  # noqa: A002
    unsafe_no_sandbox: Annotated[
        bool, typer.Option("--unsafe-no-sandbox", help="Run code without bubblewrap where it is missing. Dangerous.")
    ] = False,
) -> None:
    """Grade one completion: every verdict with its reason, evidence and remedy."""
    from harness.cases import load_cases
    from harness.cli.database import database_names
    from harness.cli.output import write, write_report
    from harness.errors import InputError
    from harness.evaluation import RunInterruptedError, evaluate
    from harness.reports.json import grade_to_json, to_text

    databases = database_names(db)
    known = load_cases(cases)
    if case not in known:
        raise InputError(f"--case: there is no case {case!r}; known: {', '.join(known)}")
    completion = _read(file, case)
    evaluation = evaluate([completion], known, databases=databases, unsafe_no_sandbox=unsafe_no_sandbox)
    if evaluation.interrupted:
        raise RunInterruptedError("interrupted")
    for item in evaluation.judged:
        if format is Format.JSON:
            write(to_text(grade_to_json(item.grade)))
        else:
            from harness.reports.terminal import write_grade

            write_report(partial(write_grade, item.grade, completion))
    raise typer.Exit(evaluation.exit_status)


def _read(file: str, case: str) -> Completion:
    """The completion in ``file`` or on standard input; ``--case`` goes before what its front matter says."""
    from harness.completions import Completion
    from harness.documents import decode, read_text
    from harness.endpoints.markdown import MAX_COMPLETION_BYTES, split_case
    from harness.errors import InputError

    if file != "-":
        raw_text = read_text(Path(file), MAX_COMPLETION_BYTES)
    else:
        if sys.stdin is None:
            raise InputError("standard input is closed")
        try:
            raw = sys.stdin.buffer.read(MAX_COMPLETION_BYTES + 1)
        except OSError as error:
            raise InputError(f"standard input: cannot be read: {error.strerror or error}") from error
        if len(raw) > MAX_COMPLETION_BYTES:
            raise InputError(f"standard input: is larger than the limit of {MAX_COMPLETION_BYTES // 1024} KiB")
        raw_text = decode(raw, "standard input")
    _, text = split_case(raw_text, file)
    return Completion(case=case, name=file, text=text, source=Path(file))
