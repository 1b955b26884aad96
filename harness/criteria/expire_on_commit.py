"""expire-on-commit: what the dependency yields keeps its objects after a commit."""

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

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.facts import Facts
    from harness.verdicts import Evidence


def _static(subject: Subject) -> Opinion:
    if subject.sessions_supplied:
        return no_occasion("the sessions come from a maker that the code leaves to its reader")
    facts = subject.facts
    held = [(each.expire, each.at) for each in facts.dependencies if each.flavor is not None]
    if not held:
        held = [(each.expire, each.at) for each in facts.makers]
    if not held:
        return no_occasion("the code makes no session")
    expiring = [place for expire, place in held if expire]
    if expiring:
        return failed(
            "the session expires its objects on commit (the default)",
            [at(place, "expire_on_commit is True here") for place in expiring],
        )
    if all(expire is False for expire, _ in held):
        return passed("expire_on_commit is False")
    return unknown("expire_on_commit cannot be read from the code")


def _dynamic(subject: Subject) -> Opinion:
    if subject.sessions_supplied:
        return no_occasion("the sessions come from a maker that the code leaves to its reader")
    held = [(run.expire_on_commit, run.place) for run in subject.dependency_runs if run.expire_on_commit is not None]
    if not held:
        held = [
            (seen.expire_on_commit, seen.place)
            for seen in subject.run.sessions
            if seen.requests and seen.place is not None and seen.expire_on_commit is not None
        ]
    if not held:
        return subject.not_run
    expiring = [place for expire, place in held if expire]
    if expiring:
        message = "the yielded session has expire_on_commit=True"
        return failed(message, subject.places((place, message) for place in expiring))
    return passed("the yielded session has expire_on_commit=False")


def _find(facts: Facts) -> Iterator[Evidence]:
    for each in facts.dependencies:
        if (each.depended_on or each.alone) and each.expire and each.flavor is not None and each.flavor.is_async:
            yield at(each.at, "hands out a session with expire_on_commit=True, the default")


CRITERION = Criterion(
    id="expire-on-commit",
    title="Objects survive the commit",
    statement="What the dependency yields has expire_on_commit False, however it is configured.",
    why="An expired object is answered as {} or raises MissingGreenlet as soon as it is read after the commit.",
    remedy="Give `expire_on_commit=False` to async_sessionmaker, or to AsyncSession(...) where it is opened.",
    kind=Kind.FLAG,
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
make_session = async_sessionmaker(engine, class_=AsyncSession)


async def get_session() -> AsyncIterator[AsyncSession]:  # !
    async with make_session() as session:
        yield session


@app.post("/tasks")
async def create_task(task: Task, session: Annotated[AsyncSession, Depends(get_session)]) -> Task:
    session.add(task)
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
        "https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#preventing-implicit-io-when-using-asyncsession",
        "https://docs.sqlalchemy.org/en/20/orm/session_basics.html#committing",
    ),
    static=_static,
    dynamic=_dynamic,
    find=_find,
    fix="Unsafe: `expire_on_commit=False` is written where the session gets its options. Objects then keep what they held at the commit: what the database or another transaction changed since (triggers, `onupdate`) shows only after `refresh()`.",
    passing=(
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession)
make.configure(expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session
"""
        ),
        Sample(
            """
class Keeping(AsyncSession):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("expire_on_commit", False)
        super().__init__(*args, **kwargs)
make = async_sessionmaker(engine, class_=Keeping)
async def get_session():
    async with make() as session:
        yield session
"""
        ),
        Sample(
            """
options = {"class_": AsyncSession, "expire_on_commit": False}
make = async_sessionmaker(engine, **options)
async def get_session():
    async with make() as session:
        yield session
"""
        ),
    ),
    failing=(
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():  # !
    async with make(expire_on_commit=True) as session:
        yield session
"""
        ),
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():  # !
    async with AsyncSession(engine) as session:
        yield session
"""
        ),
    ),
)
