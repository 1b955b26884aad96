"""awaited: every coroutine of the session API is awaited."""

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
    short,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.facts import Facts
    from harness.verdicts import Evidence

_NOTHING_AWAITED = ("NoneType can't be used in 'await' expression", "'NoneType' object can't be awaited")
"""What Python says of ``await session.add(task)``, before and since 3.14."""


def _static(subject: Subject) -> Opinion:
    facts = subject.facts
    if facts.awaits:
        found = [at(each.at, f"{each.what} {each.fault.value}") for each in facts.awaits]
        return failed(found[0].message, found)
    if facts.awaited_calls:
        return passed("every call of the session API that can be followed is awaited")
    if facts.sync_sessions and not facts.class_uses:
        return no_occasion("the sync Session has nothing to await")
    if not facts.endpoints:
        return no_occasion("the code calls nothing that has to be awaited")
    return unknown("no call of the session API can be followed")


def _dynamic(subject: Subject) -> Opinion:
    run = subject.run
    if subject.import_failed:
        return subject.not_run
    if run.never_awaited:
        message = f"{run.never_awaited[0].what} was never awaited"
        return failed(
            message, subject.places((each.place, f"{each.what} was never awaited") for each in run.never_awaited)
        )
    broken = [each for each in run.exchanges if "'coroutine' object" in each.exception]
    if broken:
        return failed(f"a coroutine is used before it is awaited: {short(broken[0].exception)}")
    needless = [each for each in run.exchanges if any(text in each.exception for text in _NOTHING_AWAITED)]
    if needless:
        return failed(f"what is no coroutine is awaited: {short(needless[0].exception)}")
    if any(each.status is not None for each in run.exchanges):
        return passed("no coroutine was thrown away")
    return subject.not_run


def _find(facts: Facts) -> Iterator[Evidence]:
    for each in facts.awaits:
        yield at(each.at, f"{each.what} {each.fault.value}")


CRITERION = Criterion(
    id="awaited",
    title="Everything is awaited",
    statement="Every coroutine of the session API is awaited, also through own helpers; sync calls (add) are not.",
    why="A commit that is not awaited stores nothing and raises nothing: the client gets 200.",
    remedy="`await session.commit()`; bind the whole chain: `(await session.exec(stmt)).all()`; no await before add().",
    kind=Kind.HAZARD,
    example=Example(
        wrong="""
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.models import Task


async def finish_all(session: AsyncSession) -> None:
    for task in await session.exec(select(Task)).all():  # !
        task.done = True
    session.commit()  # !
""",
        right="""
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.models import Task


async def finish_all(session: AsyncSession) -> None:
    for task in (await session.exec(select(Task))).all():
        task.done = True
    await session.commit()
""",
    ),
    sources=(
        "https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#synopsis-orm",
        "https://docs.python.org/3/library/asyncio-task.html#coroutines",
    ),
    static=_static,
    dynamic=_dynamic,
    find=_find,
    fix="Safe: the await is added where the coroutine is made (`(await session.exec(q)).all()`), and taken away before sync calls. A commit that never ran will run. No fix in a plain `def`, a lambda, a generator expression, or where the coroutine is handed on.",
    passing=(
        Sample(
            """
def save(session: AsyncSession, thing):
    session.add(thing)
    return session.commit()
async def create(session: AsyncSession):
    await save(session, 1)
"""
        ),
        Sample(
            """
def rename(session, task_id: int):
    session.get(Task, task_id)
    session.commit()
async def run(session: AsyncSession):
    await session.run_sync(rename, 1)
"""
        ),
    ),
    failing=(
        Sample(
            """
async def create(session: AsyncSession):
    session.commit()  # !
"""
        ),
        Sample(
            """
async def rows(session: AsyncSession):
    return await session.exec(select(Task)).all()  # !
"""
        ),
        Sample(
            """
async def create(session: AsyncSession, task):
    await session.add(task)  # !
    await session.commit()
"""
        ),
        Sample(
            """
async def save(session: AsyncSession):
    await session.commit()
async def create(session: AsyncSession):
    save(session)  # !
"""
        ),
    ),
)
