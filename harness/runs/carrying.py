"""Carries out a run: asks for what is missing, judges what comes back, and saves both the moment they are there."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.completions import Completion
from harness.endpoints.asking import Asker, Patience
from harness.endpoints.budget import Budget, BudgetSpentError
from harness.endpoints.endpoint import AskError
from harness.endpoints.limiter import Limiter
from harness.errors import HarnessError
from harness.runs.digests import text_digest
from harness.runs.plan import Action, Decision, decide
from harness.runs.store import encoded
from harness.verdicts import Grade, Overall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.endpoints.endpoint import Endpoint
    from harness.grading import Grader
    from harness.runs.experiment import Sample
    from harness.runs.store import Store

_WAITING = 256
"""Completions that wait to be judged before asking waits for judging."""


@dataclass(frozen=True, slots=True)
class Pace:
    """At most so many requests at once to each endpoint, and when to give up on one."""

    most: int = 16
    patience: Patience = field(default_factory=Patience)


@dataclass(slots=True)
class Done:
    """What carrying out came to. ``unasked`` samples would have led beyond the budget."""

    asked: int = 0
    failed: int = 0
    unasked: int = 0
    graded: int = 0
    tries: int = 0
    halved: int = 0


@dataclass(frozen=True, slots=True)
class Course:
    """The samples of a run with what is done about each."""

    samples: Sequence[Sample]
    decisions: Sequence[Decision]

    def with_action(self, action: Action) -> list[tuple[Sample, Decision]]:
        """Those samples that ``action`` is taken for."""
        pairs = zip(self.samples, self.decisions, strict=True)
        return [(sample, decision) for sample, decision in pairs if decision.action is action]

    @property
    def in_flight(self) -> int:
        """How many were on their way when the run ended, and may be asked for twice."""
        return sum(each.in_flight for each in self.decisions)

    @property
    def idle(self) -> bool:
        """Nothing is to be done."""
        return all(each.action is Action.REUSE for each in self.decisions)

    def counts(self) -> dict[str, int]:
        """Samples by what is done with them."""
        found = Counter(each.action for each in self.decisions)
        return {action.value: found[action] for action in Action} | {"in_flight": self.in_flight}


async def course_of(samples: Sequence[Sample], store: Store, databases: Sequence[str]) -> Course:
    """What has to be done for each sample, by what the store holds of it, whichever run it was asked for."""
    known = await store.known(samples)
    return Course(samples, [decide(known.get(each.digest), databases) for each in samples])


async def count_spent(samples: Iterable[Sample], store: Store, run: str, budget: Budget) -> None:
    """Let ``budget`` count what was sent for ``samples`` of ``run`` before it was ended."""
    spent = await store.spent(run)
    budget.go_on([(each.endpoint, each.request, *spent[each.digest]) for each in samples if each.digest in spent])


class Carrier:
    """Carries out one course. ``on_grade`` gets each new grade, as it arrives."""

    def __init__(
        self,
        course: Course,
        store: Store,
        run: str,
        grader: Grader,
        budget: Budget,
        *,
        jobs: int,
        pace: Pace | None = None,
        on_grade: Callable[[Grade], object] = lambda grade: None,
    ) -> None:
        self.done = Done()
        self._course = course
        self._store = store
        self._run = run
        self._grader = grader
        self._budget = budget
        self._jobs = jobs
        self._pace = pace or Pace()
        self._on_grade = on_grade
        self._queue: asyncio.Queue[tuple[Sample, str, Sequence[str]]] = asyncio.Queue(_WAITING)
        self._judging: dict[tuple[str, str, str], asyncio.Task[Grade]] = {}
        self._judged: set[tuple[str, str, str]] = set()

    async def carry_out(self) -> Done:
        """Ask and judge. Raises ``MachineError`` when the store or a command fails: what is saved stays saved."""
        self._judged = await self._store.judged({each.case.id: each.case for each in self._course.samples}.values())
        missing: dict[Endpoint, list[tuple[Sample, Decision]]] = {}
        for sample, decision in self._course.with_action(Action.RERUN):
            missing.setdefault(sample.endpoint, []).append((sample, decision))
        with ThreadPoolExecutor(self._jobs) as threads:
            try:
                async with asyncio.TaskGroup() as all_of_it:
                    judges = [all_of_it.create_task(self._judge(threads)) for _ in range(self._jobs)]
                    async with asyncio.TaskGroup() as asking:
                        asking.create_task(self._again())
                        for endpoint, wanted in missing.items():
                            asking.create_task(self._ask_all(endpoint, wanted))
                    await self._queue.join()
                    for judge in judges:
                        judge.cancel()
            except BaseExceptionGroup as group:
                raise _first(group) from None
        return self.done

    async def _ask_all(self, endpoint: Endpoint, wanted: Sequence[tuple[Sample, Decision]]) -> None:
        limiter = Limiter(self._pace.most)
        asker = Asker(endpoint, limiter, self._budget, self._pace.patience)
        waiting = iter(wanted)

        async def work() -> None:
            for sample, decision in waiting:
                await self._ask(asker, sample, decision)

        async with asyncio.TaskGroup() as workers:
            for _ in range(min(self._pace.most, len(wanted))):
                workers.create_task(work())
        self.done.halved += limiter.halved

    async def _ask(self, asker: Asker, sample: Sample, decision: Decision) -> None:
        try:
            answered = await asker.ask(sample.request, lambda: self._store.asked(self._run, sample))
        except BudgetSpentError:
            self.done.unasked += 1
            return
        except AskError as error:
            self.done.failed += 1
            await self._store.failed(sample, str(error))
            for database in decision.databases:
                self._on_grade(_lost(sample, database, str(error)))
            return
        await self._store.answered(sample, answered)
        self.done.asked += 1
        self.done.tries += answered.tries
        await self._queue.put((sample, answered.reply.text, decision.databases))

    async def _again(self) -> None:
        """What is stored and has to be judged."""
        wanted = self._course.with_action(Action.REGRADE)
        for start in range(0, len(wanted), _WAITING):
            chunk = wanted[start : start + _WAITING]
            texts = await self._store.texts(sample.digest for sample, _ in chunk)
            for sample, decision in chunk:
                await self._queue.put((sample, texts[sample.digest], decision.databases))

    async def _judge(self, threads: ThreadPoolExecutor) -> None:
        while True:
            sample, text, databases = await self._queue.get()
            for database in databases:
                grade = await self._grade(sample, text, database, threads)
                self._on_grade(grade)
            self._queue.task_done()

    async def _grade(self, sample: Sample, text: str, database: str, threads: ThreadPoolExecutor) -> Grade:
        """The same text is judged once, also when it comes twice at the same time, or was an answer before."""
        key = (sample.case.id, text_digest(encoded(text)), database)
        if key not in self._judging:
            known = key in self._judged
            judging = (
                self._store.grade(sample.case, *key[1:])
                if known
                else self._grade_and_save(sample, text, database, threads)
            )
            self._judging[key] = asyncio.create_task(judging)
        return _named(await self._judging[key], sample)

    async def _grade_and_save(self, sample: Sample, text: str, database: str, threads: ThreadPoolExecutor) -> Grade:
        completion = Completion(sample.case.id, sample.name, text, Path(sample.name))
        loop = asyncio.get_running_loop()
        grade = await loop.run_in_executor(threads, self._grader.attempt, completion, sample.case, database)
        await self._store.graded(sample.case, text, grade)
        self.done.graded += 1
        return grade


def _named(grade: Grade, sample: Sample) -> Grade:
    return replace(grade, completion=sample.name, arm=sample.arm.name, model=sample.endpoint.name, sample=sample.number)


def _lost(sample: Sample, database: str, error: str) -> Grade:
    blank = Grade(sample.case.id, sample.name, Overall.ERROR, {}, database, error=error)
    return _named(blank, sample)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The harness's own error in a group, else any."""
    leaves: list[BaseException] = []
    waiting: list[BaseException] = [group]
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
        else:
            leaves.append(each)
    return next((each for each in leaves if isinstance(each, HarnessError)), leaves[0])
