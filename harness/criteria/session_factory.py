"""session-factory: sessions come from async_sessionmaker with SQLModel's class, or from that class directly."""

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
from harness.source.values import Flavor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.facts import Facts, MakerFact
    from harness.verdicts import Evidence


def _fault(maker: MakerFact) -> str:
    if maker.kind == "sessionmaker":
        return "sessionmaker is the sync maker"
    if maker.class_given is False:
        return "no class_ is given: the maker makes SQLAlchemy's AsyncSession, which has no exec()"
    if maker.flavor in (Flavor.SQLALCHEMY, Flavor.SYNC):
        return f"makes {maker.flavor.value}"
    return ""


def _static(subject: Subject) -> Opinion:
    if subject.sessions_supplied:
        return no_occasion("the sessions come from a maker that the code leaves to its reader")
    makers = subject.facts.makers
    wrong = [(maker, _fault(maker)) for maker in makers if _fault(maker)]
    if wrong:
        return failed(wrong[0][1], [at(maker.at, fault) for maker, fault in wrong])
    if subject.facts.sync_sessions:
        place = subject.facts.sync_sessions[0]
        return failed("sessions are the sync Session", [at(place, "a sync session")])
    if not makers:
        return no_occasion("the code makes no session")
    if all(maker.flavor is Flavor.SQLMODEL for maker in makers):
        return passed("sessions are made with SQLModel's AsyncSession")
    return unknown("the class of the sessions cannot be read from the code")


def _dynamic(subject: Subject) -> Opinion:
    if subject.sessions_supplied:
        return no_occasion("the sessions come from a maker that the code leaves to its reader")
    runs = [run for run in subject.dependency_runs if run.kind is not SessionKind.OTHER]
    seen = [session for session in subject.run.sessions if session.place is not None]
    kinds = [(run.kind, run.place) for run in runs] + [(session.kind, session.place) for session in seen]
    wrong = [(kind, place) for kind, place in kinds if kind in (SessionKind.SQLALCHEMY_ASYNC, SessionKind.SYNC)]
    if wrong:
        what = "SQLAlchemy's AsyncSession" if wrong[0][0] is SessionKind.SQLALCHEMY_ASYNC else "a sync Session"
        return failed(f"at run time the session is {what}", subject.places((place, what) for _, place in wrong))
    if any(kind is SessionKind.SQLMODEL_ASYNC for kind, _ in kinds):
        return passed("at run time the session is SQLModel's AsyncSession")
    return subject.not_run


def _find(facts: Facts) -> Iterator[Evidence]:
    for maker in _classless(facts):
        if not facts.by_choice(maker.at.path):
            yield at(maker.at, _fault(maker))


def _classless(facts: Facts) -> Iterator[MakerFact]:
    for maker in facts.makers:
        if maker.class_given is False and maker.kind != "sessionmaker" and facts.by_sqlmodel(maker.at.path):
            yield maker


def _advise(facts: Facts) -> Iterator[Evidence]:
    for maker in _classless(facts):
        if facts.by_choice(maker.at.path):
            yield at(maker.at, "no class_ is given: execute() works, exec() would be SQLModel's")
    for maker in facts.makers:
        if maker.kind == "sessionmaker" and maker.flavor.is_async:
            yield at(maker.at, "async_sessionmaker is the maker of async sessions: with it types are right, too")


CRITERION = Criterion(
    id="session-factory",
    title="The session factory",
    statement="Sessions come from async_sessionmaker(engine, class_=<SQLModel's AsyncSession>) or from that class itself.",
    why="Without class_ the maker makes SQLAlchemy's class, whatever the annotations say; sessionmaker is the sync one.",
    remedy="`async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)` with SQLModel's AsyncSession.",
    kind=Kind.HAZARD,
    example=Example(
        wrong="""
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

engine = create_async_engine("postgresql+asyncpg://localhost/app", pool_size=10, pool_pre_ping=True)
make_session: async_sessionmaker[AsyncSession] = async_sessionmaker(engine, expire_on_commit=False)  # !
""",
        right="""
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

engine = create_async_engine("postgresql+asyncpg://localhost/app", pool_size=10, pool_pre_ping=True)
make_session = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
""",
    ),
    sources=(
        "https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#sqlalchemy.ext.asyncio.async_sessionmaker",
        "https://github.com/fastapi/sqlmodel/blob/main/sqlmodel/ext/asyncio/session.py",
    ),
    static=_static,
    dynamic=_dynamic,
    find=_find,
    advise=_advise,
    fix="Safe: `class_=` is added, and, as advice, `sessionmaker` becomes `async_sessionmaker`. Sessions gain `exec()`; `execute()` and `query()` give what they gave, with a DeprecationWarning.",
    passing=(
        Sample(
            """
open_session = functools.partial(AsyncSession, engine, expire_on_commit=False)
async def get_session():
    async with open_session() as session:
        yield session
"""
        ),
        Sample(
            """
class Session(AsyncSession):
    pass
make = async_sessionmaker(engine, class_=Session, expire_on_commit=False)
"""
        ),
    ),
    failing=(
        Sample(
            """
make = async_sessionmaker(engine, expire_on_commit=False)  # !
async def get_session():
    async with make() as session:
        yield session
"""
        ),
        Sample(
            """
from sqlalchemy.orm import sessionmaker
make = sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)  # ?
"""
        ),
    ),
)
