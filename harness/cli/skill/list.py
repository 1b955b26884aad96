"""``harness skill list``: the skills that have names here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.skill.options import Format

if TYPE_CHECKING:
    from harness.skills import Skill
    from harness.skills.places import Place

EXAMPLES = """\b
Examples:
  harness skill list
  harness skill list --format json
"""


def list_skills(
    format: Annotated[Format, typer.Option(help="What to write on standard output.")] = Format.TEXT,  # noqa: A002
) -> None:
    """List the built-in skill and those that installed packages ship."""
    from harness.cli.output import write
    from harness.reports.json import to_text
    from harness.reports.skills import places_to_json, places_to_text
    from harness.skills.places import known_skills

    found = [(place, _loaded(place)) for place in known_skills()]
    write(to_text(places_to_json(found)) if format is Format.JSON else places_to_text(found))


def _loaded(place: Place) -> Skill | None:
    from harness.cli.output import note
    from harness.errors import InputError
    from harness.skills import load_skill

    try:
        return load_skill(place.folder)
    except InputError as error:
        note(str(error))
        return None
