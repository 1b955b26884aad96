"""Headings, lines and tables, written as plain text or as Markdown from the same content."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.reports.findings import plain
from harness.reports.markdown import escape, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that names what follows."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of their own; as a list where they are ``items``."""

    lines: tuple[str, ...]
    items: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of as many cells as the head has; numbers to the right of the first column."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Lines | Table


def to_text(blocks: Iterable[Block]) -> str:
    """For terminals and pipes: columns by spaces, lists by indentation."""
    parts = []
    for block in blocks:
        match block:
            case Heading(text):
                parts.append(plain(text))
            case Lines(lines, items):
                parts.append("\n".join(("  " if items else "") + plain(line) for line in lines))
            case Table(head, rows):
                parts.append(_columns([head, *rows]))
    return "\n\n".join(parts) + "\n"


def to_markdown(blocks: Iterable[Block]) -> str:
    """For pull requests and job summaries."""
    parts = []
    for block in blocks:
        match block:
            case Heading(text, level):
                parts.append(f"{'#' * level} {escape(plain(text))}")
            case Lines(lines, True):
                parts.append("\n".join(f"- {escape(plain(line))}" for line in lines))
            case Lines(lines, False):
                parts.append("\n\n".join(escape(plain(line)) for line in lines))
            case Table(head, rows):
                parts.append("\n".join(table(list(map(plain, head)), [list(map(plain, row)) for row in rows])).rstrip())
    return "\n\n".join(parts) + "\n"


def _columns(rows: Sequence[Sequence[str]]) -> str:
    cells = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def _width(text: str) -> int:
    """How many columns a terminal gives to it."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
