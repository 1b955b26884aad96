"""The database that engines are led to, whatever URL they were asked for with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from harness.inside.engines import PRISTINE_SYNC
from harness.inside.postgresql import PostgresDatabase
from harness.inside.sqlite import SqliteFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Engine, MetaData
    from sqlalchemy.engine import URL


class Database(Protocol):
    """What ``sqlite`` and ``postgresql`` do each in their way."""

    def url(self, asked: URL, *, is_async: bool) -> URL:
        """Where an engine goes that was asked for with this URL."""

    def own_engine(self) -> Engine:
        """A sync engine for the harness itself."""

    def options(self, asked: URL, options: Mapping[str, Any]) -> dict[str, Any]:
        """The engine options as given, without those that do not fit."""

    def prepare(self, engine: Engine) -> None:
        """Give a redirected engine what it needs."""

    def adapt(self, metadata: MetaData) -> None:
        """Make the tables fit the database, or the database fit the tables."""

    def set_up(self, engine: Engine) -> None:
        """Make what the experiments need beside the answer's tables."""

    async def control(self, settings: Mapping[str, Any]) -> None:
        """Play a part in a fault."""


def database_of(folder: str, job: Mapping[str, Any]) -> Database:
    """The one that ``job`` describes, see ``harness.databases``. Raises ValueError."""
    match job.get("kind"):
        case "sqlite":
            return SqliteFile(folder, PRISTINE_SYNC)
        case "postgresql":
            return PostgresDatabase(job, PRISTINE_SYNC)
    raise ValueError(f"no such database kind: {job.get('kind')!r}")
