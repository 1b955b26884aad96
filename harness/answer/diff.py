"""Diffs: the code as it was, and the code as applied."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.answer.pieces import Piece

_HEADER = re.compile(
    r"(?:diff --git |index [0-9a-f]{4,}|new file mode|deleted file mode|similarity |rename |\\ No newline)"
)
_LEFT_OUT = re.compile(r"\s*(?:#\s*)?(?:\.\.\.|…)")
_FILE = re.compile(r"(?:---|\+\+\+) (?:[ab]/)?(?P<path>\S+)")


@dataclass(frozen=True, slots=True)
class Change:
    """What one file of a diff was (``before``, blank where nothing is taken away) and becomes (``after``).

    ``hunks`` are the same, place by place, as the diff divides them.
    """

    path: str | None
    before: Piece
    after: Piece
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True, slots=True)
class Hunk:
    """The lines of one place of a file as they were, and as they become."""

    before: Piece
    after: Piece


def changes(piece: Piece) -> list[Change]:
    """The changes of a diff, one for each file that it names."""
    return [_change(path, part) for path, part in _files(piece)]


def _files(piece: Piece) -> Iterator[tuple[str | None, Piece]]:
    path: str | None = None
    body: list[int] = []
    for index, line in enumerate(piece.lines):
        following = piece.lines[index + 1] if index + 1 < len(piece.lines) else ""
        if line.startswith("--- ") and following.startswith("+++ "):
            if body:
                yield path, piece.take(body)
                body = []
            path = _path(following) or _path(line)
        elif line.startswith("+++ ") and index and piece.lines[index - 1].startswith("--- "):
            continue
        elif not _HEADER.match(line):
            body.append(index)
    if body:
        yield path, piece.take(body)


def _path(line: str) -> str | None:
    match = _FILE.match(line)
    return match.group("path") if match and match.group("path") != "/dev/null" else None


def _change(path: str | None, piece: Piece) -> Change:
    body = piece.take(i for i, line in enumerate(piece.lines) if not line.startswith("@@"))
    marked = body.take(i for i, line in enumerate(body.lines) if line[:1] in ("+", "-"))
    plain = body.take(i for i, line in enumerate(body.lines) if line.strip() and line[:1] not in ("+", "-"))
    extra = 1 if _all_odd([line[1:] for line in marked.lines]) else 0
    spaced = all(line.startswith(" ") for line in plain.lines)
    more = 1 if spaced and extra and _all_odd([line[1:] for line in plain.lines]) else 0

    def applied(line: str) -> str:
        if line[:1] in ("+", "-"):
            return line[1 + extra :]
        return line[1 + more :] if spaced else line

    def split(part: Piece) -> Hunk:
        before = part.take(i for i, line in enumerate(part.lines) if not line.startswith("+")).map(applied)
        after = part.take(i for i, line in enumerate(part.lines) if not line.startswith("-")).map(applied)
        return Hunk(before, after)

    whole = split(body)
    taken = any(line.startswith("-") for line in body.lines)
    before = whole.before if taken else body.take(())
    hunks = tuple(map(split, _parts(piece)))
    return Change(path, before.trimmed().dedented(), whole.after.trimmed().dedented(), hunks)


def _parts(piece: Piece) -> Iterator[Piece]:
    """The lines between the places that a diff leaves out, where they change anything."""
    part: list[int] = []
    for index, line in enumerate((*piece.lines, "@@")):
        if not line.startswith("@@") and not _LEFT_OUT.match(line):
            part.append(index)
            continue
        if any(piece.lines[i].startswith(("+", "-")) for i in part):
            yield piece.take(part)
        part = []


def _all_odd(lines: list[str]) -> bool:
    """Whether every line is indented by an odd number of spaces: the marks were written with a space behind them."""
    widths = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]
    return bool(widths) and all(width % 2 for width in widths)
