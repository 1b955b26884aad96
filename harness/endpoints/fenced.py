"""Files that somebody wrote, as they stand in an answer."""

from __future__ import annotations

import re

_FENCES = re.compile(r"`{3,}")


def fenced(name: str, info: str, text: str) -> str:
    """The file below its name, in a fence that is longer than any in it; ``info`` is what follows the opening one."""
    fence = max(["```", *(f"{ticks}`" for ticks in _FENCES.findall(text))], key=len)
    return f"`{name}`:\n\n{fence}{info}\n{text.rstrip()}\n{fence}"
