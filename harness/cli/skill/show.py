"""``harness skill show``: what a skill is."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.cli.skill.options import HELP, SHIPPED, Format, load

EXAMPLES = """\b
Examples:
  harness skill show
  harness skill show --skill sqlmodel
  harness skill show --skill .claude/skills/mine --format json
"""


def show(
    skill: Annotated[str, typer.Option(help=HELP)] = SHIPPED,
    format: Annotated[Format, typer.Option(help="What to write on standard output.")] = Format.TEXT,  # noqa: A002
) -> None:
    """Show a skill's name, description, size, digest and files."""
    from harness.cli.output import write
    from harness.reports.json import to_text
    from harness.reports.skills import skill_to_json, skill_to_text

    found = load(skill)
    write(to_text(skill_to_json(found)) if format is Format.JSON else skill_to_text(found))
