"""The answer's tables on the server: read and written as the answer's own role, faults switched by the administrator.

The administrator runs no statement that could run code of the answer's (defaults, triggers, casts, checks): whatever
touches its rows is done with its own rights.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
from psycopg import sql

from harness.databases.backend import OWN_TABLES, Row
from harness.databases.postgresql import faults
from harness.databases.postgresql.server import one_line, open_connection
from harness.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager


_MOST_ROWS = 1_000
_MOST_TEXT = 10_000
_STATEMENT_MILLISECONDS = 2_000
_LOCK_MILLISECONDS = 1_000
_GIVE_UP_SECONDS = 10.0
_OPTIONS = "-c search_path=pg_catalog,pg_temp -c client_min_messages=error"
MOST_CONNECTIONS = 40
_LOOKS = 4
_PAUSE = 0.05
_OPEN = "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE usename = %s"
_HELD = "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE usename = %s AND state LIKE 'idle in transaction%%'"
_COLUMNS = """
SELECT a.attname FROM pg_catalog.pg_attribute a
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""


class Reader:
    """A connection with the answer's role, opened again when the answer has ended it."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        self._parameters = parameters
        self._connection: psycopg.Connection[Any] | None = None

    def open(self) -> psycopg.Connection[Any]:
        """Raises psycopg.Error."""
        if self._connection is None or self._connection.closed:
            self._connection = open_connection(self._parameters, _OPTIONS)
            self._connection.prepare_threshold = None
        return self._connection

    def rows(
        self, statement: LiteralString | sql.Composed, parameters: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]] | None:
        """None when the server refuses. Two tries, as the answer may have ended the connection."""
        given_up = threading.Event()
        for _ in range(2):
            try:
                connection = self.open()
                with _watched(connection, given_up):
                    # anew each time: code of the answer's may have changed them
                    connection.execute(
                        f"SET search_path = pg_catalog, pg_temp; SET statement_timeout = {_STATEMENT_MILLISECONDS}; "
                        f"SET lock_timeout = {_LOCK_MILLISECONDS}"
                    )
                    cursor = connection.execute(statement, parameters or None)
                    return cursor.fetchmany(_MOST_ROWS) if cursor.description else []
            except psycopg.Error:
                if given_up.is_set() or (self._connection is not None and not self._connection.closed):
                    return None
        return None

    def close(self) -> None:
        """May be called twice."""
        if self._connection is not None:
            self._connection.close()


class PostgresView:
    """One answer's tables. Made when its tables are there."""

    faults: tuple[str, ...] = ("integrity", "commit", "deferred")

    def __init__(
        self,
        reader: Reader,
        admin: psycopg.Connection[Any],
        control: Callable[..., object],
        role: str,
        gone: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._reader = reader
        self._admin = admin
        self._control = control
        self.disturbed: list[str] = []
        self._role = role
        self._gone = gone
        self._known: dict[str, tuple[sql.Identifier, int]] = {}
        self._put_triggers()

    def tables(self) -> list[str]:
        return [name for name in self._find() if name not in OWN_TABLES]

    def snapshot(self) -> Counter[Row]:
        seen: Counter[Row] = Counter()
        for table in self.tables():
            identifier, oid = self._known[table]
            columns = [str(name) for (name,) in self._reader.rows(_COLUMNS, [oid]) or []]
            if not columns:
                continue
            values = sql.SQL(", ").join(
                sql.SQL("left({}::text, {})").format(sql.Identifier(name), sql.Literal(_MOST_TEXT)) for name in columns
            )
            query = sql.SQL("SELECT {} FROM {} LIMIT {}").format(values, identifier, sql.Literal(_MOST_ROWS))
            for row in self._reader.rows(query) or []:
                seen[Row(table, tuple(zip(columns, row, strict=True)))] += 1
        return seen

    def fresh(self, before: Counter[Row]) -> list[Row]:
        return list((self.snapshot() - before).elements())

    def marked(self, mark: str) -> list[Row]:
        return [row for row in self.snapshot() if row.holds(mark)]

    def others_can_write(self) -> bool:
        """Whether the lock that every writer needs can be had on each table."""
        found = list(self._find().values())
        if not found:
            return True
        names = sql.SQL(", ").join(identifier for identifier, _ in found)
        lock = sql.SQL("BEGIN LOCK TABLE {} IN ROW EXCLUSIVE MODE; END").format(names).as_string(self._admin)
        return self._reader.rows(sql.SQL("DO {}").format(sql.Literal(lock))) is not None

    @contextlib.contextmanager
    def failing(self, fault: str, tables: Iterable[str]) -> Iterator[bool]:
        self._put_triggers()
        relations = [self._known[name][1] for name in tables if name in self._known]
        bare = self._bare(relations)
        self._switch(fault, relations)
        try:
            if fault == "commit":
                self._control(end_at_commit=True)
            yield bool(relations)
            if fault == "commit":
                self._control(end_at_commit=False)
        finally:
            self._switch("", [])
            if self._bare(relations) - bare:
                self.disturbed.append(fault)

    @contextlib.contextmanager
    def gone(self) -> Iterator[bool]:
        with self._gone():
            yield True

    def held(self) -> int:
        for _ in range(_LOOKS):
            held = self._count(_HELD)
            if not held:
                break
            time.sleep(_PAUSE)  # what works on behind a response may be about to end
        return held

    @contextlib.contextmanager
    def scarce(self, spare: int) -> Iterator[bool]:
        self._limit(min(self._count(_OPEN) + spare, MOST_CONNECTIONS))
        try:
            yield True
        finally:
            self._limit(MOST_CONNECTIONS)

    def insert(self, table: str, values: dict[str, Any]) -> bool:
        found = self._locate(table)
        if found is None:
            return False
        names = sql.SQL(", ").join(map(sql.Identifier, values))
        holders = sql.SQL(", ").join([sql.Placeholder()] * len(values))
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})" if values else "INSERT INTO {} DEFAULT VALUES")
        filled = statement.format(found[0], names, holders) if values else statement.format(found[0])
        # text of no type: the server reads it as the column's
        given = [None if value is None else str(value) for value in values.values()]
        return self._reader.rows(filled, given) is not None

    def next_integer(self, table: str, column: str) -> int:
        found = self._locate(table)
        if found is None:
            return 1
        name = found[0].as_string(self._admin)
        own = self._reader.rows("SELECT nextval(pg_get_serial_sequence(%s, %s))", [name, column])
        if not own or own[0][0] is None:
            query = sql.SQL("SELECT COALESCE(MAX({}), 0) + 1 FROM {}").format(sql.Identifier(column), found[0])
            own = self._reader.rows(query)
        return int(own[0][0]) if own else 1

    def literal(self, kind: str, value: Any) -> Any:
        return value

    def _locate(self, table: str) -> tuple[sql.Identifier, int] | None:
        return self._known.get(table) or self._find().get(table)

    def _find(self) -> dict[str, tuple[sql.Identifier, int]]:
        """Tables by their bare name; of two that are called the same, the one in ``public`` or the first."""
        self._known = {}
        for schema, name, oid, _ in self._reader.rows(faults.TABLES) or []:
            self._known.setdefault(str(name), (sql.Identifier(str(schema), str(name)), int(oid)))
        return self._known

    def _put_triggers(self) -> None:
        """On every table that has none yet; one that is locked has to do without."""
        self._find()
        with contextlib.suppress(psycopg.OperationalError):
            for schema, name, _, there in self._admin.execute(faults.TABLES).fetchall():
                if not there:
                    with contextlib.suppress(psycopg.Error), self._admin.transaction():
                        for statement in faults.TRIGGERS:
                            self._admin.execute(sql.SQL(statement).format(sql.Identifier(schema, name)))

    def _bare(self, relations: list[int]) -> set[int]:
        """Those of the tables that are there without what brings faults about."""
        with contextlib.suppress(psycopg.OperationalError):
            return {int(oid) for (oid,) in self._admin.execute(faults.BARE, [relations]).fetchall()}
        return set()

    def _count(self, query: LiteralString) -> int:
        try:
            row = self._admin.execute(query, [self._role]).fetchone()
        except psycopg.Error as error:
            raise MachineError(f"the database server failed: {one_line(error)}") from error
        return int(row[0]) if row is not None else 0

    def _limit(self, most: int) -> None:
        statement = sql.SQL("ALTER ROLE {} CONNECTION LIMIT {}").format(sql.Identifier(self._role), sql.Literal(most))
        try:
            self._admin.execute(statement)
        except psycopg.Error as error:
            raise MachineError(f"the database server failed: {one_line(error)}") from error

    def _switch(self, fault: str, relations: list[int]) -> None:
        try:
            self._admin.execute("UPDATE harness.fault SET mode = %s, relations = %s::oid[]", [fault, relations])
        except psycopg.Error as error:
            raise MachineError(f"the database server failed: {one_line(error)}") from error


@contextlib.contextmanager
def _watched(connection: psycopg.Connection[Any], given_up: threading.Event) -> Iterator[None]:
    """Cut the connection when the server does not answer: code of the answer's can outlive a statement's time limit."""
    timer = threading.Timer(_GIVE_UP_SECONDS, _cut, [connection.fileno(), given_up])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(descriptor: int, given_up: threading.Event) -> None:
    given_up.set()
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as copy:
        copy.shutdown(socket.SHUT_RDWR)
