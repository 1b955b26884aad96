"""What the pairs of two arms, or of two runs, say about each criterion: the difference and whether it is chance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.runs.statistics.intervals import Interval, newcombe
from harness.runs.statistics.multiplicity import holm
from harness.runs.statistics.paired import POWER, exact_p, pairs_needed, power
from harness.runs.tally import OVERALL, Tally, passes, subjects, tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.runs.pairs import Pairing
    from harness.verdicts import Grade

LEVEL = 0.05
EFFECT = 0.2


class Conclusion(StrEnum):
    """What may be said at the level of the test."""

    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE = "no difference found"
    UNDERPOWERED = "underpowered"
    NOT_COMPARED = "nothing to compare"


@dataclass(frozen=True, slots=True)
class Contrast:
    """One criterion, or ``overall``, before and after.

    ``both``, ``better``, ``worse`` and ``neither`` count the pairs by what passes in them; pairs in which one side was
    not judged are ``left_out``. ``p`` is of the exact test, ``adjusted`` allows for the tests beside it. ``power`` is
    the chance that so many pairs show a true difference of the size that matters, ``needed`` how many pairs it takes
    for a chance of 0.8 (None: more than can be had), ``needed_samples`` how many samples of each prompt these are.
    """

    subject: str
    before: Tally
    after: Tally
    both: int
    better: int
    worse: int
    neither: int
    left_out: int
    p: float
    adjusted: float = 1.0
    power: float = 0.0
    needed: int | None = None
    needed_samples: int | None = None
    conclusion: Conclusion = Conclusion.NOT_COMPARED

    @property
    def pairs(self) -> int:
        return self.both + self.better + self.worse + self.neither

    @property
    def difference(self) -> float | None:
        """The rate after minus the rate before, over the pairs; None without pairs."""
        return (self.better - self.worse) / self.pairs if self.pairs else None

    @property
    def interval(self) -> Interval:
        return newcombe(self.both, self.better, self.worse, self.neither)


@dataclass(frozen=True, slots=True)
class Section:
    """What is compared on one database: the grades before and after, their pairs, and a contrast a criterion."""

    title: str
    before: tuple[Grade, ...]
    after: tuple[Grade, ...]
    pairing: Pairing
    contrasts: tuple[Contrast, ...] = field(default=())

    @property
    def overall(self) -> Contrast:
        return self.contrasts[0]

    @property
    def prompts(self) -> int:
        """How many prompts the pairs are of, each model's counted by itself."""
        return len({(each.before.case, each.before.model) for each in self.pairing.pairs})


def contrasted(sections: Sequence[Section], *, level: float = LEVEL, effect: float = EFFECT) -> tuple[Section, ...]:
    """The sections with their contrasts.

    There are two families of tests, in each of which Holm's method keeps the chance of any false finding below
    ``level``: the overall verdicts of all sections, and the criteria of all sections. ``effect`` is the difference of
    rates that matters, for saying whether there are pairs enough.
    """
    raw = [[_count(section, subject) for subject in _subjects(section)] for section in sections]
    done: list[list[Contrast]] = [[] for _ in sections]
    for overall in (True, False):
        family = [
            (place, each) for place, held in enumerate(raw) for each in held if (each.subject == OVERALL) is overall
        ]
        tested = [each for _, each in family if each.pairs]
        adjusted = iter(holm([each.p for each in tested]))
        for place, each in family:
            done[place].append(
                _concluded(each, next(adjusted), level, level / len(tested), effect, sections[place].prompts)
                if each.pairs
                else each
            )
    return tuple(replace(section, contrasts=tuple(held)) for section, held in zip(sections, done, strict=True))


def _subjects(section: Section) -> list[str]:
    return subjects((*section.before, *section.after))


def _count(section: Section, subject: str) -> Contrast:
    seen = Counter((passes(each.before, subject), passes(each.after, subject)) for each in section.pairing.pairs)
    better, worse = seen[(False, True)], seen[(True, False)]
    judged = {(False, True), (True, False), (True, True), (False, False)}
    return Contrast(
        subject=subject,
        before=tally(section.before, subject),
        after=tally(section.after, subject),
        both=seen[(True, True)],
        better=better,
        worse=worse,
        neither=seen[(False, False)],
        left_out=sum(number for outcome, number in seen.items() if outcome not in judged and outcome != (None, None)),
        p=exact_p(better, worse),
    )


def _concluded(each: Contrast, adjusted: float, level: float, strict: float, effect: float, prompts: int) -> Contrast:
    discordance = max((each.better + each.worse) / each.pairs, effect)
    chance = power(each.pairs, effect, discordance, strict)
    conclusion = Conclusion.NO_DIFFERENCE if chance >= POWER else Conclusion.UNDERPOWERED
    needed = None if chance >= POWER else pairs_needed(effect, discordance, strict)
    if adjusted <= level:
        conclusion = Conclusion.BETTER if each.better > each.worse else Conclusion.WORSE
    return replace(
        each,
        adjusted=adjusted,
        power=chance,
        needed=needed,
        needed_samples=None if needed is None else -(-needed // max(prompts, 1)),
        conclusion=conclusion,
    )
