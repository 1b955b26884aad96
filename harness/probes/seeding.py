"""Rows put into the answer's tables from outside, with the parents they need."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.databases import View
    from harness.probes.marks import Marks
    from harness.probes.replies import Column, Table

_DEPTH = 4
_TRUE_FLAGS = ("active", "enabled", "visible", "published")
_MOMENT = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Seeded:
    """A row that was put in: its key as JSON knows it, its mark, its parents by foreign key column."""

    table: str
    key: Any
    mark: str
    values: dict[str, Any]
    parents: dict[str, Seeded] = field(default_factory=dict)


class Seeder:
    """Knows the tables and fills them."""

    def __init__(self, database: View, tables: Sequence[Table], marks: Marks) -> None:
        self._database = database
        self._tables = {table.name: table for table in tables}
        self._marks = marks

    def table_for(self, word: str) -> Table | None:
        """The table that a word of a path or parameter (``task``, ``tasks``, ``task_id``) speaks of."""
        stem = _singular(word.lower().removesuffix("_id").removesuffix("id").strip("_-").replace("-", "_"))
        if not stem:
            return None
        candidates = list(self._tables.values())
        exact = [table for table in candidates if _singular(table.name.lower()) == stem]
        ending = [table for table in candidates if _singular(table.name.lower()).endswith(stem)]
        return next(iter(exact or ending), None)

    def parent_for(self, name: str) -> Table | None:
        """The table that a property such as ``project_id`` refers to."""
        for table in self._tables.values():
            for column in table.columns:
                if column.name == name and column.foreign:
                    return self._tables.get(column.foreign.rpartition(".")[0])
        return self.table_for(name) if name.lower().endswith("_id") else None

    def children_of(self, table: str) -> list[tuple[Table, Column]]:
        """The tables that refer to ``table``, with the column that does."""
        return [
            (child, column)
            for child in self._tables.values()
            for column in child.columns
            if column.foreign and column.foreign.rpartition(".")[0] == table and child.name != table
        ]

    def seed(self, table: Table, *, given: dict[str, Any] | None = None, depth: int = 0) -> Seeded | None:
        """One row with all its parents, except itself; None when the database refuses it."""
        mark = self._marks.new()
        values: dict[str, Any] = {}
        parents: dict[str, Seeded] = {}
        for column in table.columns:
            if given and column.name in given:
                values[column.name] = given[column.name]
            elif column.foreign:
                parent = self._parent(table, column, depth)
                if parent is not None:
                    parents[column.name] = parent
                    values[column.name] = stored(parent.key, column)
                elif not column.nullable:
                    return None
            else:
                value = self._value(table, column, mark)
                if value is not None:
                    values[column.name] = value
        if not self._database.insert(table.name, values):
            return None
        key = table.key
        seeded_key = as_json(values.get(key.name), key) if key is not None else None
        return Seeded(table.name, seeded_key, mark, values, parents)

    def _parent(self, table: Table, column: Column, depth: int) -> Seeded | None:
        parent = self._tables.get((column.foreign or "").rpartition(".")[0])
        if parent is None or parent.name == table.name or depth >= _DEPTH:
            return None
        return self.seed(parent, depth=depth + 1)

    def _value(self, table: Table, column: Column, mark: str) -> Any:
        name = column.name.lower()
        if column.primary_key and column.kind == "integer":
            return self._database.next_integer(table.name, column.name)
        match column.kind:
            case "string":
                made = f"{mark}@example.com" if "email" in name else f"{mark}-{column.name}"
                return made[: column.length] if column.length else made
            case "uuid":
                return uuid.uuid4().hex
            case "enum":
                return column.values[0] if column.values else None
        if column.nullable:
            return None
        plain = {
            "integer": 1,
            "float": 1.5,
            "numeric": "1.5",
            "boolean": int(any(word in name for word in _TRUE_FLAGS)),
            "datetime": f"{_MOMENT:%Y-%m-%d %H:%M:%S.%f}",
            "date": f"{_MOMENT:%Y-%m-%d}",
            "time": f"{_MOMENT:%H:%M:%S.%f}",
            "interval": "01:00:00",
            "array": "{}",
            "json": "{}",
            "binary": "",
        }.get(column.kind, f"{mark}-{column.name}")
        return self._database.literal(column.kind, plain)


def as_json(value: Any, column: Column) -> Any:
    """A stored key as a path or a body writes it."""
    return str(uuid.UUID(value)) if column.kind == "uuid" and isinstance(value, str) else value


def stored(value: Any, column: Column) -> Any:
    """A key from a path or a body as the database stores it in the column."""
    if column.kind == "uuid" and isinstance(value, str):
        try:
            return uuid.UUID(value).hex
        except ValueError:
            return value
    return value


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes")):
        return word[:-2]
    return word.removesuffix("s") if not word.endswith("ss") else word
