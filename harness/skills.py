"""Skill folders: what agents load, by the rules that all known runtimes share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.documents import parse_document, read_text, split_front_matter
from harness.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

MAX_SKILL_BYTES = 1024 * 1024
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class SkillHeader(BaseModel):
    """The front matter of a ``SKILL.md``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=64)
    description: str = Field(min_length=1, max_length=1024, pattern=r"^[^<>]*$")
    license: str | None = None
    metadata: dict[str, str] = {}


class Skill(BaseModel):
    """A skill: its header, and its instructions with the line numbers of the file."""

    model_config = ConfigDict(frozen=True)

    header: SkillHeader
    instructions: str


def load_skill(folder: Path) -> Skill:
    """The skill in ``folder``; ``InputError`` names file, line and field when it breaks a rule."""
    path = folder / "SKILL.md"
    front, instructions = split_front_matter(read_text(path, MAX_SKILL_BYTES))
    if not front:
        raise InputError(f"{path}:1: must begin with front matter between two lines '---'")
    document = parse_document(front, str(path))
    try:
        header = SkillHeader.model_validate(document.data)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"{document.where(first['loc'])}: {first['msg']}") from None
    if not _NAME.fullmatch(header.name):
        raise InputError(f"{document.where(('name',))}: use lower-case letters, digits and single hyphens")
    if header.name != folder.resolve().name:
        raise InputError(f"{document.where(('name',))}: must be the name of its folder, {folder.resolve().name!r}")
    return Skill(header=header, instructions=instructions)
