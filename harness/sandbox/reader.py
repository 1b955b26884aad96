"""The row reader: a second connection to a job's SQLite file. Runs inside, in a process without the answer's code.

Frames both ways; requests ``{"op": "execute", "job", "sql", "parameters"}``, ``{"op": "snapshot", "job"}``,
``{"op": "hold", "job"}``, ``{"op": "release"}``; replies ``{"rows": [[...]]}`` or ``{"error": "one line"}``. The rows
of a snapshot are ``[table, [column, ...], [value, ...]]``.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from typing import TYPE_CHECKING, Any

from harness.sandbox import frames

if TYPE_CHECKING:
    import socket

FILE = "app.db"
MAX_ROWS = 1_000
MAX_TEXT = 10_000
MAX_REPLY = 8 << 20
_MAX_CHARACTERS = MAX_REPLY // 16  # one may take 12 bytes of JSON
_MAX_FILE = 64 << 20
_MAX_VALUE = 1 << 24
_BUSY_SECONDS = 2.0
_STATEMENT_SECONDS = 2.0
_CHECK_EVERY = 10_000  # virtual machine instructions
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"


class _RefusedError(Exception):
    """The file is not one to be opened."""


def serve(channel: socket.socket, box: str) -> None:
    """Answer until the peer closes. ``box`` holds one folder a job."""
    held: sqlite3.Connection | None = None
    while (request := frames.receive(channel)) is not None:
        rows: list[list[Any]] = []
        try:
            match request["op"]:
                case "execute":
                    rows = _execute(_path(box, request), request["sql"], request["parameters"])
                case "snapshot":
                    rows = _snapshot(_path(box, request))
                case "hold":
                    held = _hold(_path(box, request))
                case "release" if held is not None:
                    held.close()
                    held = None
            reply: dict[str, Any] = {"rows": rows}
        except (_RefusedError, sqlite3.Error, OSError, ValueError, OverflowError, MemoryError) as error:
            reply = {"error": f"{error}"[:300] or type(error).__name__}
        frames.send(channel, reply)


def _path(box: str, request: dict[str, Any]) -> str:
    return f"{box}/{int(request['job'])}/{FILE}"


def _connect(path: str) -> sqlite3.Connection:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        raise _RefusedError("there is no database file") from None
    if not stat.S_ISREG(found.st_mode):
        raise _RefusedError("the database is not a regular file")
    if found.st_size > _MAX_FILE:
        raise _RefusedError(f"the database is larger than {_MAX_FILE} bytes")
    connection = sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.execute("pragma trusted_schema = off")
    end = time.monotonic() + _STATEMENT_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > end, _CHECK_EVERY)
    return connection


def _execute(path: str, sql: str, parameters: list[Any]) -> list[list[Any]]:
    """Each statement is its own transaction, committed when this returns."""
    connection = _connect(path)
    try:
        return _fetch(connection.execute(sql, parameters), _MAX_CHARACTERS)[0]
    finally:
        connection.close()


def _snapshot(path: str) -> list[list[Any]]:
    """Every row of every table, at once: asking for each table costs more than reading them."""
    connection = _connect(path)
    try:
        found: list[list[Any]] = []
        left = _MAX_CHARACTERS
        for (table,) in connection.execute(TABLES).fetchall():
            try:
                cursor = connection.execute(f'SELECT * FROM "{table.replace(chr(34), chr(34) * 2)}"')
                columns = [description[0] for description in cursor.description]
                rows, left = _fetch(cursor, left)
            except sqlite3.Error:
                continue  # what is odd about one table does not hide the others
            found += [[table, columns, row] for row in rows]
        return found
    finally:
        connection.close()


def _fetch(cursor: sqlite3.Cursor, left: int) -> tuple[list[list[Any]], int]:
    """The rows that fit into so many characters, and how many are left."""
    rows: list[list[Any]] = []
    for row in cursor:
        cells = [_plain(cell) for cell in row]
        left -= sum(len(cell) if isinstance(cell, str) else 8 for cell in cells)
        if len(rows) == MAX_ROWS or left < 0:
            break
        rows.append(cells)
    return rows, left


def _hold(path: str) -> sqlite3.Connection:
    connection = _connect(path)
    connection.execute("begin")
    connection.execute("select count(*) from sqlite_master").fetchone()
    return connection


def _plain(cell: Any) -> Any:
    if isinstance(cell, bytes):
        return cell[: MAX_TEXT // 2].hex()
    return cell[:MAX_TEXT] if isinstance(cell, str) else cell
