"""The text of files that something was found in: lines and comments, as Python itself reads them."""

from __future__ import annotations

import io
import tokenize
from dataclasses import dataclass, field
from pathlib import Path

_LINE_ENDS = str.maketrans({"\r": "\n"})


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment with its ``#``. ``alone``: there is nothing else on its 1-based line."""

    line: int
    text: str
    alone: bool


@dataclass(slots=True)
class Sources:
    """Files by the path they are shown with, each read when it is first asked for."""

    _texts: dict[str, str] = field(default_factory=dict)

    def text(self, path: str) -> str:
        """The file in the encoding that it declares; empty where it can no longer be read."""
        if path not in self._texts:
            try:
                self._texts[path] = decoded(Path(path).read_bytes())
            except OSError:
                self._texts[path] = ""
        return self._texts[path]

    def line(self, path: str, number: int) -> str:
        """A 1-based line without the white space around it; empty where there is none."""
        lines = self.text(path).split("\n")
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""


def decoded(content: bytes) -> str:
    """Python source as text, every line ended by a newline; bytes that are no characters are replaced."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding, errors="replace")
    except (SyntaxError, LookupError, ValueError):
        text = content.decode("utf-8-sig", errors="replace")
    return text.replace("\r\n", "\n").translate(_LINE_ENDS)


def comments(text: str) -> list[Comment]:
    """All comments of a source, in order; none that only stand in a string.

    What this Python cannot take apart, newer syntax or a fault, is read line by line: there, a ``#`` begins a comment.
    """
    found: list[Comment] = []
    reached = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            reached = token.end[0]
            if token.type == tokenize.COMMENT:
                found.append(Comment(token.start[0], token.string, not token.line[: token.start[1]].strip()))
    except (tokenize.TokenError, SyntaxError, ValueError):
        for number, line in enumerate(text.split("\n")[reached:], reached + 1):
            before, mark, after = line.partition("#")
            if mark:
                found.append(Comment(number, mark + after, not before.strip()))
    return found
