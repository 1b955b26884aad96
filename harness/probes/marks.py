"""Words that occur nowhere else, so that what was sent can be found in rows and responses again."""

from __future__ import annotations

import random

_LETTERS = "bcdfghjkmnpqrstvwxz"
_LENGTH = 8


class Marks:
    """Makes words of eight lower-case letters, a different one each time."""

    def __init__(self) -> None:
        self._random = random.SystemRandom()

    def new(self) -> str:
        return "".join(self._random.choice(_LETTERS) for _ in range(_LENGTH))


def holds(haystack: object, mark: str) -> bool:
    """Whether the mark is in the text, in whatever case; cut to what is left of it in short columns."""
    return mark.casefold() in str(haystack).casefold()
