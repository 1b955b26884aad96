"""``harness skill install``: put a skill where agents look for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.skill.options import HELP, SHIPPED, Format, load

EXAMPLES = """\b
Examples:
  harness skill install
  harness skill install --to ~/.claude/skills
  harness skill install --skill sqlmodel --to .agents/skills
"""


def install(
    skill: Annotated[str, typer.Option(help=HELP)] = SHIPPED,
    to: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of skills, may be repeated; else .claude/skills and .agents/skills here, "
            "or that of the two whose agent this project has a folder of."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that differ.")] = False,
    format: Annotated[Format, typer.Option(help="What to write on standard output.")] = Format.TEXT,  # noqa: A002
) -> None:
    """Copy a skill, all of its files, to where agents look for it.

    What is there already and is the same is let be. Where a file differs, nothing is written without --force.
    """
    from harness.cli.output import write
    from harness.reports.json import to_text
    from harness.reports.skills import installed_to_json, installed_to_text
    from harness.skills import installation

    found = load(skill)
    targets = [each.expanduser() for each in to] if to else installation.default_targets(Path())
    done = installation.install(found, targets, force=force)
    write(to_text(installed_to_json(found, done)) if format is Format.JSON else installed_to_text(done))
