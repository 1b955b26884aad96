"""From the files of one unit to its findings: read once, then every criterion that reading decides."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from harness.checking.findings import Finding, Level, Unread
from harness.checking.selection import CHECKED
from harness.criteria import CRITERIA
from harness.source.survey import survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import libcst as cst

    from harness.fixes import Fix, Source
    from harness.source.survey import Survey
    from harness.source.tree import Tree
    from harness.source.treefile import TreeFile


def judge(
    files: Sequence[TreeFile], criteria: Iterable[str] = CHECKED, *, advice: bool = False
) -> tuple[list[Finding], list[Unread]]:
    """All findings of the given criteria, each once, by place; and the files that could not be parsed.

    ``advice``: what works and could be better is told, too.
    """
    seen = survey(files)
    fix_of = _fixes(seen)
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
                fix = fix_of(criterion_id, *seen.places.node(evidence.line))
                findings.add(
                    Finding(
                        *place,
                        column,
                        criterion.id,
                        evidence.message,
                        criterion.remedy,
                        fixable=fix is not None,
                        level=level,
                        unsafe=fix is not None and not fix.safe,
                    )
                )
    unread = [Unread(each.at.path, each.at.line, each.at.column, each.reason) for each in seen.facts.unreadable]
    seen.dissolve()
    return sorted(findings), unread


def _fixes(seen: Survey) -> Callable[[str, Tree, cst.CSTNode], Fix | None]:
    """What proposes fixes; with libcst's codemods it takes a while to import, and most files have nothing to fix."""

    @cache
    def source() -> Source:
        from harness.fixes import Source

        return Source(seen.resolver, seen.facts)

    def fix(criterion_id: str, tree: Tree, node: cst.CSTNode) -> Fix | None:
        from harness.fixes import FIXES

        propose = FIXES.get(criterion_id)
        return propose(source(), tree, node) if propose is not None else None

    return fix
