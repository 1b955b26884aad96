"""One worker's database: made once, emptied for every answer, dropped at the end."""

from __future__ import annotations

import contextlib
import importlib.metadata
import secrets
import time
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from harness.databases.postgresql import faults
from harness.databases.postgresql.relay import PORT, Relay, connector
from harness.databases.postgresql.server import one_line
from harness.databases.postgresql.view import MOST_CONNECTIONS, PostgresView, Reader
from harness.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.databases.postgresql.server import Server
    from harness.sandbox import Cell

_SETTINGS = {"statement_timeout": "10s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "60s"}
_LEAVE_SECONDS = 10.0
_PAUSE = 0.005


class PostgresBackend:
    """A database, a role with no right outside it, and the relay that leads there. Raises MachineError.

    The role is a new one for each answer: nothing that an answer does to its own role outlives it.
    """

    kind = "postgresql"

    def __init__(self, server: Server, driver: str) -> None:
        self._server = server
        self._driver = driver
        self.sockets: Path | None = None
        self._closed = False
        self._role: str | None = None
        self._password = ""
        self._reader: Reader | None = None
        self._relay: Relay | None = None
        self._database = server.create_database()
        self.environment: dict[str, str] = {
            "postgresql": server.version,
            **{name: importlib.metadata.version(name) for name in ("asyncpg", "psycopg")},
        }
        try:
            self._admin = server.connect(dbname=self._database)
            self._admin.execute(faults.SET_UP)
            self._relay = Relay(connector(server.host, server.port))
            self.sockets = self._relay.folder
            self.reset()
        except psycopg.Error as error:
            self.close()
            raise MachineError(f"--db: the database for answers cannot be set up: {one_line(error)}") from error
        except BaseException:
            self.close()
            raise

    def reset(self) -> None:
        """Nothing of the answer before is left: no session, no object, no role, no fault that is switched on."""
        try:
            if self._admin.closed:
                self._admin = self._server.connect(dbname=self._database)
            self._forget_role()
            self._make_role()
        except psycopg.Error as error:
            raise MachineError(f"the database server failed: {one_line(error)}") from error

    def job(self, sockets: str | None) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "driver": self._driver,
            "url": self.url(sync=False),
            "host": sockets,
            "port": PORT,
            "user": self._role,
            "password": self._password,
            "database": self._database,
        }

    def url(self, *, sync: bool) -> str:
        """A usual one: engines are led to the real database wherever their URL points."""
        return f"postgresql+{'psycopg' if sync else self._driver}://app:app@localhost:5432/app"

    def view(self, cell: Cell, control: Callable[..., object]) -> PostgresView:
        assert self._reader is not None
        assert self._role is not None
        return PostgresView(self._reader, self._admin, control, self._role, self._gone)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._relay is not None:
            self._relay.close()
        if self._reader is not None:
            self._reader.close()
        if hasattr(self, "_admin"):
            self._admin.close()
        self._server.drop(self._database, self._role)

    @contextlib.contextmanager
    def _gone(self) -> Iterator[None]:
        """Meanwhile the socket inside leads nowhere, and whoever came through it is cut off."""
        assert self._relay is not None
        assert self._role is not None
        self._relay.cut()
        try:
            yield
        finally:
            self._relay.admit(self._role, self._database)

    def _forget_role(self) -> None:
        if self._reader is not None:
            self._reader.close()
        assert self._relay is not None
        self._relay.cut()
        self._admin.execute("UPDATE harness.fault SET mode = '', relations = '{}'")
        if self._role is None:
            return
        role = sql.Identifier(self._role)
        try:
            self._admin.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(role))
        except psycopg.errors.UndefinedObject:  # dropped, or never made: the server's answer was lost
            self._role = None
            return
        end = time.monotonic() + _LEAVE_SECONDS
        while self._admin.execute(_TERMINATE, [self._role]).fetchall():
            if time.monotonic() > end:
                raise MachineError("the database server failed: sessions of the answer before do not end")
            time.sleep(_PAUSE)
        self._admin.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(role))
        self._admin.execute(sql.SQL("DROP ROLE {}").format(role))
        self._role = None

    def _make_role(self) -> None:
        self._role = f"{self._database}_{secrets.token_hex(3)}"
        self._password = secrets.token_urlsafe(24)
        role, database = sql.Identifier(self._role), sql.Identifier(self._database)
        secret = self._admin.pgconn.encrypt_password(
            self._password.encode(), self._role.encode(), b"scram-sha-256"
        ).decode()
        statements = [
            sql.SQL(
                "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS "
                "CONNECTION LIMIT {} PASSWORD {}"
            ).format(role, sql.Literal(MOST_CONNECTIONS), sql.Literal(secret)),
            sql.SQL("GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {} TO {}").format(database, role),
            sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {}").format(role),
        ]
        if not self._server.rights.superuser:  # to end its sessions, put triggers on its tables and drop what it owns
            statements.append(sql.SQL("GRANT {} TO CURRENT_USER").format(role))
        for name, value in _SETTINGS.items():
            statements.append(
                sql.SQL("ALTER ROLE {} SET {} = {}").format(role, sql.Identifier(name), sql.Literal(value))
            )
        self._admin.execute(sql.SQL("; ").join(statements))
        self._reader = Reader(self._server.parameters(self._role, self._password, self._database))
        try:
            self._reader.open()
        except psycopg.Error as error:
            raise MachineError(
                f"--db: the role made for answers cannot log in, see the server's pg_hba.conf: {one_line(error)}"
            ) from error
        assert self._relay is not None
        self._relay.admit(self._role, self._database)


_TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"
