"""What the check of a source tree finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

Place = tuple[str, str, int, int]
"""Criterion, path, 1-based line and column: which finding is meant."""


class Level(StrEnum):
    """How sure it is that something has to be done about it."""

    ERROR = "error"  # goes wrong, or will
    ADVICE = "advice"  # works, and could be better


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One fault at one place: 1-based line and column.

    ``fixable``: ``--fix`` knows what to do; ``unsafe``: but needs ``--unsafe-fixes`` for it.
    """

    path: str
    line: int
    column: int
    criterion: str
    message: str
    remedy: str
    fixable: bool = False
    level: Level = Level.ERROR
    unsafe: bool = False

    @property
    def place(self) -> Place:
        """What tells it from others."""
        return self.criterion, self.path, self.line, self.column


@dataclass(frozen=True, slots=True, order=True)
class Unread:
    """A file that could not be checked, and why."""

    path: str
    line: int
    column: int
    reason: str


@dataclass(slots=True)
class Report:
    """All findings of a run, by place; ``files`` counts the files that were looked at, relevant or not.

    ``hidden`` counts the findings that comments and settings take away, ``known`` those that the baseline holds.
    """

    findings: list[Finding] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    files: int = 0
    hidden: int = 0
    known: int = 0
