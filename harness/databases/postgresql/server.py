"""The server that was asked for, seen by its administrator: databases for workers are made and dropped here."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import MachineError

try:
    import psycopg
    from psycopg import conninfo, sql
except ImportError as error:
    raise MachineError(f"--db: PostgreSQL needs the package psycopg[binary]: {error}") from error

if TYPE_CHECKING:
    from psycopg.abc import Query

PREFIX = "harness_answers"
_OLDEST = 140000
_CONNECT_SECONDS = "5"
_RIGHTS = (
    "SELECT rolsuper, rolsuper OR rolcreatedb, rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
)
_OPTIONS = "-c search_path=pg_catalog,pg_temp -c statement_timeout=20s -c lock_timeout=2s -c client_min_messages=error"


@dataclass(frozen=True, slots=True)
class Rights:
    """What the server lets the user that was named do."""

    user: str
    superuser: bool
    create_databases: bool
    create_roles: bool


class Server:
    """One administrator's connection. Raises MachineError, in one line, when the server cannot be reached."""

    def __init__(self, url: str) -> None:
        try:
            self._parameters: dict[str, Any] = conninfo.conninfo_to_dict(url)
        except psycopg.Error as error:
            raise MachineError(f"--db: the database URL cannot be used: {one_line(error)}") from error
        self._parameters.setdefault("connect_timeout", _CONNECT_SECONDS)
        self._admin = self.connect()
        info = self._admin.info
        self.host = info.hostaddr or info.host
        self.port = info.port
        self._number = info.server_version
        self.version = f"{self._number // 10_000}.{self._number % 10_000}"
        try:
            row = self._admin.execute(_RIGHTS).fetchone()
        except BaseException:
            self._admin.close()
            raise
        self.rights = Rights(info.user, *(row if row is not None else (False, False, False)))

    def check(self) -> None:
        """Raises MachineError, in one line that says what is lacking, when answers cannot be run there."""
        if self._number < _OLDEST:
            raise MachineError(f"--db: PostgreSQL {self.version} is too old: 14 or newer is needed")
        if not (self.rights.create_databases and self.rights.create_roles):
            user = self.rights.user
            raise MachineError(
                f"--db: {user!r} may not create databases and roles on {self}: "
                f"ALTER ROLE {user} CREATEDB CREATEROLE, or name another user"
            )

    def __str__(self) -> str:
        return f"{self._parameters.get('host') or self.host}:{self.port}"

    def connect(self, **changed: Any) -> psycopg.Connection[Any]:
        """A connection of the administrator's, or with ``changed`` parameters. Raises MachineError."""
        try:
            return open_connection({**self._parameters, **changed}, _OPTIONS)
        except psycopg.Error as error:
            raise MachineError(f"--db: PostgreSQL cannot be reached: {one_line(error)}") from error

    def parameters(self, role: str, password: str, database: str) -> dict[str, Any]:
        """What a connection of a worker's role is opened with."""
        kept = {
            key: value
            for key, value in self._parameters.items()
            if key in ("host", "hostaddr", "port", "connect_timeout")
        }
        return {**kept, "user": role, "password": password, "dbname": database}

    def create_database(self) -> str:
        """A new database; its name and its comment say whose it is."""
        name = f"{PREFIX}_{os.getpid()}_{secrets.token_hex(4)}"
        made = f"answers of harness, process {os.getpid()} on {socket.gethostname()}: can be dropped when that is gone"
        try:
            self._do(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'").format(sql.Identifier(name))
            )
            self._do(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(made)))
            self._do(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        except psycopg.Error as error:
            raise MachineError(f"--db: no database can be made on {self}: {one_line(error)}") from error
        return name

    def drop(self, database: str, role: str | None) -> None:
        """Remove both, whoever is still connected. Never raises."""
        with contextlib.suppress(psycopg.Error, MachineError):
            if self._admin.closed:
                self._admin = self.connect()
            self._do(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))
            if role is not None:
                self._do(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))

    def close(self) -> None:
        """Let the server go. May be called twice."""
        self._admin.close()

    def _do(self, statement: Query) -> None:
        self._admin.execute(statement)


def open_connection(parameters: dict[str, Any], options: str) -> psycopg.Connection[Any]:
    """Commits each statement. Raises psycopg.Error."""
    return psycopg.connect(**{**parameters, "options": options}, autocommit=True, application_name="harness")


def one_line(error: BaseException) -> str:
    """What happened, without the lines that repeat it."""
    text = str(error).strip() or type(error).__name__
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1 if lines[0].startswith("Multiple connection attempts") else 0][:300]
