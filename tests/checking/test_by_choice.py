"""SQLAlchemy's sessions beside SQLModel's models: a fault where exec() is missed, a choice where execute() does all."""

from __future__ import annotations

import pytest

from tests.checking.trees import found, marked

HEAD = """
#: models.py
from sqlmodel import Field, SQLModel
class Hero(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
"""
MAKER = """
#: db.py
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from models import Hero
engine = create_async_engine("sqlite+aiosqlite:///a.db", pool_size=5)
make = async_sessionmaker(engine, expire_on_commit=False)  # MAKER session-factory
async def first(session: AsyncSession) -> Hero | None:  # MAKER session-import
    return await session.get(Hero, 1)
"""


def maker(mark: str) -> str:
    return MAKER.replace("MAKER", mark)


TREES = {
    "execute() in the same file": """
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select
async def read(session: AsyncSession):  # ? session-import
    return (await session.execute(select(1))).scalars().all()
""",
    "scalars() on an attribute": """
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select
class Repository:
    def __init__(self, session: AsyncSession) -> None:  # ? session-import
        self.session = session
    async def read(self):
        return await self.session.scalars(select(1))
""",
    "exec() in the same file": """
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select
async def read(session: AsyncSession):  # ! session-import
    await session.execute(select(1))
    return (await session.exec(select(1))).all()
""",
    "nothing is asked": """
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel
async def store(session: AsyncSession, thing: SQLModel):  # ! session-import
    session.add(thing)
    await session.commit()
""",
    "execute() by another connection only": """
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import select
async def read(session: AsyncSession, connection: AsyncConnection):  # ! session-import
    await connection.execute(select(1))
    return await session.get(int, 1)
""",
    "a maker whose sessions are asked by execute() elsewhere": HEAD
    + maker("?")
    + """
#: service.py
from db import make
from sqlmodel import select
async def read():
    async with make() as session:
        return (await session.execute(select(1))).all()
""",
    "a maker whose sessions are asked by exec() elsewhere": HEAD
    + maker("!")
    + """
#: service.py
from db import make
from sqlmodel import select
async def read():
    async with make() as session:
        await session.execute(select(1))
        return (await session.exec(select(1))).all()
""",
    "a maker in a project that names SQLModel's class": HEAD
    + maker("!")
    + """
#: service.py
from db import make
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
async def read(session: AsyncSession):
    return (await session.execute(select(1))).all()
""",
    "a reader of any session in a project that names SQLModel's class": """
#: grid.py
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select
async def page(session: AsyncSession):  # ? session-import
    return (await session.execute(select(1))).all()
#: main.py
from grid import page
from sqlmodel.ext.asyncio.session import AsyncSession
async def read(session: AsyncSession):
    return await page(session)
""",
}


@pytest.mark.parametrize("name", TREES)
def test_a_choice_is_advice(name: str) -> None:
    assert found(TREES[name], advice=True) == marked(TREES[name])
