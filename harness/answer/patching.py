"""Applies diffs, and definitions written anew, to the code that they change, where it has been shown before."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.answer.answer import RIGHT, Role, right_role
from harness.answer.lexical import definitions, scan, top_level_names
from harness.answer.pieces import Piece, join
from harness.answer.standing import why_partial, without_marks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.answer.answer import Block
    from harness.answer.blocks import Read
    from harness.answer.diff import Hunk

REPLACED = "replaced by the diff"
_REVISED = "written anew further down"
_IMPORT = re.compile(r"^(?:import|from) ", re.MULTILINE)
_MAX_COMPARED = 1_000_000  # lines, or names, compared with others, for all changes of a completion together
_COPIED = 40  # comparisons that a line of changed code counts for: all that follows reads it once more


@dataclass(frozen=True, slots=True)
class Patch:
    """What a diff does to one file; ``path`` is the one it names, or that is named around it."""

    path: str | None
    hunks: tuple[Hunk, ...]


def patch(reads: Sequence[Read], patches: Mapping[int, Sequence[Patch]]) -> list[Read]:
    """``reads`` (in the order of the text) with the diffs applied; ``patches`` are by the number of their source.

    The code that a diff changes becomes wrong, and the diff becomes the whole code as changed. A diff that fits no
    right code before it stays what it is.
    """
    result = list(reads)
    left = _MAX_COMPARED
    for source, changes in patches.items():
        for change in changes:
            if left > 0:
                left = _apply(result, source, change, left)
    return result


def revise(reads: Sequence[Read]) -> list[Read]:
    """``reads`` with definitions that are written anew put into the code that they are from.

    They are where the text tells to change it, and where a file is given again with only some of what it defines.
    """
    result = list(reads)
    defined = [
        top_level_names(read.block.code.split("\n")) if read.block.role in RIGHT else frozenset() for read in reads
    ]
    left = _MAX_COMPARED
    for index, read in enumerate(reads):
        block = read.block
        if block.role not in RIGHT or not (read.revises or block.path):
            continue
        anew = defined[index]
        for before in range(index - 1, -1, -1) if anew else ():
            old = result[before].block
            left -= len(anew)
            if left < 0:
                return result
            if old.role not in RIGHT or not _goes_with(old, block):
                continue
            known = defined[before]
            snippet = block.path == old.path and not _IMPORT.search(block.code)
            if anew < known and (read.revises or snippet):
                new = without_marks(_piece(block))
                if not why_partial(new.lines, closed=read.closed):
                    _replace(result, before, index, _spliced(_piece(old), new, anew), _REVISED)
                    defined[index] = known
                    left -= _COPIED * len(old.lines)
                break
            if anew & known:
                break
    return result


def _goes_with(old: Block, new: Block) -> bool:
    return old.option == new.option and (None in (old.path, new.path) or old.path == new.path)


def _piece(block: Block) -> Piece:
    return Piece(tuple(block.code.removesuffix("\n").split("\n")), block.lines)


def _spliced(old: Piece, new: Piece, names: frozenset[str]) -> Piece:
    """``old`` with each definition of ``new`` in the place of the one of that name, and without others of ``names``.

    What stands above the first definition of ``new`` stands above all of them, what stands behind one goes with it.
    """
    given = definitions(scan(new.lines))
    ends = [*(each.start for each in given[1:]), len(new.lines)]
    anew: dict[str, list[Piece]] = {}
    for definition, end in zip(given, ends, strict=True):
        anew.setdefault(definition.name, []).append(new.take(range(definition.start, end)))
    result: list[Piece] = []
    done = 0
    for definition in definitions(scan(old.lines)):
        if definition.name in names:
            above = () if done else (new.take(range(given[0].start)),)
            result += [old.take(range(done, definition.start)), *above, *anew.pop(definition.name, ())]
            done = definition.end
    return join((*result, old.take(range(done, len(old.lines)))))


def _replace(reads: list[Read], before: int, index: int, changed: Piece, why: str) -> None:
    """Make what stands at ``index`` the whole code as ``changed``, and what stood ``before`` it wrong."""
    old, block = reads[before].block, reads[index].block
    path = block.path or old.path
    whole = replace(block, role=right_role(path, block.option), path=path, code=changed.code, lines=changed.numbers)
    reads[index] = replace(reads[index], block=whole)
    reads[before] = replace(reads[before], block=replace(old, role=Role.WRONG, reason=why), weak=False)


def _apply(reads: list[Read], source: int, change: Patch, left: int) -> int:
    """Apply one change in place; how many of the ``left`` comparisons are left."""
    own = [
        i
        for i, read in enumerate(reads)
        if read.source == source and read.block.role in RIGHT and change.path in (None, read.block.path)
    ]
    if not own or not change.hunks:
        return left
    block = reads[own[0]].block
    size = sum(len(hunk.before.lines) + 1 for hunk in change.hunks)
    for index in range(own[0] - 1, -1, -1):
        old = reads[index].block
        if old.role not in RIGHT or not _goes_with(old, block):
            continue
        left -= size * len(old.lines)
        if left < 0:
            return left
        changed = _changed(_piece(old), change.hunks)
        if changed is None:
            continue
        _replace(reads, index, own[0], changed, REPLACED)
        left -= _COPIED * len(changed.lines)
        for extra in reversed(own[1:]):
            del reads[extra]
        break
    return left


def _changed(target: Piece, hunks: Sequence[Hunk]) -> Piece | None:
    """``target`` with all ``hunks`` applied, in their order; None when one of them is not about it."""
    anchored = False
    done = 0
    for hunk in hunks:
        place = _place(target, hunk, done) or _place(target, hunk, 0)
        if place is None:
            return None
        anchored = anchored or not hunk.before.blank
        start, end = place
        added = _indented(hunk.after, hunk.before, target.lines[start] if start < end else "")
        target = join((target.take(range(start)), added, target.take(range(end, len(target.lines)))))
        done = start + len(added.lines)
    return target if anchored else None


def _place(target: Piece, hunk: Hunk, done: int) -> tuple[int, int] | None:
    """The first lines of ``target`` from ``done`` on (start, end) that a hunk is about; its top or end to add only."""
    wanted = [line.strip() for line in hunk.before.lines if line.strip()]
    if not wanted:
        at = len(target.lines) if top_level_names(hunk.after.lines) else 0
        return at, at
    filled = [i for i, line in enumerate(target.lines) if i >= done and line.strip()]
    stripped = [target.lines[i].strip() for i in filled]
    for first in range(len(filled) - len(wanted) + 1):
        if stripped[first : first + len(wanted)] == wanted:
            return filled[first], filled[first + len(wanted) - 1] + 1
    return None


def _indented(after: Piece, before: Piece, first: str) -> Piece:
    """``after``, indented as the code is whose first line is ``first``: a diff may be written without its margin."""
    known = next((line for line in before.lines if line.strip()), None)
    if known is None:
        return after
    missing = first[: len(first) - len(first.lstrip())].removesuffix(known[: len(known) - len(known.lstrip())])
    return after.map(lambda line: missing + line if line.strip() else line)
