"""What came of verifying a skill."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.evaluation import ALL_WELL, SOME_FAIL

READ = "read"
"""Stands for a database where reading decides."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one part of the skill claims, and how that came out on one database, or when it was read.

    ``path`` is relative to the skill's folder, ``line`` 1-based. ``problems`` are one line each; none: it is so.
    """

    path: str
    line: int
    claim: str
    database: str
    problems: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether what is claimed is so."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Verification:
    """All results, by their place in the skill; ``blocks`` counts the Python blocks and files that were run."""

    skill: str
    results: tuple[Result, ...]
    blocks: int
    environment: dict[str, object] = field(default_factory=dict)

    @property
    def exit_status(self) -> int:
        """0 when all that is claimed is so, else 1."""
        return ALL_WELL if all(result.holds for result in self.results) else SOME_FAIL
