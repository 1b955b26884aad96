"""What is left to improve: the gaps that the grades of a run show, the worst first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.completions import NO_SKILL
from harness.criteria import CRITERIA
from harness.errors import InputError
from harness.runs.pairs import arms, known_arm
from harness.runs.uplift import arm_name
from harness.verdicts import Outcome, Overall

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.criteria import Criterion
    from harness.runs.run import Run
    from harness.verdicts import Grade, Verdict

SKILL = "relational-db-agent"


@dataclass(frozen=True, slots=True)
class Gap:
    """A criterion that fails in ``failed`` of the ``judged`` samples; ``grade`` is one of them."""

    criterion: Criterion
    failed: int
    judged: int
    grade: Grade

    @property
    def verdict(self) -> Verdict:
        return self.grade.verdicts[self.criterion.id]


@dataclass(frozen=True, slots=True)
class Improvement:
    """The gaps of ``skill``, as its arm shows them in ``samples`` samples.

    ``undecided`` says in how many samples each criterion could not be decided: no reason to change the skill.
    ``errors`` counts samples that could not be judged.
    """

    skill: str
    arm: str
    samples: int
    gaps: tuple[Gap, ...]
    undecided: dict[str, int]
    errors: int


def improvement(run: Run, *, arm: str | None = None, skill: str | None = None) -> Improvement:
    """The gaps of ``arm``: the one arm with a skill when left out, or the only one there is.

    ``skill`` is what to call it; the arm's name when left out. A sample that was judged on several databases counts
    once, and fails where it fails on any. Raises ``InputError`` where the arm has to be named.
    """
    arm = _arm(run, arm)
    samples: dict[tuple[object, ...], list[Grade]] = {}
    errors = set()
    for grade in run.grades:
        if grade.arm == arm:
            key = (grade.case, grade.completion, grade.model, grade.sample)
            if grade.overall is Overall.ERROR:
                errors.add(key)
            else:
                samples.setdefault(key, []).append(grade)
    gaps, undecided = [], {}
    for criterion in CRITERIA.values():
        failing, unknown, judged = [], 0, 0
        for grades in samples.values():
            outcomes = [each.verdicts[criterion.id].outcome for each in grades if criterion.id in each.verdicts]
            failing += [each for each in grades if _failed(each, criterion)][:1]
            unknown += Outcome.FAIL not in outcomes and Outcome.UNDECIDED in outcomes
            judged += any(outcome is not Outcome.NOT_APPLICABLE for outcome in outcomes)
        if failing:
            gaps.append(Gap(criterion, len(failing), judged, _most_telling(failing, criterion)))
        if unknown:
            undecided[criterion.id] = unknown
    gaps.sort(key=lambda gap: -gap.failed)
    return Improvement(
        skill=skill or (arm if arm not in {"", NO_SKILL} else SKILL),
        arm=arm,
        samples=len(samples),
        gaps=tuple(gaps),
        undecided=undecided,
        errors=len(errors),
    )


def _arm(run: Run, arm: str | None) -> str:
    if arm is not None:
        return known_arm(run, arm)
    known = arms(run.grades)
    with_skill = [each for each in known if each not in {"", NO_SKILL}]
    if len(with_skill) > 1:
        raise InputError(f"{run.name}: has several arms, choose one with --arm: {', '.join(map(arm_name, with_skill))}")
    return (with_skill or list(known))[0]


def _failed(grade: Grade, criterion: Criterion) -> bool:
    verdict = grade.verdicts.get(criterion.id)
    return verdict is not None and verdict.outcome is Outcome.FAIL


def _most_telling(grades: Iterable[Grade], criterion: Criterion) -> Grade:
    """The first one with evidence."""
    return max(grades, key=lambda grade: bool(grade.verdicts[criterion.id].evidence))
