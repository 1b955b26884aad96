"""From the files of one unit to its findings: read once, then every criterion that reading decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.check.findings import Finding, Unread
from harness.criteria import CRITERIA
from harness.source.survey import survey

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.source.survey import TreeFile

CHECKED = tuple(criterion.id for criterion in CRITERIA.values() if criterion.find is not None)
"""The criteria that can be checked without running anything, in the checklist's order."""


def judge(files: Sequence[TreeFile], criteria: Iterable[str] = CHECKED) -> tuple[list[Finding], list[Unread]]:
    """All findings of the given criteria, each once, by place; and the files that could not be parsed."""
    seen = survey(files)
    findings: set[Finding] = set()
    for criterion_id in criteria:
        criterion = CRITERIA[criterion_id]
        for evidence in criterion.find(seen.facts) if criterion.find is not None else ():
            line, column = seen.places.settle(evidence.line)
            findings.add(Finding(evidence.path, line, column, criterion.id, evidence.message, criterion.remedy))
    unread = [Unread(each.at.path, each.at.line, each.at.column, each.reason) for each in seen.facts.unreadable]
    return sorted(findings), unread
