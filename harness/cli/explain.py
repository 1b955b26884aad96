"""``harness explain``: what a criterion asks for, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

EXAMPLES = """\b
Examples:
  harness explain
  harness explain awaited
  harness explain session-import --format markdown
"""


class Format(StrEnum):
    """How it is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def explain(
    criterion: Annotated[str, typer.Argument(help="Id of a criterion; without one, all are listed.")] = "",
    format: Annotated[Format, typer.Option(help="What to write on standard output.")] = Format.TEXT,  # noqa: A002
) -> None:
    """Explain a criterion: what it asks for, why, an example, and what to write instead."""
    from harness.cli.output import write
    from harness.criteria import CRITERIA
    from harness.errors import InputError
    from harness.reports import explained
    from harness.reports.json import to_text

    if not criterion:
        if format is Format.JSON:
            write(to_text({"criteria": [explained.to_json(each) for each in CRITERIA.values()]}))
        else:
            write(explained.index() if format is Format.MARKDOWN else explained.table())
        return
    if criterion not in CRITERIA:
        raise InputError(f"there is no criterion {criterion!r}; known: {', '.join(CRITERIA)}")
    chosen = CRITERIA[criterion]
    if format is Format.JSON:
        write(to_text(explained.to_json(chosen)))
    else:
        write(explained.to_markdown(chosen) if format is Format.MARKDOWN else explained.to_plain(chosen))
