"""Mends the one mistake that turns a whole text inside out: a fence in a list whose code is not indented.

CommonMark ends such a fence at the first line that leaves the list, and takes its closing line for an opening one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_INDENT = 12


class Opener(NamedTuple):
    """An opening fence: its indentation, its marker (```` ``` ````, ``~~~~``) and what follows."""

    indent: int
    marker: str
    info: str


def fence_opener(line: str) -> Opener | None:
    """The opening fence that ``line`` is, if it is one."""
    body = line.lstrip(" ")
    if not body.startswith(("```", "~~~")):
        return None
    rest = body.lstrip(body[0])
    marker = body[: len(body) - len(rest)]
    if body[0] in rest[:500]:
        return None
    return Opener(len(line) - len(body), marker, rest.strip())


def closes(line: str, marker: str) -> bool:
    """Whether ``line`` is the end of a fence that was opened with ``marker``."""
    body = line.strip()
    return len(body) >= len(marker) and not body.strip(marker[0])


def mend(lines: Sequence[str]) -> list[str]:
    """``lines`` with the code of indented fences moved to where the fence stands; line numbers stay."""
    result = list(lines)
    number = 0
    while number < len(result):
        opener = fence_opener(result[number])
        if opener is None:
            number += 1
            continue
        end, least = _extent(result, number + 1, opener.marker)
        if end is None:
            break
        if 0 < opener.indent <= _MAX_INDENT and least < opener.indent:
            shift = " " * opener.indent
            for index in range(number + 1, end):
                result[index] = shift + result[index]
            result[end] = shift + result[end].strip()
        number = end + 1
    return result


def _extent(lines: list[str], start: int, marker: str) -> tuple[int | None, int]:
    """Where the fence closes, and the least indentation of its lines."""
    least = _MAX_INDENT
    for number in range(start, len(lines)):
        line = lines[number]
        if closes(line, marker):
            return number, least
        body = line.lstrip(" ")
        if body:
            least = min(least, len(line) - len(body))
    return None, least
