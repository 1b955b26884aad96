"""From the files of one unit to its findings: read once, then every criterion that reading decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.check.findings import Finding, Level, Unread
from harness.criteria import CRITERIA
from harness.source.survey import survey

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.source.survey import TreeFile

CHECKED = tuple(criterion.id for criterion in CRITERIA.values() if criterion.find or criterion.advise)
"""The criteria that can be checked without running anything, in the checklist's order."""


def judge(
    files: Sequence[TreeFile], criteria: Iterable[str] = CHECKED, *, advice: bool = False
) -> tuple[list[Finding], list[Unread]]:
    """All findings of the given criteria, each once, by place; and the files that could not be parsed.

    ``advice``: what works and could be better is told, too.
    """
    seen = survey(files)
    findings: set[Finding] = set()
    for criterion_id in criteria:
        criterion = CRITERIA[criterion_id]
        wrong: set[tuple[str, int]] = set()
        finders = {Level.ERROR: criterion.find, Level.ADVICE: criterion.advise if advice else None}
        for level, finder in finders.items():
            for evidence in finder(seen.facts) if finder is not None else ():
                line, column = seen.places.settle(evidence.line)
                place = (evidence.path, line)
                if level is Level.ERROR:
                    wrong.add(place)
                elif place in wrong:
                    continue  # what is wrong need not be better
                findings.add(Finding(*place, column, criterion.id, evidence.message, criterion.remedy, level=level))
    unread = [Unread(each.at.path, each.at.line, each.at.column, each.reason) for each in seen.facts.unreadable]
    return sorted(findings), unread
