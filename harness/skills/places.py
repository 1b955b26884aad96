"""Where skills are found: in a folder, in this package, in the packages that are installed beside it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from harness.errors import InputError
from harness.resources import skill_folder
from harness.skills.skill import ENTRY

SHIPPED = "relational-db-agent"
_IN_A_PACKAGE = Path(".agents", "skills")


@dataclass(frozen=True, slots=True)
class Place:
    """A skill that has a name here; ``package`` is the top-level package that ships it."""

    name: str
    package: str
    folder: Path


def find_skill(reference: str | Path) -> Path:
    """The folder of a skill.

    ``reference`` is a folder (or the ``SKILL.md`` in it), the built-in ``relational-db-agent``, or the name of a skill
    that an installed package ships as ``<package>/.agents/skills/<name>``. A folder with a ``SKILL.md`` goes before a
    name. ``InputError`` where there is neither; what the folder holds is not looked at.
    """
    path = Path(reference)
    if path.name == ENTRY and path.is_file():
        return path.parent
    if path.is_dir() and (isinstance(reference, Path) or path.name != str(reference) or (path / ENTRY).is_file()):
        return path
    if isinstance(reference, str) and path.name == reference:
        for place in known_skills():
            if place.name == reference:
                return place.folder
        names = ", ".join(dict.fromkeys(place.name for place in known_skills()))
        raise InputError(f"{reference}: is no folder and no skill that is known here; known: {names}")
    raise InputError(f"{path}: {'is not a folder' if path.exists() else 'does not exist'}")


def known_skills() -> list[Place]:
    """The built-in skill, then those of installed packages by name; the package that has a skill's name goes first."""
    found: list[Place] = []
    for site in dict.fromkeys(Path(each) for each in sys.path if each):
        try:
            entries = sorted(site.glob(f"*/{_IN_A_PACKAGE.as_posix()}/*/{ENTRY}"))
        except OSError:  # a folder that must not be listed holds no skill for us
            continue
        found += [Place(each.parent.name, each.relative_to(site).parts[0], each.parent) for each in entries]
    found = [place for place in found if place.name != SHIPPED]
    found.sort(key=lambda place: (place.name, place.package != place.name))
    return [Place(SHIPPED, "harness", skill_folder()), *found]
