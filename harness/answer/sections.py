"""Divides one code block: into files named by comments, and into what its comments and names mark as wrong or right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.answer import names, options, signals
from harness.answer.lexical import Line, definitions, scan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.answer.pieces import Piece
    from harness.answer.signals import Signal

_LEADING = 4  # how many comment lines at the top of a block may carry its mark


@dataclass(frozen=True, slots=True)
class Part:
    """Code with what it says of itself: nothing (``signal`` None), that it is wrong, or that it is right."""

    piece: Piece
    signal: Signal | None
    remark_only: bool = False  # the signal is a remark behind a statement: it yields to any other


def files(piece: Piece) -> list[tuple[names.Found | None, Piece]]:
    """The files of a block: sections that begin with a comment naming one. The name is None where none is given."""
    heads: list[tuple[int, names.Found]] = []
    blank_before = True
    lines = scan(piece.lines)
    for index, line in enumerate(lines):
        stripped = line.text.strip()
        titled = line.begins and not line.indent and stripped[:1] in ("#", '"', "'")
        if titled and (blank_before or not heads or lines[index - 1].comment == 0):
            found = names.in_comment(stripped)
            if found and (stripped[0] == "#" or _first_code(lines, index)):
                heads.append((index, found))
        elif index < _LEADING and stripped.startswith("//") and (found := names.in_comment(stripped)):
            heads.append((index, found))
        blank_before = not stripped or line.comment == 0
    if not heads:
        return [(None, piece)]
    if not any(line.statement for line in lines[: heads[0][0]]):
        heads[0] = (0, heads[0][1])
    result: list[tuple[names.Found | None, Piece]] = []
    if heads[0][0]:
        result.append((None, piece.take(range(heads[0][0])).trimmed()))
    for (start, found), end in zip(heads, [*(index for index, _ in heads[1:]), len(lines)], strict=True):
        result.append((found, piece.take(range(start, end)).trimmed()))
    return [(found, part) for found, part in result if not part.blank]


def alternatives(piece: Piece) -> list[tuple[str | None, Piece]]:
    """The options of a block that its comments set apart; what stands before the first one has no label."""
    lines = scan(piece.lines)
    heads = [
        (index, label)
        for index, line in enumerate(lines)
        if line.comment == 0 and line.begins and (label := options.of_comment(line.remark))
    ]
    if not heads:
        return [(None, piece)]
    result: list[tuple[str | None, Piece]] = [(None, piece.take(range(heads[0][0])).trimmed())]
    for (start, label), end in zip(heads, [*(index for index, _ in heads[1:]), len(lines)], strict=True):
        result.append((label, piece.take(range(start, end)).trimmed()))
    return [(label, part) for label, part in result if any(line.statement for line in scan(part.lines))]


def parts(piece: Piece) -> list[Part]:
    """The block in parts that are marked alike: right (or unmarked) code first, then each wrong part by itself."""
    lines = scan(piece.lines)
    marks = _marks(lines)
    leading = _leading(lines, marks)
    if not marks or (len(marks) == 1 and leading is not None):
        signal, remark_only = (leading, False) if leading else (_remark(lines), True)
        return _by_definition(piece, lines, signal, remark_only=remark_only and signal is not None)
    return _by_comment(piece, lines, marks)


def _by_comment(piece: Piece, lines: list[Line], marks: list[tuple[int, Signal]]) -> list[Part]:
    right: list[int] = list(range(marks[0][0]))
    wrong: list[Part] = []
    positive: Signal | None = None
    ends = [*(start for start, _ in marks[1:]), len(lines)]
    for (start, signal), end in zip(marks, ends, strict=True):
        if not signal.wrong:
            positive = positive or signal
            right.extend(range(start, end))
        elif any(line.statement for line in lines[start:end]):
            wrong.append(Part(piece.take(range(start, end)).trimmed(), signal))
    kept = piece.take(right).trimmed()
    if not wrong or not any(lines[i].statement for i in right):
        return wrong or [Part(piece, positive)]
    if positive is None and all(_is_import(lines[i]) for i in right if lines[i].statement and lines[i].begins):
        return [Part(piece, wrong[0].signal)]
    return [Part(kept, positive), *wrong]


def _by_definition(piece: Piece, lines: list[Line], signal: Signal | None, *, remark_only: bool) -> list[Part]:
    if signal is not None and not remark_only:
        return [Part(piece, signal)]
    found = definitions(lines)
    said = [(d, _of_definition(d.name, lines[d.start : d.end])) for d in found]
    bad = [(d, s) for d, s in said if s is not None and s.wrong]
    if not bad:
        right = next((s for _, s in said if s is not None), None)
        return [Part(piece, right)] if right and not remark_only else [Part(piece, signal, remark_only)]
    if len(bad) == len([d for d in found if d.callable]) + len([d for d, _ in bad if not d.callable]):
        return [Part(piece, bad[0][1])]
    taken = {i for d, _ in bad for i in range(d.start, d.end)}
    rest = piece.take(i for i in range(len(lines)) if i not in taken).trimmed()
    right = next((s for _, s in said if s is not None and not s.wrong), None)
    wrong = [Part(piece.take(range(d.start, d.end)).trimmed(), s) for d, s in bad]
    return wrong if rest.blank else [Part(rest, right), *wrong]


def _of_definition(name: str, lines: Sequence[Line]) -> Signal | None:
    for index, line in enumerate(lines):
        if line.begins and line.indent:
            body = line.text.strip()
            if body[:3] in {'"""', "'''"} and (signal := signals.of_comment(body.strip("\"' "))):
                return signal
            break
        if index > 20:
            break
    return signals.of_name(name)


def _marks(lines: list[Line]) -> list[tuple[int, Signal]]:
    """Comments of their own line, unindented, that mark what follows; each with the index where its part begins."""
    result: list[tuple[int, Signal]] = []
    for index, line in enumerate(lines):
        if line.comment != 0 or not line.begins:
            continue
        signal = signals.of_comment(line.remark)
        if signal is None:
            continue
        start = index
        while start and lines[start - 1].comment == 0 and not lines[start - 1].remark.strip("=-*#~ "):
            start -= 1
        if not result or result[-1][1].wrong != signal.wrong or start > result[-1][0] + 1:
            result.append((start, signal))
    return result


def _leading(lines: list[Line], marks: list[tuple[int, Signal]]) -> Signal | None:
    if not marks:
        return None
    start, signal = marks[0]
    return None if any(line.statement for line in lines[:start]) else signal


def _remark(lines: list[Line]) -> Signal | None:
    """What remarks behind statements, or indented comments, agree on."""
    found = [
        signal
        for index, line in enumerate(lines)
        if line.comment > 0
        and (line.statement or (index + 1 < len(lines) and lines[index + 1].statement))
        and (signal := signals.of_comment(line.remark))
    ]
    if not found or any(signal.wrong != found[0].wrong for signal in found):
        return None
    return found[0]


def _first_code(lines: list[Line], index: int) -> bool:
    return not any(line.statement for line in lines[:index])


def _is_import(line: Line) -> bool:
    return line.statement.startswith(("import ", "from "))
