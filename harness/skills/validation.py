"""Everything that can be said about a skill without running it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.checking.findings import Finding, Level, Unread
from harness.checking.modules import shown
from harness.checking.run import check
from harness.skills.blocks import CODE, Count, judge_pages
from harness.skills.contents import judge_contents
from harness.skills.form import judge_front_matter

if TYPE_CHECKING:
    from harness.skills.skill import Skill


@dataclass(frozen=True, slots=True)
class Validated:
    """What was found, by place: form, contents, and code; ``unread`` are Python files that could not be parsed.

    ``counts`` says how much code there was on each page, ``criteria`` what it was judged by.
    """

    skill: Skill
    findings: list[Finding] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    counts: dict[str, Count] = field(default_factory=dict)
    criteria: tuple[str, ...] = CODE

    @property
    def valid(self) -> bool:
        """Whether nothing but advice is left, and everything was read."""
        return not self.errors and not self.unread

    @property
    def errors(self) -> int:
        """The findings that make the skill invalid: all but advice."""
        return sum(each.level is Level.ERROR for each in self.findings)


def validate(skill: Skill) -> Validated:
    """Judge a skill's form, its links, the blocks of its pages and its Python files; nothing of it is run.

    Paths are as seen from the working folder. Raises ``MachineError`` when no process that reads can be started.
    """
    blocks = judge_pages(skill)
    found = [*judge_front_matter(skill), *judge_contents(skill), *blocks.findings]
    findings = [replace(each, path=shown(Path.cwd() / skill.folder / each.path)) for each in found]
    code = [skill.folder / name for name in skill.files if name.endswith(".py")]
    report = check(code, criteria=CODE) if code else None
    if report is not None:
        findings += [replace(each, fixable=False, unsafe=False) for each in report.findings]
    return Validated(skill, sorted(findings), report.unread if report is not None else [], blocks.counts)
