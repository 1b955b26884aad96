"""What can be told of Python lines without parsing them: strings, brackets, comments, top-level definitions.

Linear in the size of the code and free of recursion, so that hostile code costs nothing. Broken code gives an answer
too: a line that can only begin a statement ends whatever bracket was left open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_TOKEN = re.compile(r"\"\"\"|'''|[\"'#()\[\]{}\\\n]")
_RESTART = re.compile(r"(?:async def|def|class|import|from|@\w)\b")
_DEFINITION = re.compile(r"(?:async\s+def|def|class)\s+(\w+)")
_ASSIGNMENT = re.compile(r"([^\W\d]\w*)\s*(?::[^=]{1,200})?=(?!=)")


@dataclass(frozen=True, slots=True)
class Line:
    """One physical line: whether a statement can begin on it, and where its comment starts (-1: none).

    ``quoted`` is whether it begins inside a string.
    """

    text: str
    begins: bool
    comment: int
    quoted: bool = False

    @property
    def indent(self) -> int:
        """The width of its leading white space, in characters."""
        return len(self.text) - len(self.text.lstrip(" \t"))

    @property
    def statement(self) -> str:
        """What stands before the comment, without white space around it."""
        return (self.text if self.comment < 0 else self.text[: self.comment]).strip()

    @property
    def remark(self) -> str:
        """The text of the comment."""
        return "" if self.comment < 0 else self.text[self.comment :].lstrip("#").strip()


@dataclass(frozen=True, slots=True)
class Definition:
    """A top-level ``def``, ``class`` or assignment on the lines ``start`` to ``end`` (0-based, end exclusive)."""

    name: str
    start: int
    end: int
    callable: bool


def scan(lines: Iterable[str]) -> list[Line]:
    """Classify ``lines`` of code."""
    return list(scanning(lines))


def scanning(lines: Iterable[str]) -> Iterator[Line]:
    """Classify ``lines`` of code one by one, as they are asked for."""
    depth = 0
    quote = ""
    continued = False
    for text in lines:
        if depth and not quote and _RESTART.match(text):
            depth = 0
        begins = depth == 0 and not quote and not continued
        quoted = bool(quote)
        comment = -1
        continued = False
        position = 0
        while match := _TOKEN.search(text, position):
            token = match.group()
            position = match.end()
            if token == "\\":
                continued = position >= len(text) and not quote
                position += 1
            elif quote:
                if token == quote:
                    quote = ""
                elif token.startswith(quote):
                    quote = ""
                    position = match.start() + 1
            elif token == "#":
                comment = match.start()
                break
            elif token[0] in "\"'":
                quote = token
            elif token in "([{":
                depth += 1
            else:
                depth = max(0, depth - 1)
        if len(quote) == 1:
            quote = ""
        yield Line(text, begins, comment, quoted)


def definitions(lines: Sequence[Line]) -> list[Definition]:
    """Top-level definitions with their decorators and the comments right above them, in order."""
    result: list[Definition] = []
    pending: int | None = None
    open_name: tuple[str, int, bool] | None = None
    for index, line in enumerate(lines):
        statement = line.statement
        if line.indent or not line.begins:
            continue
        if not statement:
            if line.comment == 0 and pending is None:
                pending = index
            elif line.comment != 0:
                pending = None
            continue
        if statement[0] in ")]}":
            continue
        start = index if pending is None else pending
        if open_name is not None:
            result.append(Definition(open_name[0], open_name[1], start, open_name[2]))
            open_name = None
        if statement.startswith("@"):
            pending = start
            continue
        pending = None
        if match := _DEFINITION.match(statement):
            open_name = (match.group(1), start, True)
        elif match := _ASSIGNMENT.match(statement):
            open_name = (match.group(1), start, False)
    if open_name is not None:
        result.append(Definition(open_name[0], open_name[1], len(lines), open_name[2]))
    return result


def top_level_names(lines: Sequence[str]) -> frozenset[str]:
    """The names that ``lines`` define at top level by ``def``, ``class`` or assignment."""
    return frozenset(definition.name for definition in definitions(scan(lines)))
