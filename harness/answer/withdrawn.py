"""Applies retractions: right blocks, or definitions in them, that later text takes back become wrong."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.answer.answer import RIGHT, Role
from harness.answer.lexical import definitions, scan
from harness.answer.pieces import Piece
from harness.answer.retractions import Reach

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.answer.blocks import Read
    from harness.answer.retractions import Retraction

REASON = "withdrawn by the text after it"
_ALL = None  # of a block: not some definitions but the whole


@dataclass(frozen=True, slots=True)
class Placed:
    """A retraction that stands after the first ``count`` blocks."""

    count: int
    retraction: Retraction


def withdraw(reads: Sequence[Read], placed: Sequence[Placed]) -> list[Read]:
    """``reads`` (in the order of the text) with what is withdrawn marked as wrong.

    Code is withdrawn only where right code that is more than imports follows the text that takes it back.
    """
    return _Withdrawing(reads).run(placed) if placed else list(reads)


class _Withdrawing:
    def __init__(self, reads: Sequence[Read]) -> None:
        self.reads = reads
        self.right = [i for i, read in enumerate(reads) if read.block.role in RIGHT]
        self.defines = {i: {d.name for d in definitions(scan(reads[i].block.code.split("\n")))} for i in self.right}
        self.defined: dict[str, list[int]] = {}
        for i in self.right:
            for name in self.defines[i]:
                self.defined.setdefault(name, []).append(i)
        self.last_path = {path: i for i in self.right if (path := reads[i].block.path) is not None}
        self.last_right = max((i for i in self.right if _has_more_than_imports(reads[i].block.code)), default=-1)
        self.taken: dict[int, set[str] | None] = {}

    def run(self, placed: Sequence[Placed]) -> list[Read]:
        # What is said of the first block may stand behind the last one: it leaves the others.
        self._first([p for p in dict.fromkeys(placed) if p.retraction.reach is Reach.FIRST])
        valid = [p for p in dict.fromkeys(placed) if p.count <= self.last_right]
        since = 0
        for count in sorted({p.count for p in valid}):
            here = [p.retraction for p in valid if p.count == count]
            for retraction in here:
                if retraction.names:
                    self._names(retraction, count)
                elif retraction.reach in {Reach.LAST, Reach.GROUP}:
                    self._last(retraction, since, count)
            since = count
        for reach in (Reach.EVERYTHING, Reach.DRAFTS):
            self._all([p for p in valid if p.retraction.reach is reach and not p.retraction.names], reach)
        return [part for i, read in enumerate(self.reads) for part in self._apply(i, read)]

    def _names(self, retraction: Retraction, count: int) -> None:
        wanted = {n for n in retraction.names if not retraction.anew or self.defined.get(n, [-1])[-1] >= count}
        for name in wanted:
            if place := bisect_left(self.defined.get(name, []), count):
                self._take(self.defined[name][place - 1], {name})

    def _last(self, retraction: Retraction, since: int, count: int) -> None:
        """The last code before the text, and for a group what beside it, since ``since``, is written anew."""
        skipped = {Role.OUTPUT} if retraction.reach is Reach.LAST else {Role.OUTPUT, Role.SHELL, Role.CONFIG}
        end = count
        while end > since and self.reads[end - 1].block.role in skipped:
            end -= 1
        if not end:
            return
        last = self.reads[end - 1]
        group: list[int] = []
        for index in range(end - 1, -1, -1):
            read = self.reads[index]
            if read.source == last.source:
                group.append(index)
                continue
            beside = read.section == last.section and read.block.option == last.block.option
            if retraction.reach is Reach.LAST or not beside or index < since:
                break
            if self._anew(index, count) or self.last_path.get(read.block.path or "", -1) >= count:
                group.append(index)
        for index in group:
            self._withdraw(index, retraction, count)

    def _first(self, placed: list[Placed]) -> None:
        """The first right block of which something is written anew, or else the very first."""
        rivalled = next((i for i in self.right if self._anew(i, i + 1)), None) if placed else None
        for p in placed:
            first = rivalled if rivalled is not None and rivalled < p.count else next(iter(self.right), p.count)
            if first < min(p.count, self.last_right):
                self._withdraw(first, p.retraction, first + 1)

    def _all(self, placed: list[Placed], reach: Reach) -> None:
        for anew in (False, True):
            last = max((p for p in placed if p.retraction.anew is anew), key=lambda p: p.count, default=None)
            if last is None:
                continue
            for index in self.right:
                if index < last.count and (reach is Reach.EVERYTHING or self.reads[index].draft):
                    self._withdraw(index, last.retraction, last.count)

    def _anew(self, index: int, count: int) -> set[str]:
        """The definitions of a block that right code from block ``count`` on gives again."""
        return {name for name in self.defines.get(index, ()) if self.defined[name][-1] >= count}

    def _withdraw(self, index: int, retraction: Retraction, count: int) -> None:
        if index in self.defines:
            self._take(index, self._anew(index, count) if retraction.anew else _ALL)

    def _take(self, index: int, names: set[str] | None) -> None:
        before = self.taken.get(index, set())
        self.taken[index] = _ALL if names is _ALL or before is _ALL else before | names

    def _apply(self, index: int, read: Read) -> Iterator[Read]:
        names = self.taken.get(index, set())
        block = read.block
        gone = replace(read, block=replace(block, role=Role.WRONG, reason=REASON), weak=False)
        if names is _ALL:
            yield gone
            return
        if not names:
            yield read
            return
        piece = Piece(tuple(block.code.removesuffix("\n").split("\n")), block.lines)
        spans = [range(d.start, d.end) for d in definitions(scan(piece.lines)) if d.name in names]
        taken = {i for span in spans for i in span}
        rest = piece.take(i for i in range(len(piece.lines)) if i not in taken).trimmed()
        if not _has_more_than_imports(rest.code):
            yield gone
            return
        yield replace(read, block=replace(block, code=rest.code, lines=rest.numbers))
        for span in spans:
            part = piece.take(span).trimmed()
            yield replace(gone, block=replace(gone.block, code=part.code, lines=part.numbers))


def _has_more_than_imports(code: str) -> bool:
    return any(
        line.begins and line.statement and not line.statement.startswith(("import ", "from "))
        for line in scan(code.split("\n"))
        if line.statement.strip(")")
    )
