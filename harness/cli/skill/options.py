"""What the commands about skills have in common."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.skills import Skill

SHIPPED = "relational-db-agent"
HELP = "A skill folder, or the name of a skill that `harness skill list` tells."


class Format(StrEnum):
    """How it is written."""

    TEXT = "text"
    JSON = "json"


def load(reference: str) -> Skill:
    """The skill that ``--skill`` names; ``InputError`` where it cannot be found or read."""
    from harness.skills import find_skill, load_skill

    return load_skill(find_skill(reference))
