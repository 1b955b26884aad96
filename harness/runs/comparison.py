"""Two runs: what got better, what got worse, and whether that is more than chance."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.runs.contrast import EFFECT, LEVEL, Section, contrasted
from harness.runs.pairs import Pair, arms, pair
from harness.runs.tally import outcome_of, subjects
from harness.runs.uplift import arm_name
from harness.verdicts import Outcome, Overall, overall

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.runs.run import Run
    from harness.verdicts import Grade

_Feature = Callable[["Grade"], str]
_PLACE = re.compile(r" \(/.*\)$")
"""Where a program lies, behind its version: the same one lies elsewhere in each virtual environment."""


class Move(StrEnum):
    """How one verdict of a sample changed. ``OTHERWISE``: between fail and undecided, or pass and not applicable."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    OTHERWISE = "otherwise"


@dataclass(frozen=True, slots=True)
class Change:
    """One verdict of one sample that came out otherwise than before."""

    pair: Pair
    subject: str
    before: Outcome
    after: Outcome

    @property
    def move(self) -> Move:
        return move(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs side by side.

    ``sections`` hold the tests, one a database and arm; ``notes`` what the runs do not have in common, a line each.
    """

    before: Run
    after: Run
    notes: tuple[str, ...]
    sections: tuple[Section, ...]
    level: float
    effect: float

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every verdict that changed, the overall one of a sample before its criteria."""
        return tuple(
            Change(each, subject, before, after)
            for section in self.sections
            for each in section.pairing.pairs
            for subject in subjects((each.before, each.after))
            if (before := outcome_of(each.before, subject)) is not None
            and (after := outcome_of(each.after, subject)) is not None
            and before != after
        )

    @property
    def regressed(self) -> bool:
        """Whether something is worse by the paired test."""
        return any(section.worse for section in self.sections)

    @property
    def samples(self) -> int:
        """How many pairs could be compared."""
        return sum(len(section.pairing.pairs) for section in self.sections)

    @property
    def errors(self) -> int:
        """How many pairs could not, being errors on a side."""
        return sum(len(section.pairing.errors) for section in self.sections)

    @property
    def same(self) -> int:
        """How many samples have every verdict as before."""
        return sum(
            1
            for section in self.sections
            for each in section.pairing.pairs
            if all(
                outcome_of(each.before, subject) == outcome_of(each.after, subject)
                for subject in subjects((each.before, each.after))
            )
        )


def compare(before: Run, after: Run, *, level: float = LEVEL, effect: float = EFFECT) -> Comparison:
    """Compare what both runs judged: the same cases, databases, arms, models and samples, and the same criteria.

    Where each run has one arm, or one model, and not the same one, these are compared, and a note says so. Where a case
    had other criteria, the verdicts of those that both have count, and a note says so.
    """
    notes = [*_versions(before, after), *_asked(before, after)]
    cases = _common("cases", before, after, notes, lambda grade: grade.case)
    databases = _common("databases", before, after, notes, lambda grade: grade.database)
    criteria = _criteria(before, after, cases, notes)
    by_model = not _one_each("model", before, after, notes, lambda grade: grade.model or "no name")
    one_arm = _one_each("arm", before, after, notes, lambda grade: arm_name(grade.arm))
    common_arms = [None] if one_arm else _common("arms", before, after, notes, lambda grade: grade.arm)
    if by_model:
        _common("models", before, after, notes, lambda grade: grade.model or "no name")
    sections = []
    for database in databases:
        for arm in common_arms:
            first, second = (
                tuple(
                    _restricted(grade, criteria[grade.case])
                    for grade in run.grades
                    if grade.database == database and grade.case in criteria and arm in {None, grade.arm}
                )
                for run in (before, after)
            )
            if not first and not second:
                continue
            several = arm is not None and len(arms(before.grades)) > 1
            title = f"{arm_name(arm)}, on {database}" if several and arm is not None else f"on {database}"
            pairing = pair(first, second, by_model=by_model)
            sections.append(
                Section(
                    title,
                    tuple(each.before for each in (*pairing.pairs, *pairing.errors)),
                    tuple(each.after for each in (*pairing.pairs, *pairing.errors)),
                    pairing,
                )
            )
    notes += _not_drawn_anew(before, after, [each for section in sections for each in section.pairing.pairs])
    return Comparison(before, after, tuple(notes), contrasted(sections, level=level, effect=effect), level, effect)


def move(before: Outcome, after: Outcome) -> Move:
    """From fail or undecided to pass or not applicable is better, the other way is worse."""
    if before == after:
        return Move.SAME
    fine = {Outcome.PASS, Outcome.NOT_APPLICABLE}
    if (before in fine) == (after in fine):
        return Move.OTHERWISE
    return Move.BETTER if after in fine else Move.WORSE


def _restricted(grade: Grade, criteria: frozenset[str] | None) -> Grade:
    """The grade with the criteria that both runs have, and what they say together; None leaves it as it is."""
    if criteria is None or grade.overall is Overall.ERROR:
        return grade
    verdicts = {name: verdict for name, verdict in grade.verdicts.items() if name in criteria}
    return replace(grade, verdicts=verdicts, overall=overall(verdicts))


def _criteria(before: Run, after: Run, cases: Sequence[str], notes: list[str]) -> dict[str, frozenset[str] | None]:
    """By case, the criteria that both runs judged it by; None where they are the same."""
    found: dict[str, frozenset[str] | None] = {}
    for case in cases:
        first, second = (
            frozenset(name for grade in run.grades if grade.case == case for name in grade.verdicts)
            for run in (before, after)
        )
        found[case] = None
        if first and second and first != second:
            found[case] = first & second
            for names, run in ((first - second, before), (second - first, after)):
                if names:
                    notes.append(f"{case}: only {run.name} judges {', '.join(sorted(names))}: not compared")
    return found


def _common(what: str, before: Run, after: Run, notes: list[str], of: _Feature) -> list[str]:
    first, second = (list(dict.fromkeys(of(grade) for grade in run.grades)) for run in (before, after))
    for names, others, run in ((first, second, before), (second, first, after)):
        missing = [name if what != "arms" else arm_name(name) for name in names if name not in others]
        if missing:
            notes.append(f"{what} of {run.name} only, not compared: {', '.join(missing)}")
    return [name for name in first if name in second]


def _one_each(what: str, before: Run, after: Run, notes: list[str], of: _Feature) -> bool:
    """Whether each run has one of them, and not the same one."""
    first, second = ({of(grade) for grade in run.grades} for run in (before, after))
    if len(first) != 1 or len(second) != 1 or first == second:
        return False
    notes.append(f"the {what} differs: {first.pop()} before, {second.pop()} after")
    return True


def _versions(before: Run, after: Run) -> Iterator[str]:
    """What the environments of the grades say otherwise, database by database."""
    for database in dict.fromkeys(grade.database for grade in before.grades):
        first, second = (_environment(run.grades, database) for run in (before, after))
        if first and second:
            for name in sorted(first.keys() | second.keys()):
                was, now = (" or ".join(sorted(held.get(name, {"not there"}))) for held in (first, second))
                if was != now:
                    yield f"on {database}, {name} differs: {was} before, {now} after"


def _asked(before: Run, after: Run) -> Iterator[str]:
    """What the headers of the runs say otherwise of things that have the same name in both."""
    for field, what in (
        ("case_digests", "the case {} differs: its prompt, what is given with it, or its criteria"),
        ("models", "how {} was asked differs: {} before, {} after"),
        ("arms", "the skill of the arm {} differs"),
    ):
        first, second = (held if isinstance(held := run.header.get(field), dict) else {} for run in (before, after))
        for name in first:
            if name in second and first[name] != second[name]:
                yield what.format(name, *(json.dumps(held[name]) for held in (first, second)))
    first_judge, second_judge = (run.header.get("judging") for run in (before, after))
    if first_judge and second_judge and first_judge != second_judge:
        yield "they were not judged by the same harness: its code, or what it reads and runs answers with, differs"


def _not_drawn_anew(before: Run, after: Run, pairs: Sequence[Pair]) -> Iterator[str]:
    """Runs of one store share the answers to what both asked for."""

    def asked(run: Run, grade: Grade) -> list[object]:
        named = (("case_digests", grade.case), ("models", grade.model), ("arms", grade.arm))
        fields = ((run.header.get(field), name) for field, name in named)
        return [run.header.get("store"), *(held.get(name) if isinstance(held, dict) else None for held, name in fields)]

    both = [(asked(before, each.before), asked(after, each.after)) for each in pairs]
    shared = sum(first == second and None not in first for first, second in both)
    if shared and before.name != after.name:
        yield f"{shared} of {len(pairs)} pairs are one stored answer each, which both runs share: no sample drawn anew"


def _environment(grades: Iterable[Grade], database: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    seen: list[dict[str, object]] = []
    for grade in grades:
        if grade.database == database and grade.environment not in seen:
            seen.append(grade.environment)
            for name, value in _flat(grade.environment, ""):
                found.setdefault(name, set()).add(value)
    return found


def _flat(held: Mapping[str, object], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in held.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _PLACE.sub("", str(value))
