"""Outcomes, evidence, verdicts and grades: the plain data that every part of the harness speaks."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class Outcome(StrEnum):
    """What a criterion says about a completion."""

    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    UNDECIDED = "undecided"


class Overall(StrEnum):
    """What all criteria of a case say together; ``ERROR`` is a fault of the harness or the machine."""

    PASS = "pass"
    FAIL = "fail"
    UNDECIDED = "undecided"
    ERROR = "error"


class State(StrEnum):
    """What one kind of evidence (static or dynamic) says; ``NOT_APPLICABLE`` means it saw no occasion to judge."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place and what was seen there. ``path`` is a file of the answer, ``line`` is 1-based in the completion.

    ``column`` is 1-based, 0 where it is not known.
    """

    path: str
    line: int
    message: str
    column: int = 0


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the static or the dynamic side says of one criterion, and why.

    ``remedy`` stands in for the criterion's own where that would not help.
    """

    state: State
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one criterion with its reason, evidence and remedy (empty unless something is to be done)."""

    outcome: Outcome
    reason: str
    static: State | None = None
    dynamic: State | None = None
    evidence: tuple[Evidence, ...] = ()
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Grade:
    """All verdicts of one completion on one database, in the order of the case's criteria."""

    case: str
    completion: str
    overall: Overall
    verdicts: dict[str, Verdict]
    database: str = "sqlite"
    arm: str = ""
    model: str | None = None
    sample: int = 0
    error: str = ""
    environment: dict[str, object] = field(default_factory=dict)


def overall(verdicts: Mapping[str, Verdict]) -> Overall:
    """Pass when every criterion passes or has no occasion, fail when one fails, else undecided."""
    return overall_of([verdict.outcome for verdict in verdicts.values()])


def overall_of(outcomes: Collection[Outcome]) -> Overall:
    """The same of the outcomes alone."""
    worst = next((each for each in (Outcome.FAIL, Outcome.UNDECIDED) if each in outcomes), Outcome.PASS)
    return Overall(worst.value)
