"""async-engine: create_async_engine with an async driver, nothing sync on the request path."""

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
)
from harness.observations import SessionKind
from harness.source.facts import Receives

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.facts import Facts
    from harness.verdicts import Evidence


def _static(subject: Subject) -> Opinion:
    facts = subject.facts
    sync = [each for each in facts.engines if not each.is_async]
    wrong_driver = [each for each in facts.engines if each.is_async and each.async_driver is False]
    sync_path = bool(facts.sync_sessions) or any(
        each.is_sync_session and each.receives is Receives.DEPENDS for each in facts.endpoints
    )
    if sync and (sync_path or len(sync) == len(facts.engines)):
        return failed("the engine is sync (create_engine)", [at(each.at, "a sync engine") for each in sync])
    if facts.sync_sessions:
        return failed("the sync Session is used", [at(place, "a sync session") for place in facts.sync_sessions])
    if wrong_driver:
        message = f"the URL {wrong_driver[0].url} names no async driver"
        return failed(message, [at(each.at, message) for each in wrong_driver])
    if facts.engines:
        return passed("the engine is async")
    return no_occasion("the code makes no engine")


def _dynamic(subject: Subject) -> Opinion:
    run = subject.run
    engines = [each for each in run.engines if each.place is not None]
    used_sync = any(seen.kind is SessionKind.SYNC and seen.requests and seen.place is not None for seen in run.sessions)
    sync = [each for each in engines if not each.is_async]
    if sync and (used_sync or len(sync) == len(engines)):
        return failed(
            "a sync engine serves the requests", subject.places((each.place, "a sync engine") for each in sync)
        )
    if any(each.is_async for each in engines):
        return passed("the engine is async")
    return subject.not_run


def _find(facts: Facts) -> Iterator[Evidence]:
    for each in facts.engines:
        if each.is_async and each.async_driver is False and not each.expected_to_fail:
            yield at(each.at, f"the URL {each.url} names no async driver")


CRITERION = Criterion(
    id="async-engine",
    title="An async engine",
    statement="create_async_engine (or AsyncEngine) with an async driver; no sync Session or engine on the request path.",
    why="A sync engine blocks the event loop: every other request waits for its query.",
    remedy='`create_async_engine("postgresql+asyncpg://...")` or `sqlite+aiosqlite://`, and AsyncSession.',
    kind=Kind.STRUCTURE,
    example=Example(
        wrong="""
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine("mysql+pymysql://localhost/app", pool_size=10, pool_pre_ping=True)  # !
""",
        right="""
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine("mysql+asyncmy://localhost/app", pool_size=10, pool_pre_ping=True)
""",
    ),
    sources=(
        "https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#sqlalchemy.ext.asyncio.create_async_engine",
        "https://docs.sqlalchemy.org/en/20/dialects/",
    ),
    static=_static,
    dynamic=_dynamic,
    find=_find,
    passing=(
        Sample(
            """
e = create_async_engine("postgresql+psycopg://u@h/d")
make = async_sessionmaker(e, class_=AsyncSession, expire_on_commit=False)
"""
        ),
        Sample(
            """
from sqlalchemy import create_engine as make_engine
from sqlalchemy.ext.asyncio import AsyncEngine
e = AsyncEngine(make_engine("postgresql+asyncpg://u@h/d"))
"""
        ),
    ),
    failing=(
        Sample('e = create_async_engine("sqlite:///app.db")  # !\n'),
        Sample(
            """
from sqlalchemy import create_engine as make_engine
e = make_engine(DATABASE_URL)  # -
"""
        ),
    ),
)
