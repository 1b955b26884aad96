"""pool-size: the engine is given a pool size."""

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
    passed,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.facts import EngineFact, Facts
    from harness.verdicts import Evidence

_SERVERS = ("postgres", "mysql", "mariadb", "oracle", "mssql")


def _static(subject: Subject) -> Opinion:
    engines = _judged(subject.facts)
    without = [each for each in engines if each.pool_size is False]
    if without:
        return failed("the engine is given no pool_size", [at(each.at, "no pool_size here") for each in without])
    if engines and all(each.pool_size for each in engines):
        return passed("pool_size is given to the engine")
    if not engines and not subject.facts.names_engines and not subject.facts.unreadable:
        return failed("the code makes no engine, so no pool_size is given")
    return unknown("the engine's arguments cannot be read from the code")


def _judged(facts: Facts) -> list[EngineFact]:
    """The engines, without one for SQLite or for tests beside one that is given a size."""
    chosen = [each for each in facts.engines if not (each.no_pool or each.special) or each.pool_size]
    return chosen if any(each.pool_size for each in chosen) else list(facts.engines)


def _dynamic(subject: Subject) -> Opinion:
    engines = [each for each in subject.run.engines if each.place is not None]
    if not engines:
        return subject.not_run
    if all("pool_size" in each.options for each in engines):
        return passed("the engine was made with pool_size")
    given = any(each.pool_size for each in subject.facts.engines)
    if subject.run.database == "sqlite" and given and subject.facts.tells_databases_apart:
        return unknown("on SQLite the engine was made without pool_size, which the code gives on some condition")
    without = [each.place for each in engines if "pool_size" not in each.options]
    return failed("the engine was made without pool_size", subject.places((place, "no pool_size") for place in without))


def _advise(facts: Facts) -> Iterator[Evidence]:
    for each in facts.engines:
        if each.is_async and (each.url or "").startswith(_SERVERS) and not each.no_pool:
            missing = [
                name
                for name, given in (("pool_size", each.pool_size), ("pool_pre_ping", each.pre_ping))
                if given is False
            ]
            if missing:
                yield at(each.at, f"this engine of a database server is given no {' and no '.join(missing)}")


CRITERION = Criterion(
    id="pool-size",
    title="The pool's size is chosen",
    statement="pool_size is given explicitly to the engine.",
    why="The default of five connections a process is rarely what the database server and the load allow.",
    remedy="`create_async_engine(url, pool_size=10, max_overflow=5, pool_pre_ping=True)`.",
    kind=Kind.STRUCTURE,
    example=Example(
        wrong="""
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine("postgresql+asyncpg://localhost/app", pool_pre_ping=True)  # !
""",
        right="""
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine("postgresql+asyncpg://localhost/app", pool_size=10, max_overflow=5, pool_pre_ping=True)
""",
    ),
    sources=(
        "https://docs.sqlalchemy.org/en/20/core/pooling.html",
        "https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#sqlalchemy.ext.asyncio.create_async_engine",
    ),
    static=_static,
    dynamic=_dynamic,
    advise=_advise,
    passing=(
        Sample('options = {"pool_size": 3}\ne = create_async_engine(DATABASE_URL, **options)\n'),
        Sample('e = create_async_engine("postgresql+asyncpg://u@h/d", pool_size=5)  # ?\n'),
    ),
    failing=(
        Sample("e = create_async_engine(DATABASE_URL, pool_pre_ping=True)  # -\n"),
        Sample('e = create_async_engine("postgresql+asyncpg://u@h/d")  # ?\n'),
    ),
)
