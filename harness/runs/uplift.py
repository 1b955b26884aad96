"""The arms of one run against each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.completions import NO_SKILL
from harness.runs.contrast import EFFECT, LEVEL, Section, contrasted
from harness.runs.pairs import arms, known_arm, pair

if TYPE_CHECKING:
    from harness.runs.run import Run


@dataclass(frozen=True, slots=True)
class Uplift:
    """Each other arm of a run against its baseline, on each database."""

    baseline: str
    sections: tuple[Section, ...]
    level: float
    effect: float


def uplift(run: Run, *, baseline: str | None = None, level: float = LEVEL, effect: float = EFFECT) -> Uplift:
    """Compare the arms of ``run`` with ``baseline``: the arm without a skill when left out, else the first one.

    Raises ``InputError`` for an arm that the run does not have.
    """
    known = arms(run.grades)
    baseline = known[0] if baseline is None else known_arm(run, baseline)
    sections = []
    for database in dict.fromkeys(grade.database for grade in run.grades):
        there = [grade for grade in run.grades if grade.database == database]
        before = tuple(grade for grade in there if grade.arm == baseline)
        for arm in known:
            after = tuple(grade for grade in there if grade.arm == arm)
            if arm != baseline and before and after:
                title = f"{arm_name(arm)} against {arm_name(baseline)}, on {database}"
                sections.append(Section(title, before, after, pair(before, after)))
    return Uplift(baseline, contrasted(sections, level=level, effect=effect), level, effect)


def arm_name(arm: str) -> str:
    """``none`` as people write it."""
    return {NO_SKILL: "no skill", "": "no arm"}.get(arm, arm)
