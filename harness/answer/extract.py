"""The way from a completion's text to an answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.answer import text as texts
from harness.answer.answer import Answer
from harness.answer.assemble import explain, files_of, in_folders, without_copies
from harness.answer.blocks import Read, Reader, discarded, kind_of, undecided_marks
from harness.answer.kinds import Kind, looks_like_python
from harness.answer.markdown import Code, Text, read
from harness.answer.names import tree_paths
from harness.answer.patching import patch, revise
from harness.answer.rawcode import read_unfenced
from harness.answer.testing import relied_on
from harness.answer.withdrawn import withdraw

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_BLOCKS = 2000
_CODE = frozenset({Kind.PYTHON, Kind.REPL, Kind.DIFF})


def extract(text: str, *, limit: int = 256 * 1024) -> Answer:
    """Read a completion: its code blocks with their roles, its files, its prose.

    ``limit`` is the number of bytes of Python code (UTF-8) beyond which all code is refused, with the
    reason in ``refused``. Never raises for any text, never parses or runs the code, and takes time linear in the size
    of the text, of which at most 2 Mi characters are read.
    """
    problems: list[str] = []
    if len(text) > texts.MAX_CHARACTERS:
        problems.append(f"only the first {texts.MAX_CHARACTERS:,} of {len(text):,} characters were read")
        text = text[: texts.MAX_CHARACTERS]
    kept: list[Text | Code] = []
    thrown: list[Read] = []
    segments = texts.segments(texts.clean(text))
    for segment in segments:
        events, count = read(segment.lines, segment.first)
        if count < len(segment.lines):
            problems.append(f"nothing was read after line {segment.first + count}: more structure than an answer has")
        if segment.discarded:
            thrown.extend(discarded(events))
        else:
            kept.extend(_with_loose_code(events, segment.lines[:count], segment.first))
    codes = [event for event in kept if isinstance(event, Code)]
    if len(codes) > _MAX_BLOCKS:
        refused = f"{len(codes):,} code blocks are more than the limit of {_MAX_BLOCKS:,}"
        return Answer(_prose(kept), (), (), (), tuple(problems), refused)
    size = sum(len(line.encode()) + 1 for code in codes if kind_of(code) in _CODE for line in code.piece.lines)
    if size > limit:
        refused = f"code of {size:,} bytes is larger than the limit of {limit:,} bytes"
        return Answer(_prose(kept), (), (), (), tuple(problems), refused)
    return _answer(kept, thrown[:_MAX_BLOCKS], problems)


def _answer(events: list[Text | Code], thrown: list[Read], problems: list[str]) -> Answer:
    reader = Reader(titled=_has_title(events))
    reader.read(events)
    trees = [
        path
        for code in events
        if isinstance(code, Code) and kind_of(code) is Kind.TREE
        for path in tree_paths(code.piece.lines)
    ]
    marked = relied_on(undecided_marks(reader.blocks))
    ordered = sorted(withdraw(marked, reader.withdrawals), key=lambda r: r.block.lines[0])
    reads = in_folders(without_copies(revise(patch(ordered, reader.patches))), trees)
    right, wrong = files_of(reads)
    blocks = sorted([*map(explain, reads), *(r.block for r in thrown)], key=lambda block: block.lines[0])
    return Answer(
        "\n\n".join(map(_plain, reader.prose)),
        tuple(blocks),
        right,
        wrong,
        (*problems, *dict.fromkeys(reader.problems)),
    )


def _with_loose_code(events: list[Text | Code], lines: Sequence[str], first: int) -> list[Text | Code]:
    """Code outside fences: beside fenced code only what is indented and can only be Python, else all that is found."""
    fences = [event for event in events if isinstance(event, Code) and event.fenced]
    if not any(kind_of(fence) in _CODE for fence in fences):
        fenced = frozenset(number for fence in fences for number in fence.piece.numbers)
        return read_unfenced(lines, first, fenced) or events
    return [
        Text(e.piece.code.strip("\n"))
        if isinstance(e, Code) and not e.fenced and not looks_like_python(e.piece.lines)
        else e
        for e in events
    ]


def _has_title(events: list[Text | Code]) -> bool:
    levels = [event.level for event in events if isinstance(event, Text) and event.level]
    return levels.count(1) == 1 and len(levels) > 1


def _prose(events: list[Text | Code]) -> str:
    return "\n\n".join(_plain(event.text) for event in events if isinstance(event, Text) and event.text)


def _plain(text: str) -> str:
    return re.sub(r"\*\*|[*`](?=\w)|(?<=\w)[*`]|`", "", text)
