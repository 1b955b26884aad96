"""SQLite: a file in the folder of the answer's process, looked at by a row reader that runs beside it."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from harness.databases.backend import OWN_TABLES, Row
from harness.sandbox import RowReadError
from harness.sandbox.reader import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from harness.sandbox import Cell

_INTERVAL = "1970-01-01 01:00:00.000000"


class SqliteBackend:
    """A file for each cell: nothing to set up, nothing to clean."""

    kind = "sqlite"
    sockets: Path | None = None

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}

    def reset(self) -> None:
        """Nothing: each cell has a folder of its own."""

    def job(self, sockets: str | None) -> dict[str, Any]:
        return {"kind": self.kind}

    def url(self, *, sync: bool) -> str:
        return "sqlite:///./app.db" if sync else "sqlite+aiosqlite:///./app.db"

    def view(self, cell: Cell, control: Callable[..., object]) -> SqliteView:
        return SqliteView(cell, control)

    def close(self) -> None:
        """Nothing."""


class SqliteView:
    """One cell's SQLite file."""

    faults: tuple[str, ...] = ("integrity", "commit")

    def __init__(self, cell: Cell, control: Callable[..., object]) -> None:
        self._cell = cell
        self._control = control
        self.disturbed: list[str] = []

    def tables(self) -> list[str]:
        found = self._rows(TABLES)
        return [str(name) for (name,) in found or [] if name not in OWN_TABLES]

    def snapshot(self) -> Counter[Row]:
        """Every row of every table; empty where the database does not answer."""
        try:
            found = self._cell.snapshot()
        except RowReadError:
            return Counter()
        return Counter(Row(table, values) for table, values in found if table not in OWN_TABLES)

    def fresh(self, before: Counter[Row]) -> list[Row]:
        """The rows that were not there before."""
        return list((self.snapshot() - before).elements())

    def marked(self, mark: str) -> list[Row]:
        """The rows that hold the mark."""
        return [row for row in self.snapshot() if row.holds(mark)]

    def others_can_write(self) -> bool:
        return self._rows("INSERT INTO harness_writes (moment) VALUES (1)") is not None

    @contextlib.contextmanager
    def failing(self, fault: str, tables: Iterable[str]) -> Iterator[bool]:
        if fault == "integrity":
            put = self._break_inserts(tables)
            try:
                yield True
            finally:
                there = self._mend_inserts()
                if there is not None and there < put:
                    self.disturbed.append(fault)
            return
        if self._rows("PRAGMA journal_mode") == [("wal",)]:
            # a reader keeps no COMMIT from succeeding there, but nothing reaches the log before the COMMIT
            self._control(disk_full=True)
            yield True
            self._control(disk_full=False)
            return
        self._control(busy_timeout=0)
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(self._cell.hold_read_lock())
                armed = True
            except RowReadError:
                armed = False
            yield armed
        self._control(busy_timeout=None)

    @contextlib.contextmanager
    def gone(self) -> Iterator[bool]:
        """A file is always there."""
        yield False

    def held(self) -> int:
        """None that could be counted from outside; ``others_can_write`` shows what they do."""
        return 0

    @contextlib.contextmanager
    def scarce(self, spare: int) -> Iterator[bool]:
        """A file can be opened any number of times."""
        yield False

    def _break_inserts(self, tables: Iterable[str]) -> int:
        """Let every INSERT into the tables fail like a violated UNIQUE constraint; in how many of them it will."""
        put = [
            self._rows(
                f"CREATE TRIGGER harness_break_{index} BEFORE INSERT ON {quoted(table)} "
                f"BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: {table.replace(chr(39), '')}.id'); END"
            )
            for index, table in enumerate(tables)
        ]
        return sum(each is not None for each in put)

    def _mend_inserts(self) -> int | None:
        """Take back what ``_break_inserts`` did; in how many tables it was still there, None: no telling."""
        names = self._rows("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'harness_break_%'")
        for (name,) in names or []:
            self._rows(f"DROP TRIGGER {quoted(str(name))}")
        return None if names is None else len(names)

    def insert(self, table: str, values: dict[str, Any]) -> bool:
        """Put one row in; False when the database refuses it."""
        names = ", ".join(quoted(name) for name in values)
        holders = ", ".join("?" for _ in values)
        statement = f"INSERT INTO {quoted(table)} ({names}) VALUES ({holders})"
        return self._rows(statement, list(values.values())) is not None

    def next_integer(self, table: str, column: str) -> int:
        """A key that is free."""
        found = self._rows(f"SELECT COALESCE(MAX({quoted(column)}), 0) + 1 FROM {quoted(table)}")
        return int(found[0][0]) if found else 1

    def literal(self, kind: str, value: Any) -> Any:
        return _INTERVAL if kind == "interval" else value

    def _rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]] | None:
        """What another connection gets; None when the database does not let it."""
        try:
            return self._cell.sql(statement, parameters)
        except RowReadError:
            return None


def quoted(name: str) -> str:
    """The name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
