"""Which samples a run is made of: every endpoint, case and arm, in an order that is fair to all arms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.completions import NO_SKILL
from harness.endpoints.endpoint import Request
from harness.errors import InputError
from harness.runs.digests import digest_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.cases import Case
    from harness.endpoints.endpoint import Endpoint
    from harness.skills import Skill


@dataclass(frozen=True, slots=True)
class Arm:
    """A way to ask: with a skill, or without one. ``name`` is the skill's, or ``none``."""

    name: str
    skill: Skill | None = None
    system: str = ""

    @property
    def digest(self) -> str:
        """Of the skill's files, "" without one."""
        return self.skill.digest if self.skill is not None else ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One request of an experiment. ``digest`` says when two are the same, whatever run they belong to."""

    digest: str
    endpoint: Endpoint
    case: Case
    arm: Arm
    number: int
    request: Request

    @property
    def name(self) -> str:
        """What reports call its completion; unique for an endpoint and an arm."""
        return f"{self.case.id}/{self.number}"


@dataclass(frozen=True, slots=True)
class Experiment:
    """``samples`` answers to each case, from each endpoint, in each arm; ``first`` is the number of the first one.

    ``seed`` is that of sample 0, the next one gets the next.
    """

    endpoints: Sequence[Endpoint]
    cases: Mapping[str, Case]
    arms: Sequence[Arm]
    samples: int = 1
    seed: int | None = None
    first: int = 0

    @property
    def size(self) -> int:
        """How many samples there are in all."""
        return self.samples * len(self.endpoints) * len(self.cases) * len(self.arms)

    @property
    def name(self) -> str:
        """The same for the same experiment, so that it is gone on with; by whatever criteria it is judged."""
        cases = sorted((case.id, case.prompt) for case in self.cases.values())
        endpoints = [dict(each.identity) for each in self.endpoints]
        arms = [(each.name, each.digest, digest_of(each.system)) for each in self.arms]
        first = [self.first] if self.first else []
        return f"run-{digest_of([endpoints, cases, arms, self.samples, self.seed, *first])[:12]}"

    def plan(self) -> list[Sample]:
        """All samples: the first of each case, then the second. The arms of one pair stand side by side, and take
        turns in going first, so that an endpoint that changes with time changes for both."""
        arms = {arm.name: [arm.digest, digest_of(arm.system)] for arm in self.arms}
        endpoints = {each.name: digest_of(dict(each.identity)) for each in self.endpoints}
        return [
            self._sample(endpoint, case, arm, number, [endpoints[endpoint.name], arms[arm.name]])
            for number in range(self.first, self.first + self.samples)
            for place, case in enumerate(self.cases.values())
            for arm in _turned(self.arms, number + place)
            for endpoint in self.endpoints
        ]

    def _sample(self, endpoint: Endpoint, case: Case, arm: Arm, number: int, asked: object) -> Sample:
        # both arms of a pair get the same seed
        seed = None if self.seed is None else self.seed + number
        request = Request(case.prompt, arm.system, seed, arm.skill)
        return Sample(digest_of([asked, case.id, case.prompt, seed, number]), endpoint, case, arm, number, request)


def arms_of(skill: Skill | None, baseline: Skill | None, *, compared: bool) -> tuple[Arm, ...]:
    """The arms of ``--skill`` and ``--baseline-skill``, the baseline first; one arm where nothing is ``compared``.

    Two skills of one name are told apart by the beginnings of their digests. Raises ``InputError`` for a skill that is
    compared with itself.
    """
    arms = [_arm(skill)] if not compared else [_arm(baseline), _arm(skill)]
    if compared and arms[0].digest == arms[1].digest:
        what = "no skill" if skill is None else f"{arms[1].name}, the same files"
        raise InputError(f"--baseline-skill: both arms are {what}: there is nothing to compare")
    if len({arm.name for arm in arms}) < len(arms):
        arms = [Arm(f"{arm.name}@{arm.digest[:8]}", arm.skill, arm.system) for arm in arms]
    return tuple(arms)


def _arm(skill: Skill | None) -> Arm:
    return Arm(NO_SKILL) if skill is None else Arm(skill.header.name, skill, skill.prompt())


def _turned(arms: Sequence[Arm], by: int) -> list[Arm]:
    start = by % len(arms)
    return [*arms[start:], *arms[:start]]
