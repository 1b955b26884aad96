"""``harness skill validate``: whether every runtime loads a skill, and whether its code is right."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from harness.cli.skill.options import HELP, SHIPPED, Format, load

EXAMPLES = """\b
Examples:
  harness skill validate
  harness skill validate --skill .claude/skills/mine
  harness skill validate --skill sqlmodel --format json
"""


def validate(
    skill: Annotated[str, typer.Option(help=HELP)] = SHIPPED,
    format: Annotated[Format, typer.Option(help="What to write on standard output.")] = Format.TEXT,  # noqa: A002
) -> None:
    """Judge a skill's form by the rules that all runtimes share, and its Python blocks as async code.

    Each page is read as `harness grade` reads a completion: what it marks as wrong is set aside, nothing is run.

    Exit status: 0 valid, 1 errors, 2 a skill that cannot be read, 3 the machine failed. Advice changes nothing about
    it.
    """
    from harness.cli.output import write, write_report
    from harness.reports.json import to_text
    from harness.reports.skills import validated_to_json, write_validated
    from harness.skills.validation import validate

    validated = validate(load(skill))
    if format is Format.JSON:
        write(to_text(validated_to_json(validated)))
    else:
        write_report(partial(write_validated, validated))
    raise typer.Exit(2 if validated.unread else 1 if validated.errors else 0)
