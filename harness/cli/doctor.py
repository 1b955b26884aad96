"""``harness doctor``: what works on this machine."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from harness.cli.database import HELP

EXAMPLES = """\b
Examples:
  harness doctor
  harness doctor --db postgresql+asyncpg://postgres:secret@localhost/postgres
  harness doctor --format json
"""


class Format(StrEnum):
    """How the findings are written."""

    TEXT = "text"
    JSON = "json"


def doctor(
    db: Annotated[str, typer.Option(help=HELP)] = "sqlite",
    format: Annotated[Format, typer.Option(help="What to write on standard output.")] = Format.TEXT,  # noqa: A002
) -> None:
    """Show what works here: versions, the layers of the sandbox, databases.

    With --db a server is tried too: its version, the rights of the user, what is lacking. Exit status 3 when code
    cannot be run safely on this machine, or not on a database that was asked for.
    """
    from harness.cli.output import write
    from harness.databases import split
    from harness.diagnosis import diagnose
    from harness.reports.json import to_text

    diagnosis = diagnose(split(db))
    if format is Format.JSON:
        write(to_text(diagnosis.to_json()))
    else:
        write(diagnosis.to_text())
    raise typer.Exit(0 if diagnosis.works else 3)
