"""What every database offers to the experiments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from harness.sandbox import Cell

OWN_TABLES = ("harness_writes", "alembic_version")


@dataclass(frozen=True, slots=True)
class Row:
    """A row and the table it is in."""

    table: str
    values: tuple[tuple[str, Any], ...]

    def holds(self, mark: str) -> bool:
        """Whether a text of the row has the mark in it, in whatever case."""
        wanted = mark.casefold()
        return any(isinstance(value, str) and wanted in value.casefold() for _, value in self.values)


class View(Protocol):
    """One answer's tables as another connection sees them.

    Where the database does not answer (it is locked, gone, or the answer's table is odd), there are no rows, and a
    write is refused; that is not an error. ``faults`` are the kinds that ``failing`` knows: "integrity" (the INSERT
    violates a constraint), "commit" (the COMMIT fails, the connection may be lost), "deferred" (a constraint that is
    checked at the COMMIT is violated). ``disturbed`` are the faults that the answer took off its tables.
    """

    faults: tuple[str, ...]
    disturbed: list[str]

    def tables(self) -> list[str]:
        """Their names, those of the harness and of migrations left out."""

    def snapshot(self) -> Counter[Row]:
        """Every row of every table."""

    def fresh(self, before: Counter[Row]) -> list[Row]:
        """The rows that were not there before."""

    def marked(self, mark: str) -> list[Row]:
        """The rows that hold the mark."""

    def others_can_write(self) -> bool:
        """Whether no connection of the answer keeps others from writing."""

    def failing(self, fault: str, tables: Iterable[str]) -> AbstractContextManager[bool]:
        """Meanwhile writing to the tables fails; gives whether that could be arranged."""

    def gone(self) -> AbstractContextManager[bool]:
        """Meanwhile the database cannot be reached, sessions end; gives whether it is one that can be gone."""

    def held(self) -> int:
        """How many connections of the answer's are in a transaction, to be asked when it answers no request.

        Where there are some, this takes a fifth of a second: they may be about to end.
        """

    def scarce(self, spare: int) -> AbstractContextManager[bool]:
        """Meanwhile no more connections can be had than there are and ``spare``; gives whether they are counted."""

    def insert(self, table: str, values: dict[str, Any]) -> bool:
        """Put one row in; False when the database refuses it."""

    def next_integer(self, table: str, column: str) -> int:
        """A key that is free, and that the answer will not be given for a row of its own."""

    def literal(self, kind: str, value: Any) -> Any:
        """The value as the database stores it in a column of the kind (see ``harness.inside.tables``)."""


class Backend(Protocol):
    """A database for one worker. ``kind`` is "sqlite" or "postgresql".

    ``sockets`` is the folder that has to be in sight inside, ``environment`` what verdicts hold for.
    """

    kind: str
    sockets: Path | None
    environment: dict[str, str]

    def reset(self) -> None:
        """Make it empty for the next answer. Raises MachineError."""

    def job(self, sockets: str | None) -> dict[str, Any]:
        """What the inside has to know to reach it; ``sockets`` is the folder as seen from there."""

    def url(self, *, sync: bool) -> str:
        """The URL that answers find in their environment."""

    def view(self, cell: Cell, control: Callable[..., object]) -> View:
        """The tables of the answer that runs in the cell; ``control`` asks the inside to play a part in a fault."""

    def close(self) -> None:
        """Leave nothing behind. May be called twice."""
