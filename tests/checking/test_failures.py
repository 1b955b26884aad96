"""What becomes of a write that fails: hidden or lost is an error, told badly is advice."""

from __future__ import annotations

import pytest

from tests.checking.trees import found, marked

HEAD = """
import asyncio, contextlib
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel import Field, SQLModel, select
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
ENDPOINT = """
@app.post("/")
async def create(task: Task, session: AsyncSession = Depends(get_session)):
    session.add(task)
"""

CASES = {
    "nothing answers": ENDPOINT
    + """
    await session.commit()  # ? error-handling
""",
    "only one error is caught": ENDPOINT
    + """
    try:
        await session.commit()
    except IntegrityError:  # ? error-handling
        await session.rollback()
        raise HTTPException(409, "is there")
""",
    "two errors are caught": ENDPOINT
    + """
    try:
        await session.commit()
    except IntegrityError:
        raise HTTPException(409, "is there")
    except SQLAlchemyError:
        raise HTTPException(503, "try again")
""",
    "the app answers": """
@app.exception_handler(SQLAlchemyError)
async def failed(request: Request, error: SQLAlchemyError):
    return JSONResponse({}, 503)
"""
    + ENDPOINT
    + """
    await session.commit()
""",
    "a context manager of the project's own may answer": """
@contextlib.asynccontextmanager
async def answering(session: AsyncSession):
    try:
        yield
    except SQLAlchemyError as error:
        await session.rollback()
        raise HTTPException(503, "try again") from error
"""
    + ENDPOINT
    + """
    async with answering(session):
        await session.commit()
""",
    "context managers that answer nothing": ENDPOINT
    + """
    async with asyncio.timeout(5):
        await session.commit()  # ? error-handling
@app.put("/")
async def change(task: Task, session: AsyncSession = Depends(get_session)):
    async with session.begin_nested():
        session.add(task)
        await session.flush()  # ? error-handling
""",
    "the error's text goes out": ENDPOINT
    + """
    try:
        await session.commit()
    except SQLAlchemyError as error:  # ? error-handling
        raise HTTPException(500, detail=f"failed: {error}")
""",
    "the error's text is kept": ENDPOINT
    + """
    try:
        await session.commit()
    except SQLAlchemyError as error:
        print(error)
        raise HTTPException(500, detail="failed") from error
""",
    "HTTPException is returned": ENDPOINT
    + """
    try:
        await session.commit()
    except SQLAlchemyError:  # ! error-handling
        return HTTPException(500, "failed")
""",
    "a 2xx after the failure": ENDPOINT
    + """
    try:
        await session.commit()
    except SQLAlchemyError:  # ! error-handling
        await session.rollback()
    return {"ok": True}
""",
    "the try does not hold the commit": ENDPOINT
    + """
    try:
        session.add(task)
    except SQLAlchemyError:  # ! error-handling
        raise HTTPException(500, "failed")
    await session.commit()  # ? error-handling
""",
    "the try holds a flush": ENDPOINT
    + """
    try:
        session.add(task)
        await session.flush()
    except SQLAlchemyError:
        raise HTTPException(500, "failed")
    await session.commit()  # ? error-handling
""",
    "ended inside begin": """
async def f(task: Task):
    async with make() as session:
        async with session.begin():
            session.add(task)
            await session.commit()  # ! error-handling
            await session.refresh(task)
async def g(task: Task):
    async with make.begin() as session:
        session.add(task)
        await session.rollback()  # ! error-handling
        await session.exec(select(Task))
async def h(task: Task):
    async with make() as session:
        async with session.begin():
            session.add(task)
            await session.commit()
        await session.refresh(task)
""",
    "opened in the endpoint": """
@app.get("/")
async def read():
    async with make() as session:  # ? depends
        return (await session.exec(select(Task))).all()
""",
    "closed in finally": """
async def get_other():
    session = make()
    try:
        yield session  # ? dependency-shape
    finally:
        await session.close()
async def get_leak():
    session = make()
    yield session  # ! dependency-shape
@app.get("/")
async def read(session: AsyncSession = Depends(get_other), other: AsyncSession = Depends(get_leak)):
    return (await session.exec(select(Task))).all()
""",
    "engines of servers": """
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import NullPool
one = create_async_engine("postgresql+asyncpg://u@h/d")  # ? pool-size
two = create_async_engine("postgresql+asyncpg://u@h/d", pool_size=5, pool_pre_ping=True)
three = create_async_engine("postgresql+asyncpg://u@h/d", poolclass=NullPool)
older = sessionmaker(two, class_=AsyncSession, expire_on_commit=False)  # ? session-factory
""",
    "names that a library does not have": """
try:
    from sqlmodel import async_sessionmaker as optional
except ImportError:
    optional = None
from sqlmodel import create_async_engine as wrong  # ! imports
from sqlalchemy.ext.asyncio import AsyncSession as Other
from sqlalchemy import some_name_of_another_version
""",
    "a name that another module sets": """
def f():
    return LATER
def g():
    return NEVER  # ! imports
#: setting.py
import main
main.LATER = 1
""",
    "names for type checkers": """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    Alias = Sequence[Decimal]
def one[T](thing: T) -> "Alias":
    values: Sequence[T] = [thing]
    return Decimal(1)  # ! imports
def two(rows: Sequence[int]) -> Sequence[int]:
    return undefined  # noqa: F821
""",
}


@pytest.mark.parametrize("code", CASES.values(), ids=list(CASES))
def test_failures(code: str) -> None:
    tree = HEAD + code
    assert found(tree, advice=True) == marked(tree)
