"""``harness check``: the criteria that reading decides, on any source tree."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """\b
Examples:
  harness check .
  harness check app tests --select awaited,no-lazy-load
  harness check . --format json
"""


class Format(StrEnum):
    """How the findings are written."""

    TEXT = "text"
    JSON = "json"


def check(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders; what .gitignore names is passed over.")],
    select: Annotated[str, typer.Option(help="Only these criteria, separated by commas.")] = "",
    ignore: Annotated[str, typer.Option(help="All criteria but these, separated by commas.")] = "",
    jobs: Annotated[int, typer.Option(min=0, help="Processes to read with; 0: as many as there are cores.")] = 0,
    format: Annotated[Format, typer.Option(help="What to write on standard output.")] = Format.TEXT,  # noqa: A002
) -> None:
    """Find the faults of async session code in your own source tree, without running it.

    Exit status: 0 nothing found, 1 findings, 2 wrong usage or a file that cannot be read, 3 the machine failed.
    """
    from harness.check.run import check as run
    from harness.check.selection import chosen
    from harness.cli.output import write
    from harness.reports.checked import to_json, to_lines
    from harness.reports.json import to_text

    report = run(paths, criteria=chosen(select, ignore), jobs=jobs)
    write(to_text(to_json(report)) if format is Format.JSON else to_lines(report))
    raise typer.Exit(2 if report.unread else 1 if report.findings else 0)
