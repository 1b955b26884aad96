"""Checks a source tree: files, units, processes, findings."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING

from harness.check.files import python_files
from harness.check.findings import Report
from harness.check.judge import CHECKED, judge
from harness.check.modules import load
from harness.check.units import relevant, units
from harness.check.workers import judged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from harness.check.files import Ignores


def check(
    paths: Sequence[Path],
    *,
    criteria: Sequence[str] = CHECKED,
    exclude: Sequence[Ignores] = (),
    advice: bool = False,
    jobs: int = 0,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Report:
    """Check all Python files below the paths; ``jobs`` 0 is as many processes as there are cores.

    ``progress`` is told how many relevant files are done. Raises InputError for a path that is not there, MachineError.
    """
    files, unread = load(python_files(paths, exclude=exclude))
    report = Report(files=len(files) + len(unread), unread=unread)
    mattering = relevant(files)
    work = functools.partial(judge, criteria=tuple(criteria), advice=advice)
    done = 0
    for unit, (findings, broken) in judged(units(mattering), work, jobs=jobs or len(os.sched_getaffinity(0))):
        report.findings += findings
        report.unread += broken
        done += len(unit)
        progress(done, len(mattering))
    report.findings.sort()
    report.unread.sort()
    return report
