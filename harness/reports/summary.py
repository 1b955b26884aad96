"""Counts over the grades of an evaluation."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.evaluation import Evaluation, Judged
    from harness.verdicts import Outcome, Overall


def how_many(number: int, noun: str) -> str:
    """``1 grade``, ``2 grades``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def criterion_counts(items: Iterable[Judged]) -> dict[str, Counter[Outcome]]:
    """Criterion to how often it had each outcome, in the order in which the cases name them."""
    counts: dict[str, Counter[Outcome]] = {}
    for item in items:
        for criterion, verdict in item.grade.verdicts.items():
            counts.setdefault(criterion, Counter())[verdict.outcome] += 1
    return counts


def overall_counts(items: Iterable[Judged]) -> Counter[Overall]:
    """How often each overall verdict was given."""
    return Counter(item.grade.overall for item in items)


def by_case(evaluation: Evaluation) -> dict[str, list[Judged]]:
    """The judged completions of each case that has any, cases in their own order, unknown ones last."""
    groups: dict[str, list[Judged]] = {case: [] for case in evaluation.cases}
    for item in evaluation.judged:
        groups.setdefault(item.grade.case, []).append(item)
    return {case: items for case, items in groups.items() if items}


def to_look_at(evaluation: Evaluation) -> list[Judged]:
    """The completions that came out otherwise than expected; where nothing was expected, those that do not pass."""
    return [item for item in evaluation.judged if not item.satisfying]


def labelled(evaluation: Evaluation) -> tuple[int, int]:
    """How many grades had expected verdicts, and how many of these came out as expected."""
    with_label = [item for item in evaluation.judged if item.differences is not None]
    return len(with_label), sum(1 for item in with_label if not item.differences)
