"""Checks a source tree: files, units, processes, findings."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.checking.cache import Cache
from harness.checking.files import python_files
from harness.checking.findings import Report
from harness.checking.modules import load, project_root
from harness.checking.selection import CHECKED
from harness.checking.units import relevant, units
from harness.checking.workers import judged
from harness.processors import processors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from harness.checking.files import Ignores
    from harness.checking.workers import Judged
    from harness.source.treefile import TreeFile


def check(
    paths: Sequence[Path],
    *,
    criteria: Sequence[str] = CHECKED,
    exclude: Sequence[Ignores] = (),
    advice: bool = False,
    jobs: int = 0,
    cached: bool = False,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Report:
    """Check all Python files below the paths; ``jobs`` 0 is as many processes as there are cores.

    ``cached``: what was found before is kept beside the project's pyproject.toml or repository, and taken from there.
    ``progress`` is told how many relevant files are done. Raises InputError for a path that is not there, MachineError.
    """
    files, unread = load(python_files(paths, exclude=exclude))
    report = Report(files=len(files) + len(unread), unread=unread)
    mattering = relevant(files)
    root = project_root(Path(os.path.normpath(Path.cwd() / paths[0]))) if cached and paths else None
    cache = Cache.beside(root, criteria=criteria, advice=advice) if root is not None and mattering else None
    done = 0
    for unit, (findings, broken) in _found(units(mattering), cache, criteria, advice, jobs or processors()):
        report.findings += findings
        report.unread += broken
        done += len(unit)
        progress(done, len(mattering))
    report.findings.sort()
    report.unread.sort()
    return report


def _found(
    todo: Iterable[Sequence[TreeFile]], cache: Cache | None, criteria: Sequence[str], advice: bool, jobs: int
) -> Iterator[tuple[Sequence[TreeFile], Judged]]:
    """What is in each unit, first of those that the cache knows."""
    unknown: list[Sequence[TreeFile]] = []
    for unit in todo:
        known = cache.get(cache.key(unit), unit) if cache is not None else None
        if known is None:
            unknown.append(unit)
        else:
            yield unit, known
    if not unknown:
        return

    # takes as long as reading some dozen files: not before there is something to judge
    from harness.checking.judge import judge

    work = functools.partial(_judged, judge=functools.partial(judge, criteria=criteria, advice=advice), cache=cache)
    yield from judged(unknown, work, jobs=jobs)
    if cache is not None:
        cache.prune()


def _judged(unit: Sequence[TreeFile], judge: Callable[[Sequence[TreeFile]], Judged], cache: Cache | None) -> Judged:
    """Judge a unit and keep what was found: a unit that is never done is never kept."""
    found = judge(unit)
    if cache is not None:
        cache.put(cache.key(unit), unit, found)
    return found
