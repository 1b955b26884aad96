"""Grades one completion: extract, read, run, judge."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from queue import SimpleQueue
from typing import TYPE_CHECKING

from harness.answer import Answer, extract
from harness.criteria import CRITERIA, Subject, believed, combine, tempered
from harness.databases import Backend, Choice, SqliteBackend, choose
from harness.databases.choice import POSTGRESQL
from harness.errors import HarnessError, MachineError
from harness.gate import Gate
from harness.observations import Observations, Place
from harness.probes import observe
from harness.sandbox import Limits, Sandbox, self_test
from harness.source.facts import At
from harness.source.given import EntitySpec, Frame
from harness.source.reader import Reader
from harness.verdicts import Grade, Overall, Verdict, overall
from harness.versions import versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    from harness.cases import Case
    from harness.completions import Completion
    from harness.databases.postgresql import Server
    from harness.source.facts import Reading

LIMITS = Limits(cpu_seconds=5, wall_seconds=30)
"""A right answer takes well under a second of CPU, on both databases and with every probe."""


class _Bench:
    """Where one thread runs answers on one database."""

    def __init__(self, database: Backend, *, limits: Limits, unsafe_no_sandbox: bool) -> None:
        self.database = database
        try:
            self.sandbox = Sandbox(limits=limits, unsafe_no_sandbox=unsafe_no_sandbox, sockets=database.sockets)
        except BaseException:
            database.close()
            raise
        self.environment: dict[str, object] = {
            **versions(),
            **database.environment,
            "sandbox": dict(self.sandbox.layers),
        }

    def close(self) -> None:
        """End what runs there."""
        self.sandbox.close()
        self.database.close()


class _Worker:
    """What one thread grades with: a child that reads, and benches to run answers on, by the kind of the database."""

    def __init__(self) -> None:
        self.reader = Reader()
        self.benches: dict[str, _Bench] = {}

    def close(self) -> None:
        self.reader.close()
        for bench in self.benches.values():
            bench.close()


class Grader:
    """Grades completions with ``jobs`` workers; a context manager.

    ``databases`` are ``sqlite`` and PostgreSQL's URL, one or both; ``limits`` are what the code of one answer may use.
    ``environment`` holds the versions that the verdicts are true for and the layers of the sandbox. Raises
    ``MachineError`` when answers cannot be run here, ``InputError`` for a database that is not known.
    """

    def __init__(
        self,
        *,
        jobs: int = 1,
        databases: Sequence[str] = ("sqlite",),
        unsafe_no_sandbox: bool = False,
        limits: Limits = LIMITS,
    ) -> None:
        choices = [choose(each) for each in databases]
        self.databases = tuple(choice.kind for choice in choices)
        self._server: Server | None = None
        self._gate = Gate()
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self._workers: list[_Worker] = []
        if not unsafe_no_sandbox:
            for sockets in sorted({choice.kind == POSTGRESQL for choice in choices}):
                if failures := self_test(sockets=sockets).failures:
                    raise MachineError(f"the sandbox does not hold here: {'; '.join(failures)}; see harness doctor")
        try:
            for _ in range(max(jobs, 1)):
                worker = _Worker()
                self._workers.append(worker)
                for choice in choices:
                    bench = _Bench(self._backend(choice), limits=limits, unsafe_no_sandbox=unsafe_no_sandbox)
                    worker.benches[choice.kind] = bench
                self._idle.put(worker)
        except BaseException:
            self.close()
            raise
        self._environments = {kind: bench.environment for kind, bench in self._workers[0].benches.items()}
        self.environment = self._environments[self.databases[0]]

    def __enter__(self) -> Grader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all workers."""
        for worker in self._workers:
            with suppress(OSError):
                worker.close()
        self._workers.clear()
        if self._server is not None:
            self._server.close()

    def grade(
        self,
        text: str,
        case: Case,
        *,
        name: str,
        arm: str = "",
        model: str | None = None,
        sample: int = 0,
        database: str = "",
    ) -> Grade:
        """Grade one completion on one of ``databases``, the first when left out.

        A fault of the machine is raised as ``MachineError``, never made a verdict.
        """
        grade = self.grade_answer(extract(text), case, name=name, database=database)
        return replace(grade, arm=arm, model=model, sample=sample)

    def grade_answer(self, answer: Answer, case: Case, *, name: str, database: str = "") -> Grade:
        """Grade code whose files are known; otherwise as ``grade``."""
        database = database or self.databases[0]
        worker = self._idle.get()
        try:
            with self._gate.together():
                verdicts = _judge(answer, case, worker.reader, worker.benches[database], self._gate)
        finally:
            self._idle.put(worker)
        return Grade(
            case=case.id,
            completion=name,
            overall=overall(verdicts),
            verdicts=verdicts,
            database=database,
            environment=self._environments[database],
        )

    def grade_all(self, completions: Iterable[Completion], cases: Mapping[str, Case]) -> Iterator[Grade]:
        """Grade many, in their order, each on every database. What the machine fails at becomes an ``error``."""
        with ThreadPoolExecutor(len(self._workers)) as pool:
            waiting: list[Future[Grade]] = [
                pool.submit(self.attempt, each, cases[each.case], database)
                for each in completions
                for database in self.databases
            ]
            try:
                for future in waiting:
                    yield future.result()
            finally:
                for future in waiting:
                    future.cancel()

    def attempt(self, each: Completion, case: Case, database: str) -> Grade:
        """Grade one completion on one database; what the machine fails at becomes an ``error``."""
        try:
            return self.grade(
                each.text,
                case,
                name=each.name,
                arm=each.arm,
                model=each.model,
                sample=each.sample,
                database=database,
            )
        except HarnessError as error:
            reason = str(error)
        except Exception as error:
            reason = f"the harness itself failed: {type(error).__name__}: {error}"
        return Grade(
            case=each.case,
            completion=each.name,
            overall=Overall.ERROR,
            verdicts={},
            database=database,
            arm=each.arm,
            model=each.model,
            sample=each.sample,
            error=reason,
            environment=self._environments[database],
        )

    def _backend(self, choice: Choice) -> Backend:
        if choice.kind != POSTGRESQL:
            return SqliteBackend()
        from harness.databases.postgresql import PostgresBackend, Server  # only where it is asked for

        if self._server is None:
            self._server = Server(choice.url)
            self._server.check()
        return PostgresBackend(self._server, choice.driver)


def _judge(answer: Answer, case: Case, reader: Reader, bench: _Bench, gate: Gate) -> dict[str, Verdict]:
    entities = {
        name: EntitySpec(dict(entity.fields), dict(entity.parents)) for name, entity in case.context.entities.items()
    }
    shown = case.context.endpoint
    reading = reader.read(
        answer.files,
        answer.wrong,
        complete=case.complete.value,
        entities=entities,
        frame=Frame(shown.head, shown.variable, shown.fetch, shown.answer) if shown is not None else None,
        refused=(answer.refused,) if answer.refused else (),
    )
    subject = _subject(answer, case, reading, _run(reading, case, bench, gate))
    verdicts: dict[str, Verdict] = {}
    for criterion_id in case.criteria:
        criterion = CRITERIA[criterion_id]
        static = believed(criterion, criterion.static(subject), subject.run)
        dynamic = tempered(criterion, criterion.dynamic(subject), subject.run)
        verdicts[criterion_id] = combine(criterion, static, dynamic)
    return verdicts


def _run(reading: Reading, case: Case, bench: _Bench, gate: Gate) -> Observations:
    if reading.facts.unreadable or reading.facts.refused:
        return Observations(ran=False, why_not="the code could not be read, so it was not run")
    if not any(not module.ours and not module.lends for module in reading.program.modules):
        return Observations(ran=False, why_not="the completion holds no code that can be run")
    return observe(
        reading.program,
        probe=case.probe.value,
        sandbox=bench.sandbox,
        database=bench.database,
        alone=gate.alone,
    )


def _subject(answer: Answer, case: Case, reading: Reading, run: Observations) -> Subject:
    origins = {file.module: (file.path, file.lines) for file in (*answer.files, *answer.wrong)}

    def locate(place: Place) -> At:
        path, lines = origins.get(place.module, (place.module, ()))
        return At(path, lines[place.line - 1] if 0 < place.line <= len(lines) else place.line)

    return Subject(
        facts=reading.facts,
        wrong=reading.wrong,
        prose=answer.prose,
        run=run,
        locate=locate,
        writes_judged=case.probe.value == "create",
        notes=answer.problems,
        reads_judged=case.probe.value == "relation",
        asked_complete=case.complete.value != "nothing",
    )
