"""``harness skill verify``: whether all code of a skill does what the skill says of it."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from harness.cli.database import HELP as DATABASES
from harness.cli.skill.options import HELP, SHIPPED, Format

EXAMPLES = """\b
Examples:
  harness skill verify
  harness skill verify --db sqlite,postgresql+asyncpg://postgres:secret@localhost/postgres
  harness skill verify --skill .agents/skills/my-skill --format json

\b
Blocks below a heading `Incorrect: session-import` have to fail that criterion, below `Incorrect: test` a test of the
same file; all other Python has to pass. A block's first line names its file: `# app/database.py`.
"""


def verify(
    skill: Annotated[str, typer.Option(help=HELP)] = SHIPPED,
    db: Annotated[str, typer.Option(help=DATABASES)] = "sqlite",
    format: Annotated[Format, typer.Option(help="What to write on standard output.")] = Format.TEXT,  # noqa: A002
) -> None:
    """Read and run every Python block of a skill: what is right has to pass, what is wrong has to show its fault.

    Exit status: 0 all is as the skill says, 1 something is not, 2 wrong usage or a file that cannot be read, 3 the
    machine failed.
    """
    from harness.cli.database import database_names
    from harness.cli.output import write, write_report
    from harness.cli.progress import progress_bar
    from harness.skills import find_skill
    from harness.verification import verify as run

    folder = find_skill(skill)
    databases = database_names(db)
    with progress_bar("verifying") as advance:
        found = run(folder, databases=databases, progress=advance)
    if format is Format.JSON:
        from harness.reports.json import to_text
        from harness.reports.verified import to_json

        write(to_text(to_json(found)))
    else:
        from harness.reports.verified import write_verified

        write_report(partial(write_verified, found))
    raise typer.Exit(found.exit_status)
