"""The store of runs: every completion and every grade, saved the moment it arrives, and found again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from sqlalchemy import Table, bindparam, func, update
from sqlalchemy import select as sql_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlalchemy.orm import defer
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from harness.errors import InputError, MachineError
from harness.runs.database import Database, reason
from harness.runs.digests import case_digest, digest_of, text_digest
from harness.runs.plan import Known
from harness.runs.tables import RunSample, StoredEnvironment, StoredGrade, StoredRun, StoredSample
from harness.runs.verdicts import grade_from_row, verdicts_to_row
from harness.runs.writer import Writer
from harness.verdicts import Grade, Overall

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
    from types import TracebackType

    from sqlalchemy.orm import QueryableAttribute
    from sqlmodel.sql.expression import Select, SelectOfScalar

    from harness.cases import Case
    from harness.endpoints.asking import Answered
    from harness.runs.experiment import Sample

_Row = TypeVar("_Row")
_ANSWERED = (
    *("answered", "tries", "text", "text_digest", "finish", "input_tokens", "output_tokens", "cost", "seconds"),
    *("reported_model", "reply_id"),
)
_JUDGED = ("overall", "error", "verdicts", "environment", "judged")
_ROWS = 500
"""How many rows one statement carries or looks up: SQLite limits its variables."""


@dataclass(frozen=True, slots=True)
class StoredRunInfo:
    """A run of the store: when it began, and the "run" of its JSON ({} while it was never finished)."""

    name: str
    started: str
    header: Mapping[str, Any]


class Store:
    """A store of runs, open; an async context manager. All errors of the database are ``MachineError``.

    ``place`` is SQLite's file or ``postgresql+asyncpg://...``; without ``create``, one that is not there is an
    ``InputError``. ``judging`` is the digest of what judges: grades by others are kept, and not looked at.
    """

    def __init__(self, place: str, *, judging: str = "", create: bool = True) -> None:
        self.database = Database(place)
        self.judging = judging
        self._create = create
        self._sessions = async_sessionmaker(self.database.engine, class_=AsyncSession, expire_on_commit=False)
        insert = postgresql.insert if self.database.on_server else sqlite.insert
        self._insert = insert
        # statements on tables, not on classes: they are carried out for each request, and mapping takes its time
        samples, environments, grades = (_table(each) for each in (StoredSample, StoredEnvironment, StoredGrade))
        graded = insert(grades)
        self._writer = Writer(
            self._sessions,
            {
                "asked": _update(samples, "run", "asked", "error"),
                "answered": _update(samples, *_ANSWERED),
                "failed": _update(samples, "error"),
                "environment": insert(environments).on_conflict_do_nothing(),
                "grade": graded.on_conflict_do_update(
                    index_elements=["case_digest", "text_digest", "database", "judging"],
                    set_={name: graded.excluded[name] for name in _JUDGED},
                ),
            },
            self.database.shown,
        )
        self._environments: dict[str, str] = {}
        self._saved_environments: set[str] = set()
        self._case_digests: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        await self.database.open(create=self._create)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._writer.close()
        await self.database.close()

    async def hold(self, run: str) -> None:
        """Keep other processes from carrying out ``run`` until this store is closed. ``MachineError`` if one does."""
        await self.database.hold(run)

    async def begin(self, run: str, samples: Sequence[Sample], header: Mapping[str, object]) -> None:
        """Write down what ``run`` is made of; what is there already stays."""
        try:
            async with self._sessions.begin() as session:
                there = await session.get(StoredRun, run)
                if there is None:
                    there = StoredRun(name=run, started=_now())
                    session.add(there)
                there.header, there.judging = dict(header), self.judging
                await session.flush()
                held = set((await session.exec(select(RunSample.sample).where(RunSample.run == run))).all())
                new = [(place, each) for place, each in enumerate(samples) if each.digest not in held]
                for rows in _chunks(new):
                    await session.exec(
                        self._insert(StoredSample).on_conflict_do_nothing(),
                        params=[_sample_row(each) for _, each in rows],
                    )
                    await session.exec(
                        self._insert(RunSample).on_conflict_do_nothing(),
                        params=[
                            {"run": run, "position": place, "sample": each.digest, "arm": each.arm.name}
                            for place, each in rows
                        ],
                    )
        except SQLAlchemyError as error:
            raise self._fault(error) from error

    async def known(self, samples: Sequence[Sample]) -> dict[str, Known]:
        """What is stored of each sample, by its digest."""
        digests = {case.id: self._digest_of(case) for case in {each.case.id: each.case for each in samples}.values()}
        found: list[StoredSample] = []
        grades: list[StoredGrade] = []
        async with self._reading() as session:
            for chunk in _chunks([each.digest for each in samples]):
                mine = col(StoredSample.digest).in_(chunk)
                texts = select(col(StoredSample.text_digest)).where(mine)
                found += await session.exec(select(StoredSample).where(mine).options(_without(StoredSample.text)))
                grades += await session.exec(
                    select(StoredGrade)
                    .where(col(StoredGrade.text_digest).in_(texts))
                    .options(_without(StoredGrade.verdicts))
                )
        current: dict[tuple[str, str], dict[str, str]] = {}
        before: dict[str, set[str]] = {}
        for grade in grades:
            if grade.judging == self.judging:
                failed = (grade.error or "no reason is known") if grade.overall == Overall.ERROR else ""
                current.setdefault((grade.case_digest, grade.text_digest), {})[grade.database] = failed
            before.setdefault(grade.text_digest, set()).add(grade.database)
        return {
            each.digest: Known(
                asked=each.asked is not None,
                answered=each.answered is not None,
                error=each.error,
                grades=current.get((digests.get(each.case, ""), each.text_digest or ""), {}),
                judged_before=frozenset(before.get(each.text_digest or "", ())),
                finish=each.finish,
            )
            for each in found
        }

    async def judged(self, cases: Iterable[Case]) -> set[tuple[str, str, str]]:
        """The texts that these judges have judged: case, digest of the text, database. Errors are no judgement."""
        ids = {self._digest_of(case): case.id for case in cases}
        columns = (col(StoredGrade.case_digest), col(StoredGrade.text_digest), col(StoredGrade.database))
        wanted = select(*columns).where(
            StoredGrade.judging == self.judging, StoredGrade.overall != Overall.ERROR, columns[0].in_(ids)
        )
        async with self._reading() as session:
            rows = (await session.exec(wanted)).all()
        return {(ids[case], text, database) for case, text, database in rows}

    async def grade(self, case: Case, text: str, database: str) -> Grade:
        """What these judges have said of the text with the digest ``text``; it has to be ``judged``."""
        async with self._reading() as session:
            row = await session.get_one(StoredGrade, (self._digest_of(case), text, database, self.judging))
            held = await session.get_one(StoredEnvironment, row.environment)
            return grade_from_row(row, held.environment, {"case": case.id, "completion": ""})

    async def finishes(self, run: str) -> dict[str, int]:
        """How many answers of ``run`` ended in which way."""
        wanted = (
            select(StoredSample.finish, func.count())
            .join(RunSample)
            .where(RunSample.run == run, col(StoredSample.answered).is_not(None))
            .group_by(StoredSample.finish)
        )
        async with self._reading() as session:
            return dict((await session.exec(wanted)).all())

    async def size(self, run: str) -> int:
        """How many samples ``run`` is made of."""
        async with self._reading() as session:
            return (await session.exec(select(func.count()).where(RunSample.run == run))).one()

    async def spent(self, run: str) -> dict[str, tuple[int | None, float | None]]:
        """What the requests of ``run`` have used so far: tokens and US dollars by the digests of the samples.

        None is what was not told, as of one that was on its way when the run was killed. Failed ones are left out.
        """
        async with self._reading() as session:
            rows = [each for each, _ in (await session.exec(_samples_of(run))).all() if each.run == run]
            return {each.digest: (_tokens(each), each.cost) for each in rows if not each.error}

    async def texts(self, digests: Iterable[str]) -> dict[str, str]:
        """Completions by the digests of their samples."""
        found: dict[str, str] = {}
        async with self._reading() as session:
            for chunk in _chunks(list(digests)):
                rows = await session.exec(
                    select(StoredSample.digest, StoredSample.text).where(col(StoredSample.digest).in_(chunk))
                )
                found |= {digest: decoded(text) for digest, text in rows.all() if text is not None}
        return found

    async def asked(self, run: str, sample: Sample) -> None:
        """``sample`` is about to be sent."""
        await self._writer.save(("asked", {"key": sample.digest, "run": run, "asked": _now(), "error": ""}))

    async def answered(self, sample: Sample, answered: Answered) -> None:
        """Its completion has arrived."""
        reply = answered.reply
        text = encoded(reply.text)
        row = {
            "key": sample.digest,
            "answered": _now(),
            "tries": answered.tries,
            "text": text,
            "text_digest": text_digest(text),
            "finish": reply.finish.value,
            "input_tokens": reply.input_tokens,
            "output_tokens": reply.output_tokens,
            "cost": reply.cost,
            "seconds": reply.seconds,
            "reported_model": _plain(reply.model),
            "reply_id": _plain(reply.id),
        }
        await self._writer.save(("answered", row))

    async def failed(self, sample: Sample, error: str) -> None:
        """Asking for it failed, for good or for today."""
        await self._writer.save(("failed", {"key": sample.digest, "error": _plain(error)}))

    async def graded(self, case: Case, text: str, grade: Grade) -> None:
        """A text was judged."""
        if grade.database not in self._environments:
            self._environments[grade.database] = digest_of(grade.environment)
        environment = self._environments[grade.database]
        row = {
            "case_digest": self._digest_of(case),
            "text_digest": text_digest(encoded(text)),
            "database": grade.database,
            "judging": self.judging,
            "overall": grade.overall.value,
            "error": _plain(grade.error),
            "verdicts": verdicts_to_row(grade),
            "environment": environment,
            "judged": _now(),
        }
        if environment not in self._saved_environments:
            await self._writer.save(("environment", {"digest": environment, "environment": grade.environment}))
            self._saved_environments.add(environment)
        await self._writer.save(("grade", row))

    async def finish(self, run: str, header: Mapping[str, object]) -> None:
        """Write down what is said about the whole of ``run`` in the end."""
        try:
            async with self._sessions.begin() as session:
                (await session.get_one(StoredRun, run)).header = dict(header)
        except SQLAlchemyError as error:
            raise self._fault(error) from error

    async def runs(self) -> list[StoredRunInfo]:
        """All runs, the oldest first."""
        async with self._reading() as session:
            rows = (await session.exec(select(StoredRun).order_by(StoredRun.started, StoredRun.name))).all()
            return [StoredRunInfo(row.name, row.started, dict(row.header)) for row in rows]

    async def grades(self, run: str) -> list[Grade]:
        """The grades of a run, in its order. Samples that could not be asked for are errors, those that were not are
        left out. They are those by what judged the run last. ``InputError`` for a run that is not there.
        """
        async with self._reading() as session:
            stored = await session.get(StoredRun, run)
            if stored is None:
                raise InputError(f"{self.database.shown}: there is no run {run!r}{await self._named(session)}")
            samples = (await session.exec(_samples_of(run))).all()
            rows = (
                await session.exec(
                    select(StoredGrade).where(
                        StoredGrade.judging == stored.judging, col(StoredGrade.text_digest).in_(_texts_of(run))
                    )
                )
            ).all()
            environments = {
                row.digest: row.environment for row in (await session.exec(select(StoredEnvironment))).all()
            }
            digests, databases = stored.header["case_digests"], stored.header["databases"]
            graded = {(row.case_digest, row.text_digest, row.database): row for row in rows}
            found: list[Grade] = []
            for each, arm in samples:
                named: dict[str, Any] = {
                    "case": each.case,
                    "completion": f"{each.case}/{each.sample}",
                    "arm": arm,
                    "model": each.model,
                    "sample": each.sample,
                }
                for database in databases:
                    row = graded.get((digests[each.case], each.text_digest or "", database))
                    if row is not None:
                        found.append(grade_from_row(row, environments[row.environment], named))
                    elif each.answered is None and each.error:
                        error = each.error
                        found.append(Grade(overall=Overall.ERROR, verdicts={}, database=database, error=error, **named))
        return found

    async def completions(self, run: str) -> AsyncIterator[dict[str, Any]]:
        """What was answered in a run, in its order: ``{"case", "arm", "model", "sample", "completion"}``."""
        columns = (StoredSample.case, RunSample.arm, StoredSample.model, StoredSample.sample, StoredSample.text)
        wanted = (
            sql_select(*map(col, columns))
            .join(RunSample, col(RunSample.sample) == col(StoredSample.digest))
            .where(col(RunSample.run) == run, col(StoredSample.text).is_not(None))
            .order_by(col(RunSample.position))
        )
        async with self._reading() as session:
            async for *named, text in await session.stream(wanted.execution_options(yield_per=_ROWS)):
                yield dict(zip(("case", "arm", "model", "sample"), named, strict=True)) | {"completion": decoded(text)}

    async def _named(self, session: AsyncSession) -> str:
        names = (await session.exec(select(StoredRun.name).order_by(StoredRun.started))).all()
        return f"; it holds {', '.join(names[-5:])}" if names else "; it holds none"

    def _digest_of(self, case: Case) -> str:
        """Found out once a case: there are many samples of each."""
        if case.id not in self._case_digests:
            self._case_digests[case.id] = case_digest(case)
        return self._case_digests[case.id]

    def _reading(self) -> _Reading:
        return _Reading(self)

    def _fault(self, error: BaseException) -> MachineError:
        return MachineError(f"--store: {self.database.shown}: {reason(error)}")


class _Reading:
    """A session to read with; the database's errors become ``MachineError``, and so does what cannot be read from it:
    rows that another program has written, or changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._session = store._sessions()

    async def __aenter__(self) -> AsyncSession:
        return await self._session.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.__aexit__(kind, error, trace)
        if isinstance(error, SQLAlchemyError):
            raise self._store._fault(error) from error
        if isinstance(error, LookupError | TypeError | ValueError | AttributeError):
            message = f"--store: {self._store.database.shown}: holds what no harness writes: {error!r:.200}"
            raise MachineError(message) from error


def encoded(text: str) -> bytes:
    """A completion as bytes; half characters, which JSON can hold, survive."""
    return text.encode("utf-8", "surrogatepass")


def decoded(text: bytes) -> str:
    """What ``encoded`` was given."""
    return text.decode("utf-8", "surrogatepass")


def _samples_of(run: str) -> Select[StoredSample, str]:
    """The samples of a run with the names of their arms, in its order; without their texts."""
    return (
        select(StoredSample, RunSample.arm)
        .join(RunSample)
        .where(RunSample.run == run)
        .order_by(col(RunSample.position))
        .options(_without(StoredSample.text))
    )


def _without(column: object) -> Any:
    """The column is not read, and cannot be by accident."""
    return defer(cast("QueryableAttribute[Any]", column), raiseload=True)


def _texts_of(run: str) -> SelectOfScalar[str | None]:
    return select(col(StoredSample.text_digest)).join(RunSample).where(RunSample.run == run)


def _tokens(row: StoredSample) -> int | None:
    return None if row.input_tokens is None or row.output_tokens is None else row.input_tokens + row.output_tokens


def _table(model: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(model.__tablename__)]


def _update(table: Table, *columns: str) -> Any:
    """Of the row whose digest is ``key``."""
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    return update(table).where(table.c.digest == bindparam("key")).values(values)


def _sample_row(sample: Sample) -> dict[str, Any]:
    return {
        "digest": sample.digest,
        "model": sample.endpoint.name,
        "case": sample.case.id,
        "arm": sample.arm.name,
        "sample": sample.number,
        "parameters": dict(sample.endpoint.told)
        | ({} if sample.request.seed is None else {"seed": sample.request.seed}),
        "skill_digest": sample.arm.digest,
        "prompt_digest": digest_of([sample.request.system, sample.request.prompt]),
        "run": "",
        "tries": 0,
        "error": "",
        "finish": "",
        "reported_model": "",
        "reply_id": "",
    }


def _plain(text: str) -> str:
    """What every database takes as text."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _chunks(rows: Sequence[_Row]) -> Iterable[Sequence[_Row]]:
    return (rows[start : start + _ROWS] for start in range(0, len(rows), _ROWS))


def _now() -> str:
    return datetime.now(UTC).isoformat()
