"""Markdown to a flat run of events: headings, labels, prose and code blocks, each with its lines.

Only the block structure is parsed, by markdown-it with the rules that matter here. HTML blocks are off on purpose: a
fence right below ``<details>`` or ``<answer>`` is code, whatever a renderer makes of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

from harness.answer.mending import fence_opener, mend
from harness.answer.pieces import Piece

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

LABEL_LEVEL = 7  # a paragraph that is all bold works as a heading below all headings
_MAX_DEPTH = 4
_MAX_STRUCTURE = 25_000  # lines that may each open a block of their own; beyond it the text is no answer
_MAX_LINES = 80_000
_OPENERS = frozenset("#>-*+=_`~0123456789")
_KEPT = frozenset({"heading_open", "inline", "fence", "code_block", "hr"})
_MARKDOWN = frozenset({"markdown", "md", "mdx", "gfm", "commonmark"})
_SUMMARY = re.compile(r"<(summary|h[1-6]|b|strong)>(.{1,200}?)</\1>\s*:?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Text:
    """Words: ``level`` is 1 to 6 for a heading, 7 for a label, 0 for prose; ``depth`` grows with lists and quotes.

    A rule across the page is a text without words. ``said`` is what of the words may mark the code that follows;
    None where that is all of them.
    """

    text: str
    level: int = 0
    depth: int = 0
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """A code block as it stands: what follows the opening fence, its lines, and whether a fence closed it."""

    info: str
    piece: Piece
    fenced: bool
    closed: bool
    depth: int = 0


def read(lines: Sequence[str], first: int) -> tuple[list[Text | Code], int]:
    """The events of ``lines``, of which the first is line ``first`` (0-based) of the completion.

    The second value is the number of lines that were read: fewer than there are when the text holds more structure
    than any answer does.
    """
    count = _within_structure(lines)
    return list(_events(Piece(tuple(lines[:count]), tuple(range(first + 1, first + count + 1))), 0)), count


class _LeanState(StateBlock):
    """Keeps only the tokens that are read: a million tokens cost seconds."""

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        """As in the base class, but most tokens are not stored."""
        token = super().push(ttype, tag, nesting)
        if ttype not in _KEPT:
            self.tokens.pop()
        return token


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark")
    parser.disable(["html_block", "reference", "inline"])
    return parser


_PARSER = _parser()


def _within_structure(lines: Sequence[str]) -> int:
    budget = _MAX_STRUCTURE
    after_blank = True
    for number, line in enumerate(lines[:_MAX_LINES]):
        start = line.lstrip()[:1]
        if start and (after_blank or start in _OPENERS):
            budget -= 1
            if budget < 0:
                return number
        after_blank = not start
    return min(len(lines), _MAX_LINES)


def _events(piece: Piece, depth: int) -> Iterator[Text | Code]:
    lines = mend(piece.lines)
    state = _LeanState("\n".join(lines), _PARSER, {}, [])
    _PARSER.block.tokenize(state, state.line, state.lineMax)
    level = 0
    for token in state.tokens:
        if token.type == "heading_open":
            level = int(token.tag[1])
        elif token.type == "inline":
            yield from _texts(token.content, level, token.level - 1)
            level = 0
        elif token.type == "hr":
            yield Text("")
        else:
            yield from _code(token, piece, depth)


def _texts(content: str, level: int, depth: int) -> Iterator[Text]:
    content = content.strip()
    if not content:
        return
    if level and len(content) <= 200 and "\n" not in content:
        yield Text(content, level, depth)
        return
    head, _, last = content.rpartition("\n")
    label = _label(last)
    if label and (not head or not head.lstrip().startswith("|")):
        if head.strip():
            yield Text(head.strip(), 0, depth)
        yield Text(label, LABEL_LEVEL, depth)
    else:
        yield Text(content, 0, depth)


def _label(line: str) -> str:
    """The text of a line that is all bold (or an HTML heading), with its colon; else nothing."""
    line = line.strip()
    if len(line) > 200:
        return ""
    if match := _SUMMARY.fullmatch(line.removeprefix("<details>").removeprefix("<details open>").strip()):
        return match.group(2).strip()
    for mark in ("**", "__"):
        if line.startswith(mark):
            inner, closing, rest = line[2:].partition(mark)
            if closing and not rest.strip(" :：") and inner.strip():
                return inner.strip() + (":" if rest.strip() else "")
    return ""


def _code(token: Token, piece: Piece, depth: int) -> Iterator[Text | Code]:
    start, end = token.map or [0, 0]
    content = token.content.split("\n")
    if content and not content[-1]:
        content.pop()
    fenced = token.type == "fence"
    offset = start + 1 if fenced else start
    code = Piece(tuple(content), piece.numbers[offset : offset + len(content)])
    closed = fenced and end - start == len(content) + 2
    info = token.info.strip() if fenced else ""
    language = info.split(maxsplit=1)[0].lower() if info else ""
    inner = next((i for i, line in enumerate(content) if _opens_code(line)), -1) if depth < _MAX_DEPTH else -1
    if language in _MARKDOWN and depth < _MAX_DEPTH:
        yield from _events(code, depth + 1)
    elif inner < 0 or (language and len(token.markup) > 3):
        yield Code(info, code, fenced, closed, token.level)
    elif not language:
        yield from _events(code, depth + 1)
    else:
        # Two openings and one end: the first block was never closed.
        if inner:
            yield Code(info, code.take(range(inner)), fenced, closed=False, depth=token.level)
        yield from _events(code.take(range(inner, len(content))), depth + 1)


def _opens_code(line: str) -> bool:
    opener = fence_opener(line)
    return opener is not None and bool(opener.info) and opener.info.split()[0].isascii()
