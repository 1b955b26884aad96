"""The database of a store: SQLite's file by default, PostgreSQL for teams; its engine, tables and locks."""

from __future__ import annotations

import fcntl
import os
import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlmodel import SQLModel, select

from harness.errors import InputError, MachineError
from harness.runs.tables import (
    VERSION,
    RunSample,
    StoredEnvironment,
    StoredGrade,
    StoredRun,
    StoredSample,
    StoreVersion,
)

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Connection

_TABLES = [
    SQLModel.metadata.tables[str(model.__tablename__)]
    for model in (StoreVersion, StoredRun, StoredSample, RunSample, StoredEnvironment, StoredGrade)
]
_BUSY_SECONDS = 60
_SCHEMA = "schema"


class NoStoreError(InputError):
    """There is no store yet at the place that was named."""


class Database:
    """A store's database. ``place`` is a file, or ``postgresql+asyncpg://...``; ``shown`` is it without a password.

    Raises ``InputError`` for a place that cannot be one.
    """

    def __init__(self, place: str) -> None:
        self.url = _url(place)
        self.shown = self.url.render_as_string(hide_password=True) if self.on_server else str(self.url.database)
        self.engine: AsyncEngine = create_async_engine(self.url)
        self._lock_file: int | None = None
        self._lock_connection: AsyncConnection | None = None
        if not self.on_server:
            event.listen(self.engine.sync_engine, "connect", _prepare)

    @property
    def on_server(self) -> bool:
        """It is PostgreSQL."""
        return self.url.get_backend_name() == "postgresql"

    async def open(self, *, create: bool = True) -> None:
        """Make the tables where there are none. ``InputError`` where there are others (in a file: any),
        ``NoStoreError`` where there are none and none are to be made (not ``create``)."""
        try:
            if not self.on_server:
                self._open_file(create=create)
            async with self.engine.connect() as connection:
                await self._lock(connection, _SCHEMA)
                try:
                    version = await connection.run_sync(_version)
                    if version is None and create:
                        if not self.on_server and (others := await connection.run_sync(_names)):
                            raise InputError(
                                f"--store: {self.shown} is a database of something else, with the table {others[0]}: "
                                "name a file of its own"
                            )
                        await connection.run_sync(_create)
                        await connection.commit()
                finally:
                    await self._unlock(connection, _SCHEMA)
        except (OSError, SQLAlchemyError) as error:
            raise MachineError(f"--store: {self.shown}: {reason(error)}") from error
        if version is None and not create:
            raise NoStoreError(f"{self.shown}: is no store of runs")
        if version not in (None, VERSION):
            raise InputError(
                f"--store: {self.shown} is of version {version}, this harness reads {VERSION}: use another"
            )

    async def hold(self, run: str) -> None:
        """Keep other processes from carrying out ``run`` until ``close``, or the end of this one, however it ends."""
        try:
            if self.on_server:
                connection = await self.engine.connect()
                self._lock_connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
                free = await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _key(run)})
            else:
                free = self._try_lock(run)
        except (OSError, SQLAlchemyError) as error:
            raise MachineError(f"--store: {self.shown}: {reason(error)}") from error
        if not free:
            raise MachineError(f"{self.shown}: {run} is being carried out by another process: wait for it to end")

    async def close(self) -> None:
        """Close all connections, let go of all locks."""
        with suppress(SQLAlchemyError, OSError):
            if self._lock_connection is not None:
                await self._lock_connection.close()
            await self.engine.dispose()
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    def _open_file(self, *, create: bool) -> None:
        path = Path(str(self.url.database))
        if not create and not path.is_file():
            if path.exists():
                raise InputError(f"{path}: is not a file")
            raise NoStoreError(f"{path}: there is no such file")
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError), path.open("rb") as stream:
            if stream.read(16) not in (b"", b"SQLite format 3\0"):
                raise InputError(f"--store: {path} is not an SQLite file: name another one")
        self._lock_file = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def _try_lock(self, name: str) -> bool:
        """One byte of the lock file stands for each run: the kernel gives it back when this process ends."""
        assert self._lock_file is not None
        try:
            fcntl.lockf(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _key(name))
        except (BlockingIOError, PermissionError):
            return False
        return True

    async def _lock(self, connection: AsyncConnection, name: str) -> None:
        if self.on_server:
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _key(name)})
        elif self._lock_file is not None:
            fcntl.lockf(self._lock_file, fcntl.LOCK_EX, 1, _key(name))

    async def _unlock(self, connection: AsyncConnection, name: str) -> None:
        if self.on_server:
            await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _key(name)})
        elif self._lock_file is not None:
            fcntl.lockf(self._lock_file, fcntl.LOCK_UN, 1, _key(name))


def reason(error: BaseException) -> str:
    """One line about an error of a database."""
    origin = getattr(error, "orig", None) or error
    text_ = " ".join(str(getattr(origin, "strerror", None) or origin).split())
    return text_[:300] or type(origin).__name__


def _url(place: str) -> URL:
    if "://" not in place:
        return make_url("sqlite+aiosqlite://").set(database=place)
    try:
        url = make_url(place)
        backend, driver = url.get_backend_name(), url.get_driver_name()
    except (ArgumentError, NoSuchModuleError, ValueError):
        backend = driver = ""
    if backend == "sqlite" and driver == "aiosqlite" and url.database and url.database != ":memory:":
        return url
    if backend == "postgresql" and driver in {"asyncpg", "psycopg"}:
        return url
    raise InputError("--store: name a file, or postgresql+asyncpg://USER:PASSWORD@HOST/DATABASE")


def _prepare(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # what is committed outlives the process, however it ends, and is never torn; a power cut may take the last moments
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _version(connection: Connection) -> int | None:
    if not inspect(connection).has_table(str(StoreVersion.__tablename__)):
        return None
    return connection.scalar(select(StoreVersion.version))


def _names(connection: Connection) -> list[str]:
    return sorted(inspect(connection).get_table_names())


def _create(connection: Connection) -> None:
    SQLModel.metadata.create_all(connection, tables=_TABLES)
    connection.execute(StoreVersion.__table__.insert().values(version=VERSION))  # type: ignore[attr-defined]


def _key(name: str) -> int:
    return zlib.crc32(name.encode()) & 0x7FFFFFFF
