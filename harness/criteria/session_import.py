"""session-import: every AsyncSession the code uses is SQLModel's."""

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
    nothing_dynamic,
    passed,
)
from harness.source.values import Flavor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.facts import ClassUse, Facts
    from harness.verdicts import Evidence


def _static(subject: Subject) -> Opinion:
    uses = subject.facts.class_uses
    wrong = [use for use in uses if use.flavor is not Flavor.SQLMODEL]
    if wrong:
        names = ", ".join(dict.fromkeys(use.name for use in wrong))
        return failed(
            f"uses {names}, which is not SQLModel's AsyncSession", [at(u.at, f"this is {u.name}") for u in wrong]
        )
    if uses:
        return passed("every AsyncSession is sqlmodel.ext.asyncio.session.AsyncSession")
    return no_occasion("the code names no AsyncSession that it imports itself")


def _wrong(facts: Facts) -> Iterator[ClassUse]:
    for use in facts.class_uses:
        if use.flavor is not Flavor.SQLMODEL and facts.by_sqlmodel(use.at.path):
            yield use


def _find(facts: Facts) -> Iterator[Evidence]:
    for use in _wrong(facts):
        if not facts.by_choice(use.at.path):
            yield at(use.at, f"this is {use.name}, not SQLModel's AsyncSession")


def _advise(facts: Facts) -> Iterator[Evidence]:
    for use in _wrong(facts):
        if facts.by_choice(use.at.path):
            yield at(use.at, f"this is {use.name}: execute() works, exec() would be SQLModel's")


CRITERION = Criterion(
    id="session-import",
    title="SQLModel's AsyncSession",
    statement="Every AsyncSession the code uses, annotations included, is sqlmodel.ext.asyncio.session.AsyncSession.",
    why="SQLAlchemy's class of the same name has no exec(); select() then gives rows instead of models. Source code that asks its sessions by execute() or scalars() only, and hands them to nobody who calls exec(), may mean SQLAlchemy's class: of that, `harness check` tells as advice.",
    remedy="Import it with `from sqlmodel.ext.asyncio.session import AsyncSession`, everywhere.",
    kind=Kind.STRUCTURE,
    example=Example(
        wrong="""
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from app.models import Task


async def find(session: AsyncSession, title: str) -> list[Task]:  # !
    result = await session.exec(select(Task).where(Task.title == title))
    return list(result.all())
""",
        right="""
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.models import Task


async def find(session: AsyncSession, title: str) -> list[Task]:
    result = await session.exec(select(Task).where(Task.title == title))
    return list(result.all())
""",
    ),
    sources=("https://github.com/fastapi/sqlmodel/blob/main/sqlmodel/ext/asyncio/session.py",),
    static=_static,
    dynamic=nothing_dynamic,
    find=_find,
    advise=_advise,
    fix="Safe: the import is replaced where it stands. SQLModel's class is SQLAlchemy's with `exec()`; `execute()` gives what it gave, with a DeprecationWarning. Unsafe where the class itself is used as a value (`isinstance`, an alias, an argument of other calls).",
    passing=(
        Sample(
            """
import sqlmodel.ext.asyncio.session as sms
make = async_sessionmaker(engine, class_=sms.AsyncSession, expire_on_commit=False)
"""
        ),
        Sample(
            """
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel.ext.asyncio.session import AsyncSession
async def get_session():
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session
"""
        ),
    ),
    failing=(
        Sample(
            """
from sqlalchemy.ext.asyncio import AsyncSession
async def load(session: AsyncSession):  # !
    return await session.get(Task, 1)
"""
        ),
        Sample(
            """
from sqlmodel.ext.asyncio.session import AsyncSession as Right
from sqlalchemy.ext.asyncio.session import AsyncSession
make = async_sessionmaker(engine, class_=Right, expire_on_commit=False)
def f(session: "AsyncSession"): ...  # !
"""
        ),
    ),
)
