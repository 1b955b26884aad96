"""A piece of code: lines that know where in the completion they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True)
class Piece:
    """``numbers[i]`` is the 1-based line of the completion on which ``lines[i]`` stands."""

    lines: tuple[str, ...]
    numbers: tuple[int, ...]

    @property
    def code(self) -> str:
        """The lines as one text with a final line end."""
        return "\n".join(self.lines) + "\n" if self.lines else ""

    @property
    def blank(self) -> bool:
        """Whether there is nothing but white space."""
        return not any(line.strip() for line in self.lines)

    def take(self, indices: Iterable[int]) -> Piece:
        """The lines at ``indices``, in that order."""
        kept = tuple(indices)
        return Piece(tuple(self.lines[i] for i in kept), tuple(self.numbers[i] for i in kept))

    def map(self, change: Callable[[str], str]) -> Piece:
        """The same places with every line changed."""
        return Piece(tuple(change(line) for line in self.lines), self.numbers)

    def trimmed(self) -> Piece:
        """Without blank lines at both ends."""
        start, end = 0, len(self.lines)
        while start < end and not self.lines[start].strip():
            start += 1
        while end > start and not self.lines[end - 1].strip():
            end -= 1
        return Piece(self.lines[start:end], self.numbers[start:end])

    def dedented(self) -> Piece:
        """Without the white space that all lines which are not blank begin with."""
        margin: str | None = None
        for line in self.lines:
            body = line.lstrip(" \t")
            if not body:
                continue
            indent = line[: len(line) - len(body)]
            margin = indent if margin is None else _common(margin, indent)
            if not margin:
                return self
        width = len(margin or "")
        return self.map(lambda line: line[width:] if line.strip() else "") if width else self


def join(pieces: Iterable[Piece]) -> Piece:
    """All lines, in order."""
    parts = tuple(pieces)
    return Piece(tuple(x for p in parts for x in p.lines), tuple(x for p in parts for x in p.numbers))


def _common(a: str, b: str) -> str:
    length = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        length += 1
    return a[:length]
