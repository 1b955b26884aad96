"""From the text of a skill to its Python blocks, and to what the headings say of them.

Blocks below a heading ``Incorrect: session-import, awaited on PostgreSQL`` show these faults: criteria, or ``test``
where a test fails. Blocks below any other heading are right; what belongs into a folder ``tests`` is a test of the
document's code. A block's first line, a comment, names its file. "`harness check` reports" in a document says that
reading is enough to see its faults.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.answer.markdown import LABEL_LEVEL, Code, read
from harness.answer.names import in_comment, module_of
from harness.criteria import CRITERIA
from harness.documents import read_text
from harness.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

TEST = "test"
MAX_BYTES = 1024 * 1024
_PYTHON = frozenset({"python", "py", "python3"})
_DATABASES = {"SQLite": "sqlite", "PostgreSQL": "postgresql"}
_INCORRECT = re.compile(r"Incorrect\b(?::\s*(?P<faults>.+))?")
_REPORTED = "`harness check` reports"
_FAULT = re.compile(r"`?(?P<name>[a-z-]+)`?(?: on (?P<database>\w+))?")


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of Python: the file that it belongs into, its code, and the line of the document for each of its.

    ``named`` is False where nobody said which file.
    """

    path: str
    code: str
    lines: tuple[int, ...]
    named: bool = True

    @property
    def is_test(self) -> bool:
        """Whether it is to be run by pytest."""
        return self.path.startswith("tests/")

    @property
    def is_support(self) -> bool:
        """Whether it is what tests share, without tests of its own."""
        return self.path.startswith("tests/") and not self.path.rpartition("/")[2].startswith("test_")

    @property
    def module(self) -> str:
        """The name that others import it by."""
        return module_of(self.path)


@dataclass(frozen=True, slots=True)
class Fault:
    """What an incorrect block shows: a criterion that fails, or ``test``; ``database`` "" where it does on all."""

    name: str
    database: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """The blocks below one heading of a document.

    ``faults``: None where they are right. ``reported``: the document says that ``harness check`` reports them.
    """

    document: str
    line: int
    heading: str
    blocks: tuple[Block, ...]
    faults: tuple[Fault, ...] | None = None
    reported: bool = False

    @property
    def code(self) -> tuple[Block, ...]:
        """The blocks that belong to an app."""
        return tuple(block for block in self.blocks if not block.is_test)

    @property
    def tests(self) -> tuple[Block, ...]:
        """The blocks that pytest runs."""
        return tuple(block for block in self.blocks if block.is_test)

    def shown(self, database: str) -> tuple[str, ...]:
        """The faults that have to show on a database."""
        return tuple(fault.name for fault in self.faults or () if fault.database in ("", database))


def sections(path: Path, document: str) -> list[Section]:
    """The sections of a Markdown file that hold Python; ``document`` is what it is called.

    Raises InputError for a file that cannot be read, or a heading that names an unknown fault.
    """
    text = read_text(path, MAX_BYTES)
    events, _ = read(text.split("\n"), 0)
    found: list[Section] = []
    blocks: list[Block] = []
    heading, number = "", 0
    for event in [*events, None]:
        if event is None or (not isinstance(event, Code) and 0 < event.level < LABEL_LEVEL):
            if blocks:
                found.append(_section(path, document, heading, tuple(blocks), reported=_REPORTED in text))
            heading, blocks = "" if event is None else event.text, []
        elif isinstance(event, Code) and event.info.split()[:1] and event.info.split()[0].lower() in _PYTHON:
            number += 1
            piece = event.piece
            title = in_comment(piece.lines[0]) if piece.lines else None
            file = title.path if title is not None else None
            name = file or f"block{number}.py"
            blocks.append(Block(name, piece.code, piece.numbers, named=file is not None))
    return found


def _section(path: Path, document: str, heading: str, blocks: tuple[Block, ...], *, reported: bool) -> Section:
    line = blocks[0].lines[0] if blocks[0].lines else 1
    match = _INCORRECT.match(heading)
    if match is None:
        return Section(document, line, heading, blocks)
    faults = tuple(_fault(part.strip(), f"{path}:{line}") for part in (match["faults"] or "").split(","))
    return Section(document, line, heading, blocks, faults, reported)


def _fault(text: str, where: str) -> Fault:
    match = _FAULT.fullmatch(text)
    if match is None or (match["name"] != TEST and match["name"] not in CRITERIA):
        raise InputError(f"{where}: the heading 'Incorrect: ...' names {text!r}: give criteria, or 'test'")
    if match["database"] and match["database"] not in _DATABASES:
        raise InputError(f"{where}: the heading names {match['database']!r}: give {' or '.join(_DATABASES)}")
    return Fault(match["name"], _DATABASES.get(match["database"] or "", ""))
