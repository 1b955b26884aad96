"""request-scope: one session a request, and no session that two coroutines use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.criteria.criterion import (
    Criterion,
    Example,
    Kind,
    Opinion,
    Sample,
    Subject,
    at,
    failed,
    no_occasion,
    passed,
    unknown,
)
from harness.observations import SessionKind
from harness.source.facts import Facts, Receives, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.verdicts import Evidence


def shared(facts: Facts) -> tuple[Evidence, ...]:
    """Where the code, read alone, shares a session between requests, tasks or coroutines."""
    found = [at(each.at, each.how) for each in facts.shared]
    found += [at(each.at, each.why) for each in facts.endpoints if each.receives is Receives.GLOBAL]
    return tuple(dict.fromkeys(found))


def _static(subject: Subject) -> Opinion:
    facts = subject.facts
    evidence = shared(facts)
    if evidence:
        return failed(evidence[0].message, evidence)
    engines = [each for each in facts.engines if each.per_request]
    if engines:
        return failed("an engine is made for every request", [at(each.at, "an engine a request") for each in engines])
    if facts.dependencies:
        if all(each.shape in (Shape.RIGHT, Shape.NOT_ASYNC) for each in facts.dependencies):
            return passed("every request gets a session of its own")
        return unknown("whether every request has its own session cannot be read from the code")
    if facts.makers or any(each.receives is Receives.OPENS for each in facts.endpoints):
        return unknown("no dependency is shown")
    return no_occasion("the code makes no session")


def _dynamic(subject: Subject) -> Opinion:
    run = subject.run
    if subject.import_failed:
        return subject.not_run
    if run.stopped and not (subject.writes_judged or subject.reads_judged):
        return failed(f"a request never ends: {run.stopped} during {run.stage}")
    sessions = [seen for seen in run.sessions if seen.place is not None and seen.requests]
    engines = [each.place for each in run.engines if each.request is not None and each.place is not None]
    checks = (
        ("one session is used by several requests", [s.place for s in sessions if len(s.requests) > 1]),
        (
            "a session made outside of any request is used by one",
            [s.place for s in sessions if s.made_in_request is None],
        ),
        (
            "several tasks of one request use the same session",
            [s.place for s in sessions if s.tasks_per_request > 1 and s.kind is not SessionKind.SYNC],
        ),
        ("a session that a request used is never closed", [s.place for s in sessions if s.used and not s.closed]),
        ("an engine is made for every request", engines if len(engines) > 1 else []),
        (
            "the dependency gives two requests the same session",
            [d.place for d in subject.dependency_runs if d.same_session_in_two_requests],
        ),
        (
            "the session is not closed when the request ends",
            [
                d.place
                for d in subject.dependency_runs
                if d.closed_after_request is False or d.closed_after_error is False
            ],
        ),
    )
    for message, places in checks:
        if places:
            return failed(message, subject.places((place, message) for place in places))
    if sessions or any(run_.closed_after_request for run_ in subject.dependency_runs):
        return passed("every request had its own session, closed when it ended")
    if run.exchanges and not run.stopped:
        return no_occasion("no request used a session that the answer made")
    return subject.not_run


def _find(facts: Facts) -> Iterator[Evidence]:
    in_web = "fastapi" in facts.packages or "starlette" in facts.packages
    for found in facts.shared:
        if found.certain and (found.by_tasks or in_web):
            yield at(found.at, found.how)
    for endpoint in facts.endpoints:
        if endpoint.method and endpoint.receives is Receives.GLOBAL and not endpoint.is_sync_session:
            yield at(endpoint.at, endpoint.why)
    for each in facts.engines:
        if each.per_request:
            yield at(each.at, "an engine is made for every request")


CRITERION = Criterion(
    id="request-scope",
    title="One session a request",
    statement="Each request has its own session, closed when it ends; no session is shared by tasks or coroutines.",
    why="A shared session mixes transactions: one request's commit stores, or its rollback throws away, another's work.",
    remedy="Open the session in the dependency; give every gathered coroutine and background task its own; make the "
    "engine once, at module level or in the lifespan.",
    kind=Kind.HAZARD,
    example=Example(
        wrong="""
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from app.models import Task

app = FastAPI()
engine = create_async_engine("postgresql+asyncpg://localhost/app", pool_size=10, pool_pre_ping=True)
make_session = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
session = make_session()  # !


@app.post("/tasks")
async def create_task(task: Task) -> Task:
    session.add(task)  # !
    await session.commit()
    return task
""",
        right="""
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from app.models import Task

app = FastAPI()
engine = create_async_engine("postgresql+asyncpg://localhost/app", pool_size=10, pool_pre_ping=True)
make_session = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with make_session() as session:
        yield session


@app.post("/tasks")
async def create_task(task: Task, session: Annotated[AsyncSession, Depends(get_session)]) -> Task:
    session.add(task)
    await session.commit()
    return task
""",
    ),
    sources=(
        "https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#using-asyncsession-with-concurrent-tasks",
        "https://docs.sqlalchemy.org/en/20/orm/session_basics.html#is-the-session-thread-safe-is-asyncsession-safe-to-share-in-concurrent-tasks",
        "https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/",
    ),
    static=_static,
    dynamic=_dynamic,
    find=_find,
    passing=(
        Sample(
            """
async_session = session = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with session() as s:
        yield s
"""
        ),
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def load(task_id: int):
    async with make() as session:
        return await session.get(Task, task_id)
async def both():
    return await asyncio.gather(load(1), load(2))
"""
        ),
    ),
    failing=(
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
_session: AsyncSession | None = None
def current() -> AsyncSession:
    global _session
    if _session is None:
        _session = make()  # !
    return _session
"""
        ),
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
class UnitOfWork:
    async def __aenter__(self):
        self.session = make()
        return self
    async def __aexit__(self, *error):
        await self.session.close()
work = UnitOfWork()  # !
async def get_work():
    async with work:
        yield work
@app.get("/tasks")
async def tasks(unit: UnitOfWork = Depends(get_work)):
    return (await unit.session.exec(select(Task))).all()
"""
        ),
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
@functools.lru_cache
def _session() -> AsyncSession:  # !
    return make()
async def get_session():
    async with _session() as session:
        yield session
"""
        ),
        Sample(
            """
async def both(session: AsyncSession):
    return await asyncio.gather(session.get(Task, 1), session.get(Task, 2))  # !
"""
        ),
        Sample(
            """
async def get_session():
    engine = create_async_engine(DATABASE_URL)  # !
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session
@app.get("/tasks")
async def tasks(session: AsyncSession = Depends(get_session)):
    return (await session.exec(select(Task))).all()
"""
        ),
    ),
)
