"""Fixes what was found in a source tree: which files change to what, written into them or shown as a diff."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.checking.files import python_files
from harness.checking.findings import Level
from harness.checking.mending import Kept, mend
from harness.checking.modules import load
from harness.checking.units import relevant, units
from harness.checking.workers import Lost, worked
from harness.checking.writing import locked, save
from harness.errors import InputError
from harness.processors import processors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.checking.files import Ignores
    from harness.checking.findings import Finding, Place

_PATIENCE = 10.0
"""A unit is read again after each try; how often, its findings say."""


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """A file as it was read and as it is to be."""

    path: str
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Proposal:
    """What fixes one finding by itself. Not ``safe``: the code may behave otherwise."""

    changes: tuple[Change, ...]
    safe: bool


@dataclass(slots=True)
class Changes:
    """All changes, by path, how many findings they take away, and the fixable findings that stay, with the reason.

    ``problems``: a line for each file that cannot be written. ``alone``: the fix of each finding by itself, where that
    was wanted.
    """

    files: list[Change] = field(default_factory=list)
    fixed: int = 0
    kept: list[Kept] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    alone: dict[Place, Proposal] = field(default_factory=dict)


def changes(
    paths: Sequence[Path],
    findings: Iterable[Finding],
    *,
    exclude: Sequence[Ignores] = (),
    unsafe: bool = False,
    writing: bool = False,
    apart: bool = False,
    jobs: int = 0,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Changes:
    """What fixes the findings, which a check of the same paths gave. Writes nothing. Raises as the check does.

    ``writing``: what would have to change files that cannot be written is left out. ``apart``: the fix of each finding
    is wanted by itself, too. ``progress`` is told how many of the files that matter are done.
    """
    findings = list(findings)
    wanted = {each.place for each in findings}
    places = {each.path for each in findings if each.fixable}
    files, _ = load(python_files(paths, exclude=exclude))
    concerned = [unit for unit in units(relevant(files)) if any(file.path in places for file in unit)]
    shut = frozenset(file.path for unit in concerned for file in unit if writing and locked(Path(file.path)))
    advice = any(each.level is Level.ADVICE for each in findings)
    work = functools.partial(mend, wanted=frozenset(wanted), advice=advice, unsafe=unsafe, locked=shut, apart=apart)
    found = Changes()
    done, total = 0, sum(map(len, concerned))
    for unit, mended in worked(concerned, work, jobs=jobs or processors(), patience=_PATIENCE):
        done += len(unit)
        progress(done, total)
        before = {file.path: file.content for file in unit}
        if isinstance(mended, Lost):
            lost = [each for each in findings if each.fixable and each.path in before]
            why = "fixing the files that import one another took too long, or more than the parser survives"
            found.kept += [Kept(each.path, each.line, each.column, each.criterion, why) for each in lost]
            continue
        found.files += [Change(path, before[path], after) for path, after in mended.contents.items()]
        for place, (contents, safe) in mended.alone.items():
            own = sorted(Change(path, before[path], after) for path, after in contents.items())
            found.alone[place] = Proposal(tuple(own), safe)
        found.fixed += mended.fixed
        found.kept += mended.kept
        found.problems += [f"{path}: cannot be written: its findings are not fixed" for path in sorted(mended.shut)]
    found.files.sort()
    found.kept.sort()
    return found


def write(found: Changes) -> None:
    """Write all changes; ``problems`` gets a line for each file that cannot be written, the others are."""
    for change in found.files:
        try:
            save(Path(change.path), change.before, change.after)
        except InputError as error:
            found.problems.append(str(error))


def without(findings: Iterable[Finding], kept: Iterable[Kept]) -> list[Finding]:
    """The findings of what has been fixed; those whose fix was not made are no longer called fixable."""
    refused = {each.place for each in kept}
    return [replace(each, fixable=False, unsafe=False) if each.place in refused else each for each in findings]
