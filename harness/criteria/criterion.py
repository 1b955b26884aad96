"""What a criterion is: a statement, a remedy, and two pure functions from evidence to an opinion."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.verdicts import Evidence, Opinion, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.observations import DependencyRun, Observations, Place
    from harness.source.facts import At, Facts

__all__ = [
    "Criterion",
    "Example",
    "Kind",
    "Opinion",
    "Sample",
    "Subject",
    "at",
    "failed",
    "no_occasion",
    "nothing_dynamic",
    "passed",
    "short",
    "unknown",
]


_LONGEST = 200


class Kind(StrEnum):
    """How static and dynamic evidence combine (CHECKLIST: "How static and dynamic evidence combine")."""

    STRUCTURE = "structure"  # reading decides, a run that shows otherwise fails it
    FLAG = "class and flag"  # what was seen at run time decides
    BEHAVIOUR = "behaviour"  # the run decides
    HAZARD = "hazard"  # fails as soon as either is certain


@dataclass(frozen=True, slots=True)
class Subject:
    """What a criterion judges: one answer, read and run.

    ``writes_judged``: the case asks for an endpoint that creates, ``reads_judged``: for one that reads a relation. ``asked_complete``: the case asks for code to put in
    place. ``notes``: what could not be used of the completion as it stands. ``locate`` turns a place seen at run time into the file and line to show.
    """

    facts: Facts
    wrong: tuple[Facts, ...]
    prose: str
    run: Observations
    locate: Callable[[Place], At]
    writes_judged: bool = False
    reads_judged: bool = False
    notes: tuple[str, ...] = ()
    asked_complete: bool = False

    @property
    def import_failed(self) -> bool:
        """Whether the answer was seen not to import, by its own fault."""
        stopped = bool(self.run.stopped) and self.run.stage == "import"
        broken = any(seen.error and not seen.absent for seen in self.run.imports)
        return bool(self.facts.unreadable) or stopped or broken

    @property
    def dependency_runs(self) -> tuple[DependencyRun, ...]:
        """The runs of the answer's own dependencies, without one that the harness supplied."""
        return tuple(run for run in self.run.dependencies if run.place is not None)

    @property
    def sessions_supplied(self) -> bool:
        """Whether every session comes from a maker that the completion leaves to its reader."""
        held = self.facts.dependencies
        return bool(held) and all(each.supplied for each in held) and not self.facts.makers

    def places(self, places: Iterable[tuple[Place | None, str]]) -> tuple[Evidence, ...]:
        """Evidence for places seen at run time."""
        found = [(self.locate(place), message) for place, message in places if place is not None]
        return tuple(dict.fromkeys(Evidence(at.path, at.line, message) for at, message in found))

    @property
    def not_run(self) -> Opinion:
        """The dynamic opinion where the experiment did not take place."""
        run = self.run
        if self.import_failed:
            return Opinion(State.NOT_APPLICABLE, "the answer does not import, so it could not be run")
        if run.stopped:
            return Opinion(State.UNKNOWN, f"the run ended early ({run.stopped} during {run.stage})")
        return Opinion(State.UNKNOWN, run.why_not or "no experiment of the run shows it")


@dataclass(frozen=True, slots=True)
class Sample:
    """Code that shows a criterion passing or failing when it is read.

    A line that ends in ``# !`` is the one that a finding must point at; of a source tree ``# ?`` is advice, and ``# -``
    its own business. ``also`` names criteria that the same fault
    fails by the checklist's own words. ``complete``: it was asked for as code to put in place.
    """

    code: str
    complete: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """What not to write and what to write instead, for the criterion's page: Python, or an answer's prose.

    Lines of Python that end in ``# !`` are those that a finding must point at.
    """

    wrong: str
    right: str
    language: str = "python"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One item of the gap checklist.

    ``find`` gives the certain faults of a source tree that nobody asked for: what the tree does on purpose (no SQLModel,
    no async, no FastAPI) is none. ``advise`` gives what works there and could be better. Neither: the criterion speaks
    of answers only. ``fix`` says what ``--fix`` does about it and how safe that is; empty where it does nothing.
    ``sources`` are addresses of official documentation.
    """

    id: str
    title: str
    statement: str
    why: str
    remedy: str
    kind: Kind
    example: Example
    sources: tuple[str, ...]
    static: Callable[[Subject], Opinion]
    dynamic: Callable[[Subject], Opinion]
    find: Callable[[Facts], Iterable[Evidence]] | None = None
    advise: Callable[[Facts], Iterable[Evidence]] | None = None
    fix: str = ""
    passing: tuple[Sample, ...] = field(default=())
    failing: tuple[Sample, ...] = field(default=())


def passed(reason: str) -> Opinion:
    return Opinion(State.PASS, reason)


def failed(reason: str, evidence: Iterable[Evidence] = (), remedy: str = "") -> Opinion:
    return Opinion(State.FAIL, reason, tuple(evidence), remedy)


def short(text: str) -> str:
    """The text of an exception for a reason: one line, without the link to its background, at most 200 characters."""
    line = " ".join(text.partition("(Background on this error at")[0].split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 2].rsplit(" ", 1)[0] + " …"


def unknown(reason: str) -> Opinion:
    return Opinion(State.UNKNOWN, reason)


def no_occasion(reason: str) -> Opinion:
    return Opinion(State.NOT_APPLICABLE, reason)


def at(place: At, message: str) -> Evidence:
    """Evidence at a place that reading found."""
    return Evidence(place.path, place.line, message, place.column)


def nothing_dynamic(subject: Subject) -> Opinion:
    """The dynamic side of a criterion that only reading decides."""
    return subject.not_run if subject.import_failed else unknown("only reading the code tells")
