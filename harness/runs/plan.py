"""What has to be done for a sample: nothing, judge it again, or ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Action(StrEnum):
    """What is done with a sample."""

    REUSE = "reuse"  # nothing: its completion and its grades are stored
    REGRADE = "re-grade"  # its completion is stored and is judged
    RERUN = "re-run"  # it is asked for, and judged


@dataclass(frozen=True, slots=True)
class Known:
    """What the store holds of a sample.

    ``asked`` it was sent, ``answered`` the completion is there, ``error`` why there is none, ``finish`` how it ends;
    ``grades`` are errors of
    grading by database ("" for a good grade), ``judged_before`` the databases it was graded on, by whichever judges.
    """

    asked: bool = False
    answered: bool = False
    error: str = ""
    grades: Mapping[str, str] | None = None
    judged_before: frozenset[str] = frozenset()
    finish: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done with a sample, why, and on which databases it is judged."""

    action: Action
    why: str
    databases: tuple[str, ...] = ()
    in_flight: bool = False


def decide(known: Known | None, databases: Sequence[str]) -> Decision:
    """Nothing that is saved is asked or judged again; what is missing, failed or judged by other criteria is done."""
    everywhere = tuple(databases)
    if known is None or not (known.asked or known.answered):
        return Decision(Action.RERUN, "it was not asked yet", everywhere)
    if not known.answered:
        if known.error:
            return Decision(Action.RERUN, f"asking failed: {known.error}", everywhere)
        return Decision(Action.RERUN, "it was on its way when the run ended", everywhere, in_flight=True)
    grades = known.grades or {}
    missing = tuple(each for each in databases if each not in grades)
    failed = tuple(each for each in databases if grades.get(each))
    if not missing and not failed:
        return Decision(Action.REUSE, "completion and grades are stored")
    wanted = tuple(each for each in databases if each in missing or each in failed)
    if failed:
        return Decision(Action.REGRADE, f"judging failed: {grades[failed[0]]}", wanted)
    if known.judged_before.intersection(missing):
        return Decision(Action.REGRADE, "the criteria, or the versions they are judged with, have changed", wanted)
    return Decision(Action.REGRADE, "it was not judged yet", wanted)
