"""Which grades belong together: those of two arms, or of two runs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.completions import NO_SKILL
from harness.errors import InputError
from harness.verdicts import Overall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.runs.run import Run
    from harness.verdicts import Grade

_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two grades of the same case, model, sample and database: without and with what is tried."""

    before: Grade
    after: Grade


@dataclass(frozen=True, slots=True)
class Pairing:
    """What could be paired, and what was left out: ``errors`` have a fault of the harness or an endpoint in them.

    ``ambiguous`` are grades whose case, model, sample and name are not theirs alone.
    """

    pairs: tuple[Pair, ...]
    errors: tuple[Pair, ...] = ()
    before_only: tuple[Grade, ...] = ()
    after_only: tuple[Grade, ...] = ()
    ambiguous: tuple[Grade, ...] = ()


def pair(before: Sequence[Grade], after: Sequence[Grade], *, by_model: bool = True) -> Pairing:
    """Pair by case, model, sample and database; by the completion's name, too, where these are not one grade's alone.

    The arm is for the caller to choose. Without ``by_model`` the models may differ.
    """

    def key(grade: Grade) -> _Key:
        return (grade.case, grade.model if by_model else None, grade.sample, grade.database)

    if _unique(before, key) and _unique(after, key):
        return _match(before, after, key)
    return _match(before, after, lambda grade: (*key(grade), grade.completion))


def arms(grades: Iterable[Grade]) -> tuple[str, ...]:
    """The arms, those without a skill first, the others as they come."""
    found = dict.fromkeys(grade.arm for grade in grades)
    return tuple(sorted(found, key=lambda arm: arm not in {NO_SKILL, "", "without_skill"}))


def known_arm(run: Run, arm: str) -> str:
    """``arm``; ``InputError`` where the run does not have it."""
    known = arms(run.grades)
    if arm not in known:
        raise InputError(f"{run.name}: has no arm {arm!r}; it has {', '.join(map(repr, known))}")
    return arm


def _unique(grades: Sequence[Grade], key: Callable[[Grade], _Key]) -> bool:
    return len({key(grade) for grade in grades}) == len(grades)


def _match(before: Sequence[Grade], after: Sequence[Grade], key: Callable[[Grade], _Key]) -> Pairing:
    first, second = _by_key(before, key), _by_key(after, key)
    doubled = {each for held in (first, second) for each, grades in held.items() if len(grades) > 1}
    matched = [Pair(first[each][0], second[each][0]) for each in first if each in second and each not in doubled]
    faulty = [Overall.ERROR in {each.before.overall, each.after.overall} for each in matched]
    return Pairing(
        pairs=tuple(each for each, wrong in zip(matched, faulty, strict=True) if not wrong),
        errors=tuple(each for each, wrong in zip(matched, faulty, strict=True) if wrong),
        before_only=tuple(grades[0] for each, grades in first.items() if each not in second and each not in doubled),
        after_only=tuple(grades[0] for each, grades in second.items() if each not in first and each not in doubled),
        ambiguous=tuple(
            grade for held in (first, second) for each, grades in held.items() if each in doubled for grade in grades
        ),
    )


def _by_key(grades: Sequence[Grade], key: Callable[[Grade], _Key]) -> dict[_Key, list[Grade]]:
    found: dict[_Key, list[Grade]] = defaultdict(list)
    for grade in grades:
        found[key(grade)].append(grade)
    return found
