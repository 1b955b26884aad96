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
    """One criterion, or ``overall``, before and after; of one model where ``subject`` is its name.

    ``both``, ``better``, ``worse`` and ``neither`` count the pairs by what passes in them; pairs in which one side was
    not judged are ``left_out``. ``prompts`` counts those that the pairs are of, each model's by itself. ``p`` is of the
    exact test, ``adjusted`` allows for the tests beside it. ``power`` is the chance that so many pairs show a true
    difference of the size that matters, ``needed`` how many pairs it takes for a chance of 0.8 (None: more than can be
    had), ``needed_samples`` how many samples of each prompt these are.
    """

    subject: str
    before: Tally
    after: Tally
    both: int
    better: int
    worse: int
    neither: int
    left_out: int
    prompts: int
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
    """What is compared on one database: the grades before and after, their pairs, and a contrast a criterion.

    ``by_model`` are contrasts of the overall verdict, one a model where there are several.
    """

    title: str
    before: tuple[Grade, ...]
    after: tuple[Grade, ...]
    pairing: Pairing
    contrasts: tuple[Contrast, ...] = field(default=())
    by_model: tuple[Contrast, ...] = field(default=())

    @property
    def database(self) -> str:
        """The one that all grades are of."""
        return (*self.before, *self.after)[0].database

    @property
    def overall(self) -> Contrast:
        return self.contrasts[0]

    @property
    def worse(self) -> tuple[Contrast, ...]:
        """What the tests call worse, models included."""
        return tuple(each for each in (*self.contrasts, *self.by_model) if each.conclusion is Conclusion.WORSE)


def contrasted(sections: Sequence[Section], *, level: float = LEVEL, effect: float = EFFECT) -> tuple[Section, ...]:
    """The sections with their contrasts.

    There are three families of tests, in each of which Holm's method keeps the chance of any false finding below
    ``level``: the overall verdicts of all sections, those of their models, and the criteria of all sections. ``effect``
    is the difference of rates that matters, for saying whether there are pairs enough.
    """
    counted = [
        ([_count(section, OVERALL)], [_count(section, each) for each in _subjects(section)[1:]], _by_model(section))
        for section in sections
    ]
    overall, criteria, models = (_family([held[place] for held in counted], level, effect) for place in range(3))
    return tuple(
        replace(section, contrasts=(*overall[place], *criteria[place]), by_model=models[place])
        for place, section in enumerate(sections)
    )


def _family(groups: Sequence[Sequence[Contrast]], level: float, effect: float) -> list[tuple[Contrast, ...]]:
    tested = [each for held in groups for each in held if each.pairs]
    adjusted = iter(holm([each.p for each in tested]))
    return [
        tuple(
            _concluded(each, next(adjusted), level, level / len(tested), effect) if each.pairs else each
            for each in held
        )
        for held in groups
    ]


def _subjects(section: Section) -> list[str]:
    return subjects((*section.before, *section.after))


def _by_model(section: Section) -> list[Contrast]:
    """The overall verdict of each model, where a side has several; elsewhere the section says it all."""
    first, second = (dict.fromkeys(grade.model for grade in side) for side in (section.before, section.after))
    if max(len(first), len(second)) < 2:
        return []
    return [
        replace(
            _count(
                replace(
                    section,
                    before=tuple(each for each in section.before if each.model == model),
                    after=tuple(each for each in section.after if each.model == model),
                    pairing=replace(
                        section.pairing,
                        pairs=tuple(each for each in section.pairing.pairs if each.before.model == model),
                    ),
                ),
                OVERALL,
            ),
            subject=model or "no name",
        )
        for model in first | second
    ]


def _count(section: Section, subject: str) -> Contrast:
    pairs = [(passes(each.before, subject), passes(each.after, subject), each.before) for each in section.pairing.pairs]
    judged = [(before, after, grade) for before, after, grade in pairs if before is not None and after is not None]
    seen = Counter((before, after) for before, after, _ in judged)
    better, worse = seen[(False, True)], seen[(True, False)]
    return Contrast(
        subject=subject,
        before=tally(section.before, subject),
        after=tally(section.after, subject),
        both=seen[(True, True)],
        better=better,
        worse=worse,
        neither=seen[(False, False)],
        left_out=sum((before is None) is not (after is None) for before, after, _ in pairs),
        prompts=len({(grade.case, grade.model) for _, _, grade in judged}),
        p=exact_p(better, worse),
    )


def _concluded(each: Contrast, adjusted: float, level: float, strict: float, effect: float) -> Contrast:
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
        needed_samples=None if needed is None else -(-needed // each.prompts),
        conclusion=conclusion,
    )
