"""The answer's tables as another connection sees them: rows before and after, rows put in, inserts made to fail."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.probes.marks import holds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.probes.conversation import Conversation

OWN_TABLES = ("harness_writes", "alembic_version")


@dataclass(frozen=True, slots=True)
class Row:
    """A row and the table it is in."""

    table: str
    values: tuple[tuple[str, Any], ...]

    def holds(self, mark: str) -> bool:
        return any(isinstance(value, str) and holds(value, mark) for _, value in self.values)


class SqliteDatabase:
    """The outside's view of one cell's SQLite file."""

    def __init__(self, conversation: Conversation) -> None:
        self._talk = conversation

    def tables(self) -> list[str]:
        found = self._talk.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return [str(name) for (name,) in found or [] if name not in OWN_TABLES]

    def snapshot(self) -> Counter[Row]:
        """Every row of every table; empty where the database does not answer."""
        seen: Counter[Row] = Counter()
        for table in self.tables():
            columns = [str(row[1]) for row in self._talk.rows(f"PRAGMA table_info({quoted(table)})") or []]
            for values in self._talk.rows(f"SELECT * FROM {quoted(table)}") or []:
                seen[Row(table, tuple(zip(columns, values, strict=False)))] += 1
        return seen

    def fresh(self, before: Counter[Row]) -> list[Row]:
        """The rows that were not there before."""
        return list((self.snapshot() - before).elements())

    def marked(self, mark: str) -> list[Row]:
        """The rows that hold the mark."""
        return [row for row in self.snapshot() if row.holds(mark)]

    def others_can_write(self) -> bool:
        return self._talk.rows("INSERT INTO harness_writes (moment) VALUES (1)") is not None

    def break_inserts(self, tables: Iterable[str]) -> None:
        """Let every INSERT into the tables fail like a violated UNIQUE constraint."""
        for index, table in enumerate(tables):
            self._talk.rows(
                f"CREATE TRIGGER harness_break_{index} BEFORE INSERT ON {quoted(table)} "
                f"BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: {table.replace(chr(39), '')}.id'); END"
            )

    def mend_inserts(self) -> None:
        """Take back what ``break_inserts`` did."""
        names = self._talk.rows("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'harness_break_%'")
        for (name,) in names or []:
            self._talk.rows(f"DROP TRIGGER {quoted(str(name))}")

    def insert(self, table: str, values: dict[str, Any]) -> bool:
        """Put one row in; False when the database refuses it."""
        names = ", ".join(quoted(name) for name in values)
        holders = ", ".join("?" for _ in values)
        statement = f"INSERT INTO {quoted(table)} ({names}) VALUES ({holders})"
        return self._talk.rows(statement, list(values.values())) is not None

    def next_integer(self, table: str, column: str) -> int:
        """A key that is free."""
        found = self._talk.rows(f"SELECT COALESCE(MAX({quoted(column)}), 0) + 1 FROM {quoted(table)}")
        return int(found[0][0]) if found else 1


def quoted(name: str) -> str:
    """The name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
