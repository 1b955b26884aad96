"""The PostgreSQL database that engines are led to, through the one socket in sight."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import Engine, MetaData, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool, StaticPool
from sqlalchemy.schema import CreateSchema
from sqlalchemy.util import await_only

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ASYNC, _SYNC = ("asyncpg", "psycopg"), "psycopg"
_CONNECT_ARGS = {
    "asyncpg": frozenset(
        "timeout command_timeout server_settings statement_cache_size max_cached_statement_lifetime "
        "max_cacheable_statement_size prepared_statement_cache_size prepared_statement_name_func".split()
    ),
    "psycopg": frozenset("options connect_timeout application_name prepare_threshold client_encoding".split()),
}
_LEFT_OUT = ("creator", "async_creator", "module", "pool")
_NOTICES = 500
_NOTICE_PAUSE = 0.002


class PostgresDatabase:
    """Redirects engines, and ends their connections between flush and COMMIT when it is told to."""

    def __init__(self, reached: Mapping[str, Any], create_engine: Callable[..., Engine]) -> None:
        self._reached = dict(reached)
        self._create_engine = create_engine
        self._schemas: set[str] = set()
        self._end_at_commit = False

    def url(self, asked: URL, *, is_async: bool) -> URL:
        """Where an engine goes that was asked for with this URL: its driver is kept where it is PostgreSQL's."""
        driver = _driver(asked) or str(self._reached["driver"])
        return self._url(driver if is_async else _SYNC)

    def own_engine(self) -> Engine:
        """A sync engine for the harness itself."""
        return self._create_engine(self._url(_SYNC), poolclass=NullPool)

    def options(self, asked: URL, options: Mapping[str, Any]) -> dict[str, Any]:
        """The engine options as given, without those of another driver and those that lead elsewhere."""
        kept = {name: value for name, value in options.items() if name not in _LEFT_OUT}
        connect_args = kept.pop("connect_args", None) or {}
        allowed = _CONNECT_ARGS.get(_driver(asked), frozenset())
        if connect_args and allowed:
            kept["connect_args"] = {name: value for name, value in connect_args.items() if name in allowed}
        if asked.get_backend_name() != "postgresql" and kept.get("poolclass") is StaticPool:
            del kept["poolclass"]  # the usual one of an in-memory database
        return kept

    def prepare(self, engine: Engine) -> None:
        """Make the engine's connections end when that is wanted."""
        event.listen(engine, "commit", self._before_commit)

    def adapt(self, metadata: MetaData) -> None:
        """Make the schemas that tables are in and the extension that a default needs."""
        wanted = {table.schema for table in metadata.tables.values() if table.schema} - self._schemas
        generated = any(
            "uuid_generate" in str(getattr(column.server_default, "arg", ""))
            for table in metadata.tables.values()
            for column in table.columns
        )
        if not wanted and not generated:
            return
        engine = self.own_engine()
        with contextlib.suppress(Exception), engine.begin() as connection:  # then creating the tables tells why
            for schema in sorted(wanted):
                connection.execute(CreateSchema(schema, if_not_exists=True))
            if generated:
                connection.exec_driver_sql('CREATE EXTENSION IF NOT EXISTS "uuid-ossp"')
        engine.dispose()
        self._schemas |= wanted

    def set_up(self, engine: Engine) -> None:
        """Nothing beside the answer's tables."""

    async def control(self, settings: Mapping[str, Any]) -> None:
        """``end_at_commit``: whether connections that have written something end before their next COMMIT."""
        self._end_at_commit = bool(settings["end_at_commit"])

    def _url(self, driver: str) -> URL:
        reached = self._reached
        return URL.create(
            f"postgresql+{driver}",
            username=reached["user"],
            password=reached["password"],
            database=reached["database"],
            port=reached["port"],
            query={"host": reached["host"]},
        )

    def _before_commit(self, connection: Any) -> None:
        if not self._end_at_commit:
            return
        driver = connection.connection.driver_connection
        if not self._terminate(_backend_of(driver)):
            return
        if hasattr(driver, "is_closed") and connection.dialect.is_async:
            for _ in range(_NOTICES):  # a lost connection is noticed before it is used again
                if driver.is_closed():
                    break
                await_only(asyncio.sleep(_NOTICE_PAUSE))

    def _terminate(self, pid: int) -> bool:
        """Whether the session was there, had written something, and is gone."""
        reached = self._reached
        with psycopg.connect(
            host=reached["host"],
            port=reached["port"],
            user=reached["user"],
            password=reached["password"],
            dbname=reached["database"],
            autocommit=True,
        ) as other:
            found = other.execute(
                "SELECT pg_catalog.pg_terminate_backend(pid, 5000) FROM pg_catalog.pg_stat_activity "
                "WHERE pid = %s AND backend_xid IS NOT NULL",
                [pid],
            )
            return bool(found.fetchall())


def _driver(asked: URL) -> str:
    """The driver that is asked for, where it is one of PostgreSQL's and is here; else nothing."""
    if asked.get_backend_name() != "postgresql":
        return ""
    name = asked.get_driver_name().removesuffix("_async") if "+" in asked.drivername else ""
    return name if name in _ASYNC else ""


def _backend_of(driver: Any) -> int:
    return int(driver.get_server_pid() if hasattr(driver, "get_server_pid") else driver.info.backend_pid)
