"""Grading many completions: grades as they arrive, what was expected of them, and the status of the whole."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from harness.completions import Completion
from harness.databases import choose
from harness.errors import HarnessError, MachineError
from harness.verdicts import Grade, Overall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from harness.cases import Case
    from harness.completions import Difference

ALL_WELL, SOME_FAIL, BAD_INPUT, MACHINE_FAULT = 0, 1, 2, 3
INTERRUPTED = 130  # what a shell reports for a program ended by SIGINT


class RunInterruptedError(HarnessError):
    """Ctrl-C ended the run; the message says where its grades are."""

    exit_status = INTERRUPTED


@dataclass(frozen=True, slots=True)
class Judged:
    """A completion with its grade; ``differences`` is None where nothing was expected of it."""

    completion: Completion
    grade: Grade
    differences: tuple[Difference, ...] | None

    @property
    def satisfying(self) -> bool:
        """It came out as expected; where nothing was expected, it passes."""
        if self.differences is None:
            return self.grade.overall is Overall.PASS
        return not self.differences


def judged_alone(grade: Grade, source: Path) -> Judged:
    """A grade that was read back: neither the text of its completion nor what was expected of it is there."""
    completion = Completion(grade.case, grade.completion, "", source, grade.arm, grade.model, grade.sample)
    return Judged(completion, grade, None)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All grades of a run, in the order of its completions.

    ``problems`` are one line each: input that could not be used as it should. ``interrupted``: some are missing.
    ``incomplete`` says why some were not asked for, "" where all were. ``about`` is what else is known of the run.
    """

    judged: tuple[Judged, ...]
    cases: Mapping[str, Case]
    problems: tuple[str, ...] = ()
    environment: dict[str, object] = field(default_factory=dict)
    databases: tuple[str, ...] = ("sqlite",)
    started: str = ""
    seconds: float = 0.0
    interrupted: bool = False
    incomplete: str = ""
    about: Mapping[str, object] = field(default_factory=dict)

    @property
    def exit_status(self) -> int:
        """130 interrupted, 2 unusable input, 3 some grade is an error, 1 something fails or is not as expected, 0."""
        if self.interrupted:
            return INTERRUPTED
        if self.problems:
            return BAD_INPUT
        if self.incomplete or any(item.grade.overall is Overall.ERROR for item in self.judged):
            return MACHINE_FAULT
        return ALL_WELL if all(item.satisfying for item in self.judged) else SOME_FAIL


def grade(
    text: str, case: Case, *, name: str = "completion", database: str = "sqlite", unsafe_no_sandbox: bool = False
) -> Grade:
    """Grade one completion of ``case`` on ``sqlite`` or PostgreSQL's URL.

    Raises ``MachineError`` when answers cannot be run here.
    """
    from harness.grading import Grader

    with Grader(databases=[database], unsafe_no_sandbox=unsafe_no_sandbox) as grader:
        return grader.grade(text, case, name=name)


def evaluate(
    completions: Sequence[Completion],
    cases: Mapping[str, Case],
    *,
    problems: Sequence[str] = (),
    jobs: int = 1,
    databases: Sequence[str] = ("sqlite",),
    unsafe_no_sandbox: bool = False,
    on_judged: Callable[[Judged], None] = lambda judged: None,
) -> Evaluation:
    """Grade all completions, each on every one of ``databases`` (``sqlite``, PostgreSQL's URL).

    ``on_judged`` is called for each grade as it arrives.

    Never raises for a completion. When the machine fails on the way (no sandbox, a worker that keeps dying), what is
    left over gets grades with the overall verdict ``error``. Ctrl-C ends the run: what was judged by then is returned.
    """
    from harness.grading import Grader

    started, clock = datetime.now(UTC), time.monotonic()
    judged: list[Judged] = []
    environment: dict[str, object] = {}
    interrupted = False
    kinds = tuple(choose(database).kind for database in databases)
    waiting = {(_key(completion), kind): completion for completion in completions for kind in kinds}

    def take(completion: Completion, grade: Grade) -> None:
        differences = completion.expected.differences(grade) if completion.expected else None
        judged.append(Judged(completion, grade, differences))
        on_judged(judged[-1])

    try:
        with Grader(jobs=jobs, databases=databases, unsafe_no_sandbox=unsafe_no_sandbox) as grader:
            environment = dict(grader.environment)
            for grade in grader.grade_all(completions, cases):
                key = (grade.case, grade.completion, grade.arm, grade.model, grade.sample)
                take(waiting.pop((key, grade.database)), grade)
    except MachineError as error:
        for (_, database), completion in waiting.items():
            take(completion, _not_judged(completion, database, str(error), environment))
    except KeyboardInterrupt:
        interrupted = True
    return Evaluation(
        judged=tuple(judged),
        cases=cases,
        problems=tuple(problems),
        environment=environment,
        databases=kinds,
        started=started.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - clock, 3),
        interrupted=interrupted,
    )


def _key(completion: Completion) -> tuple[str, str, str, str | None, int]:
    return (completion.case, completion.name, completion.arm, completion.model, completion.sample)


def _not_judged(completion: Completion, database: str, error: str, environment: dict[str, object]) -> Grade:
    return Grade(
        case=completion.case,
        completion=completion.name,
        overall=Overall.ERROR,
        verdicts={},
        database=database,
        arm=completion.arm,
        model=completion.model,
        sample=completion.sample,
        error=error,
        environment=environment,
    )
