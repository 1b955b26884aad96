"""``harness doctor``: what works on this machine."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

EXAMPLES = """\b
Examples:
  harness doctor
  harness doctor --format json
"""


class Format(StrEnum):
    """How the findings are written."""

    TEXT = "text"
    JSON = "json"


def doctor(
    format: Annotated[Format, typer.Option(help="What to write on standard output.")] = Format.TEXT,  # noqa: A002
) -> None:
    """Show what works here: versions, the layers of the sandbox, databases.

    Exit status 3 when code cannot be run safely on this machine.
    """
    from harness.cli.output import write
    from harness.diagnosis import diagnose
    from harness.reports.json import to_text

    diagnosis = diagnose()
    if format is Format.JSON:
        write(to_text(diagnosis.to_json()))
    else:
        write(diagnosis.to_text())
    raise typer.Exit(0 if diagnosis.works else 3)
