"""How often something passes."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.runs.statistics.at_k import pass_at_k, pass_hat_k
from harness.runs.statistics.intervals import Interval, wilson
from harness.verdicts import Outcome, Overall

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.verdicts import Grade

OVERALL = "overall"
_KS = (1, 2, 3, 5, 10, 20, 50, 100)


@dataclass(frozen=True, slots=True)
class AtK:
    """pass@k and pass^k, each the mean over the prompts."""

    k: int
    any: float
    all: float


@dataclass(frozen=True, slots=True)
class Tally:
    """What came out how often. A rate counts passes among what was judged; undecided is no pass.

    Where a criterion had no occasion (``not_applicable``) or a grade is an error, nothing was judged.
    """

    passed: int = 0
    failed: int = 0
    undecided: int = 0
    not_applicable: int = 0
    errors: int = 0
    at_k: tuple[AtK, ...] = ()

    @property
    def judged(self) -> int:
        return self.passed + self.failed + self.undecided

    @property
    def rate(self) -> float | None:
        return self.passed / self.judged if self.judged else None

    @property
    def interval(self) -> Interval:
        return wilson(self.passed, self.judged)


def tally(grades: Iterable[Grade], subject: str) -> Tally:
    """Count what ``subject``, a criterion or ``overall``, came out as."""
    counts: Counter[str] = Counter()
    prompts: dict[tuple[str, str | None], list[bool]] = defaultdict(list)
    for grade in grades:
        if grade.overall is Overall.ERROR:
            counts["error"] += 1
            continue
        outcome = outcome_of(grade, subject)
        if outcome is None:
            continue
        counts[outcome] += 1
        if outcome is not Outcome.NOT_APPLICABLE:
            prompts[(grade.case, grade.model)].append(outcome is Outcome.PASS)
    return Tally(
        passed=counts["pass"],
        failed=counts["fail"],
        undecided=counts["undecided"],
        not_applicable=counts["not_applicable"],
        errors=counts["error"],
        at_k=_at_k(list(prompts.values())),
    )


def outcome_of(grade: Grade, subject: str) -> Outcome | None:
    """What ``subject`` came out as in a grade that is no error; None where the grade does not speak of it."""
    if subject == OVERALL:
        return Outcome(grade.overall.value)
    verdict = grade.verdicts.get(subject)
    return None if verdict is None else verdict.outcome


def passes(grade: Grade, subject: str) -> bool | None:
    """Whether ``subject`` passes; None where it was not judged."""
    outcome = outcome_of(grade, subject)
    return None if outcome in {None, Outcome.NOT_APPLICABLE} else outcome is Outcome.PASS


def subjects(grades: Iterable[Grade]) -> list[str]:
    """``overall`` and every criterion, in the order in which the grades name them."""
    return [OVERALL, *dict.fromkeys(criterion for grade in grades for criterion in grade.verdicts)]


def _at_k(prompts: list[list[bool]]) -> tuple[AtK, ...]:
    fewest = min(map(len, prompts), default=0)
    ks = sorted({k for k in (*_KS, fewest) if 1 <= k <= fewest})

    def mean(values: list[float]) -> float:
        return sum(values) / len(values)

    return tuple(
        AtK(
            k,
            mean([pass_at_k(len(each), sum(each), k) for each in prompts]),
            mean([pass_hat_k(len(each), sum(each), k) for each in prompts]),
        )
        for k in ks
    )
