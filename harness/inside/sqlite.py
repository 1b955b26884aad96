"""The SQLite file that stands in for whatever database the answer asked for."""

from __future__ import annotations

import contextlib
import resource
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from sqlalchemy import JSON, Engine, MetaData, event
from sqlalchemy.dialects.postgresql import ARRAY as POSTGRESQL_ARRAY
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool, StaticPool
from sqlalchemy.types import ARRAY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CONNECT_ARGS = frozenset({"timeout", "check_same_thread", "isolation_level", "cached_statements", "detect_types"})
_LEVELS = frozenset({"AUTOCOMMIT", "SERIALIZABLE", "READ UNCOMMITTED"})
_USUAL = "harness_busy_timeout"
_SERVER_LEVELS = ("READ COMMITTED", "REPEATABLE READ")


class SqliteFile:
    """Redirects engines to ``folder/app.db`` and keeps the busy timeout of their connections."""

    def __init__(self, folder: str, create_engine: Callable[..., Engine]) -> None:
        self._create_engine = create_engine
        self.path = f"{folder}/app.db"
        self.busy_timeout: int | None = None
        self.schemas: dict[str | None, str | None] = {}
        self._connections: WeakSet[Any] = WeakSet()
        self._engines: WeakSet[Engine] = WeakSet()

    def url(self, asked: URL, *, is_async: bool) -> URL:
        """Where an engine goes, whatever it was asked for with."""
        return URL.create("sqlite+aiosqlite" if is_async else "sqlite", database=self.path)

    def own_engine(self) -> Engine:
        """A sync engine for the harness itself."""
        return self._create_engine(URL.create("sqlite", database=self.path), poolclass=NullPool)

    def set_up(self, engine: Engine) -> None:
        """Make the table that shows whether others can write."""
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS harness_writes (moment INTEGER)")

    def options(self, asked: URL, options: Mapping[str, Any]) -> dict[str, Any]:
        """The engine options as given, without those that SQLite or a file does not have."""
        kept = dict(options)
        native = asked.get_backend_name() == "sqlite"
        connect_args = kept.pop("connect_args", None) or {}
        if native:
            kept["connect_args"] = {key: connect_args[key] for key in connect_args if key in _CONNECT_ARGS}
        if kept.get("poolclass") is StaticPool:
            del kept["poolclass"]  # one connection for everybody would hide what a file shows
        for name in ("creator", "async_creator", "module", "pool"):
            kept.pop(name, None)
        return kept

    def prepare(self, engine: Engine) -> None:
        """Give a redirected engine what the answer may rely on: functions, isolation levels, schemas."""
        dialect: Any = engine.dialect
        set_level: Callable[..., None] = dialect.set_isolation_level
        levels = list(dialect.get_isolation_level_values(None))
        dialect.get_isolation_level_values = lambda connection: [*levels, *_SERVER_LEVELS]
        dialect.set_isolation_level = lambda connection, level: (
            set_level(connection, level) if level in _LEVELS else None
        )
        event.listen(engine, "connect", self._connected)
        self._engines.add(engine)
        if self.schemas:
            engine.update_execution_options(schema_translate_map=self.schemas)

    def adapt(self, metadata: MetaData) -> None:
        """Make tables that were written for a server fit: no schemas, no arrays."""
        for table in metadata.tables.values():
            if table.schema is not None:
                self.schemas[table.schema] = None
            for column in table.columns:
                if isinstance(column.type, (ARRAY, POSTGRESQL_ARRAY)):
                    column.type = JSON()
        if self.schemas:
            for engine in self._engines:
                engine.update_execution_options(schema_translate_map=self.schemas)

    async def control(self, settings: Mapping[str, Any]) -> None:
        """``busy_timeout`` for every connection, open or to come; None gives back what each had when it was opened.

        ``disk_full``: whether the kernel lets nothing more be written to files.
        """
        if "disk_full" in settings:
            most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            resource.setrlimit(resource.RLIMIT_FSIZE, (0 if settings["disk_full"] else most, most))
            return
        milliseconds: int | None = settings["busy_timeout"]
        self.busy_timeout = milliseconds
        for record in list(self._connections):
            value = record.info.get(_USUAL, 5000) if milliseconds is None else milliseconds
            driver = record.driver_connection
            with contextlib.suppress(Exception):
                cursor = driver.execute(f"PRAGMA busy_timeout={value}")
                if hasattr(cursor, "__await__"):
                    await (await cursor).close()
                else:
                    cursor.close()

    def _connected(self, connection: Any, record: Any) -> None:
        for name in ("now", "NOW"):
            connection.create_function(name, 0, _now)
        for name in ("gen_random_uuid", "uuid_generate_v4"):
            connection.create_function(name, 0, _uuid)
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout")
        record.info[_USUAL] = int(cursor.fetchone()[0])
        if self.busy_timeout is not None:
            cursor.execute(f"PRAGMA busy_timeout={self.busy_timeout}")
        cursor.close()
        self._connections.add(record)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _uuid() -> str:
    return uuid.uuid4().hex
