"""Coroutines that nobody awaits, and sessions that several use: right and wrong."""

from __future__ import annotations

import pytest

from tests.checking.trees import errors, found

HEAD = """
import asyncio
from functools import lru_cache, partial
from typing import Annotated
from fastapi import BackgroundTasks, Depends, FastAPI, Request
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel import Field, Relationship, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession
class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    title: str
engine = create_async_engine("sqlite+aiosqlite:///app.db")
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
app = FastAPI()
async def get_session():
    async with make() as session:
        yield session
"""

FUNCTIONS = {
    "own helpers": """
async def save(session: AsyncSession, thing):
    session.add(thing)
    await session.commit()
def passing(session: AsyncSession):
    return session.commit()
def maybe(session: AsyncSession, wait: bool):
    if wait:
        return session.commit()
    return None
async def f(session: AsyncSession):
    await save(session, Task(title="a"))
    await passing(session)
    maybe(session, False)
async def g(session: AsyncSession):
    save(session, Task(title="a"))  # ! awaited
    passing(session)  # ! awaited
async def h(session: AsyncSession):
    done = save(session, Task(title="a"))  # ! awaited
    return {}
async def i(session: AsyncSession):
    later = save(session, Task(title="a"))
    await later
    return save(session, Task(title="b"))
""",
    "handed on to what awaits it": """
async def f(session: AsyncSession):
    await asyncio.wait_for(session.commit(), timeout=3)
    await asyncio.shield(session.commit())
    await asyncio.gather(session.commit())
    coroutine = session.rollback()
    await asyncio.wait_for(coroutine, 1)
async def g(session: AsyncSession):
    asyncio.wait_for(session.commit(), timeout=3)  # ! awaited
""",
    "chains and attributes": """
async def f(session: AsyncSession):
    return await session.exec(select(Task)).first()  # ! awaited
async def g(session: AsyncSession):
    rows = session.exec(select(Task))  # ! awaited
    return rows.all()
async def h(session: AsyncSession, task):
    return task.awaitable_attrs.project.name  # ! awaited
async def i(session: AsyncSession, task):
    task.awaitable_attrs.project  # ! awaited
    project = await task.awaitable_attrs.project
    both = await asyncio.gather(task.awaitable_attrs.a, task.awaitable_attrs.b)
async def j(session: AsyncSession):
    await session.add(Task(title="a"))  # ! awaited
    await session.commit()
async def k(session: AsyncSession):
    if session.get(Task, 1):  # ! awaited
        return 1
""",
    "a session or another": """
async def f(other, session: AsyncSession | None = None):
    session = session or other.session
    session.commit()  # ! awaited
async def g(thing, session: AsyncSession | None = None):
    thing = thing or session
    thing.commit()
""",
    "gathered with one session": """
async def count(session: AsyncSession): ...
async def f(session: AsyncSession):
    await asyncio.gather(count(session), count(session))  # ! request-scope
async def g(session: AsyncSession):
    await asyncio.gather(*[count(session) for _ in range(2)])  # ! request-scope
async def h(session: AsyncSession):
    await asyncio.gather(count(session), asyncio.sleep(1))
""",
    "gathered with a session each": """
async def count(number):
    async with make() as session:
        return await session.get(Task, number)
async def f():
    await asyncio.gather(*[count(number) for number in range(2)])
async def g():
    async with make() as one, make() as other:
        await asyncio.gather(one.get(Task, 1), other.get(Task, 2))
""",
    "task groups": """
async def count(session: AsyncSession): ...
async def f(session: AsyncSession):
    async with asyncio.TaskGroup() as group:
        group.create_task(count(session))  # ! request-scope
        group.create_task(count(session))  # ! request-scope
async def g(session: AsyncSession):
    async with asyncio.TaskGroup() as group:
        group.create_task(count(session))
        group.create_task(asyncio.sleep(1))
async def h(session: AsyncSession):
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(session.get(Task, 1))  # ! request-scope
async def i(session: AsyncSession):
    for _ in range(3):
        async with asyncio.TaskGroup() as group:
            group.create_task(count(session))
            group.create_task(asyncio.sleep(1))
async def j(session: AsyncSession, keys: list[int]):
    async with asyncio.TaskGroup() as group:
        while keys:
            group.create_task(session.get(Task, keys.pop()))  # ! request-scope
""",
    "tasks": """
async def count(session: AsyncSession): ...
async def f(session: AsyncSession):
    asyncio.create_task(count(session))  # ! request-scope
async def g(session: AsyncSession):
    task = asyncio.create_task(session.close())
    await asyncio.shield(task)
async def h():
    asyncio.create_task(count(make()))
""",
    "background tasks": """
async def work(session: AsyncSession): ...
async def right(number: int): ...
@app.post("/")
async def f(background: BackgroundTasks, session: AsyncSession = Depends(get_session)):
    background.add_task(work, session)  # ! request-scope
    background.add_task(right, 1)
    background.add_task(work, session=session)  # ! request-scope
""",
    "global, cached and kept sessions": """
shared = AsyncSession(engine, expire_on_commit=False)  # ! request-scope
@lru_cache
def one():  # ! request-scope
    return make()
@app.on_event("startup")
async def start():
    app.state.session = make()  # ! request-scope
    app.state.make = make
@app.get("/")
async def f():
    return await shared.get(Task, 1)  # ! request-scope
""",
    "an engine a request": """
async def get_other():
    engine = create_async_engine("sqlite+aiosqlite:///app.db")  # ! request-scope
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session
@app.get("/")
async def f(session: AsyncSession = Depends(get_other)):
    return await session.get(Task, 1)
""",
    "depends": """
@app.get("/a")
async def a(session: AsyncSession = Depends(get_session())):  # ! depends
    return await session.get(Task, 1)
@app.get("/b")
async def b(session: Annotated[AsyncSession, get_session]):  # ! depends
    return await session.get(Task, 1)
class Service:
    async def c(self, session: AsyncSession, user=Depends(get_session)):
        return await session.get(Task, 1)
""",
}


@pytest.mark.parametrize("functions", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_hazards(functions: str) -> None:
    tree = HEAD + functions
    assert found(tree) == errors(tree)


DI = """
from dependency_injector import containers, providers
from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
app = FastAPI()
class Container(containers.DeclarativeContainer):
    engine = providers.Singleton(create_async_engine, "sqlite+aiosqlite:///app.db")
    make = providers.Singleton(async_sessionmaker, engine, class_=AsyncSession, expire_on_commit=False)
    each = providers.Factory(AsyncSession, engine, expire_on_commit=False)
    one = providers.Singleton(AsyncSession, engine, expire_on_commit=False)  # ! request-scope
"""


def test_a_container_that_keeps_one_session() -> None:
    assert found(DI) == errors(DI)


NEVER_RETURNS = """
from typing import NoReturn
import sqlmodel
class Cell:
    def stop(self, why: str) -> NoReturn:
        raise RuntimeError(why)
    def run(self):
        self.stop("a")
"""


def test_a_function_that_only_raises_gives_no_coroutine() -> None:
    assert not found(NEVER_RETURNS)
