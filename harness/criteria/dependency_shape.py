"""dependency-shape: an async generator that opens the session in ``async with`` and yields inside it."""

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
from harness.source.facts import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.facts import DependencyFact, Facts
    from harness.verdicts import Evidence


_FAULTS = {
    Shape.NOT_ASYNC: "the dependency is a sync generator",
    Shape.NO_WITH: "the dependency yields a session that no `async with` opened",
    Shape.CLOSES: "the dependency yields a session that no `async with` opened",
    Shape.RETURNS: "the dependency returns the session instead of yielding it: it is closed, or never closed",
    Shape.DECORATED: "a context manager function is given to Depends: the endpoint gets the manager, not the session",
    Shape.SYNC_WITH: "the dependency opens the session with a sync `with`",
}


def _static(subject: Subject) -> Opinion:
    dependencies = subject.facts.dependencies
    wrong = [each for each in dependencies if each.shape in _FAULTS]
    if wrong:
        return failed(_FAULTS[wrong[0].shape], [at(each.shape_at, _FAULTS[each.shape]) for each in wrong])
    if dependencies:
        if all(each.shape is Shape.RIGHT for each in dependencies):
            return passed("the session is opened in async with and yielded inside it")
        return unknown("how the dependency opens its session cannot be read from the code")
    if subject.asked_complete and subject.facts.files and not subject.facts.unreadable:
        return failed("there is no dependency that yields a session")
    return no_occasion("the code shows no session dependency")


def _dynamic(subject: Subject) -> Opinion:
    runs = subject.dependency_runs
    for run in runs:
        if run.closed_after_request is False or run.closed_after_error is False:
            when = "after the request" if run.closed_after_request is False else "after an error in the endpoint"
            message = f"the session of {run.name} is not closed {when}"
            return failed(message, subject.places([(run.place, message)]))
        if run.open_during_request is False:
            message = f"the session of {run.name} is closed before the endpoint gets it"
            return failed(message, subject.places([(run.place, message)]))
    leaked = [
        seen
        for seen in subject.run.sessions
        if seen.used and not seen.closed and seen.requests and seen.place and seen.tasks_per_request < 2
    ]
    if leaked:
        message = "a session that a request used is never closed"
        return failed(message, subject.places((seen.place, message) for seen in leaked))
    if any(run.closed_after_request and run.is_async_generator for run in runs):
        return passed("the session is open during the request and closed after it")
    return subject.not_run


def _find(facts: Facts) -> Iterator[Evidence]:
    for each in facts.dependencies:
        if _is_async(each) and each.shape in _FAULTS and each.shape is not Shape.CLOSES:
            yield at(each.shape_at, _FAULTS[each.shape])


def _advise(facts: Facts) -> Iterator[Evidence]:
    for each in facts.dependencies:
        if _is_async(each) and each.shape is Shape.CLOSES:
            yield at(each.shape_at, "the session is closed in `finally`: `async with` says the same in one line")


def _is_async(dependency: DependencyFact) -> bool:
    return (dependency.depended_on or dependency.alone) and dependency.flavor is not None and dependency.flavor.is_async


CRITERION = Criterion(
    id="dependency-shape",
    title="The dependency's shape",
    statement="An async generator opens the session in async with and yields inside it; used sessions are always closed.",
    why="Anything else leaves a session open when a request fails, or hands out one that is closed already.",
    remedy="`async def get_session(): async with async_session_factory() as session: yield session`.",
    kind=Kind.STRUCTURE,
    example=Example(
        wrong="""
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
    session = make_session()
    yield session  # !


@app.get("/tasks/{task_id}")
async def read_task(task_id: int, session: Annotated[AsyncSession, Depends(get_session)]) -> Task | None:
    return await session.get(Task, task_id)
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


@app.get("/tasks/{task_id}")
async def read_task(task_id: int, session: Annotated[AsyncSession, Depends(get_session)]) -> Task | None:
    return await session.get(Task, task_id)
""",
    ),
    sources=(
        "https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/",
        "https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#synopsis-orm",
    ),
    static=_static,
    dynamic=_dynamic,
    find=_find,
    advise=_advise,
    fix="Safe where a generator stays one: what it assigns and yields is opened in `async with`, and closed by it. Unsafe where its kind changes: `return` becomes `yield`, `def` becomes `async def`, `@asynccontextmanager` goes; no fix where a call of the function is seen, but code that is not read may call it, too.",
    passing=(
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
@asynccontextmanager
async def scope():
    async with make() as session:
        yield session
async def get_session():
    async with scope() as session:
        yield session
"""
        ),
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        try:
            yield session
        except BaseException:
            await session.rollback()
            raise
"""
        ),
    ),
    failing=(
        Sample(
            """
def get_session(request: Request) -> AsyncSession:  # !
    return request.state.session
@app.get("/tasks")
async def tasks(session: AsyncSession = Depends(get_session)):
    return (await session.exec(select(Task))).all()
"""
        ),
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    session = make()
    try:
        yield session  # ?
    finally:
        await session.close()
"""
        ),
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        return session  # !
"""
        ),
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
@asynccontextmanager
async def get_session():  # !
    async with make() as session:
        yield session
@app.get("/tasks")
async def tasks(session: AsyncSession = Depends(get_session)):
    return (await session.exec(select(Task))).all()
"""
        ),
    ),
)
