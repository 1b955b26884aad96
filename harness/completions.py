"""Completions as they come from an endpoint, and the verdicts that are expected of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.verdicts import Outcome, Overall, overall_of

if TYPE_CHECKING:
    from pathlib import Path

    from harness.verdicts import Grade


@dataclass(frozen=True, slots=True)
class Difference:
    """A verdict that came out otherwise than expected. ``criterion`` is None for the overall verdict."""

    criterion: str | None
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Expected:
    """The verdicts that a completion is known to deserve; ``by_database`` holds the outcomes that differ there."""

    overall: Overall
    verdicts: dict[str, Outcome]
    by_database: dict[str, dict[str, Outcome]] = field(default_factory=dict)
    note: str = ""
    source: Path | None = None

    def on(self, database: str) -> tuple[Overall, dict[str, Outcome]]:
        """Overall and verdicts expected on ``database`` (``sqlite``, ``postgresql``)."""
        special = self.by_database.get(database)
        if not special:
            return self.overall, self.verdicts
        verdicts = self.verdicts | special
        return overall_of(verdicts.values()), verdicts

    def differences(self, grade: Grade) -> tuple[Difference, ...]:
        """What came out otherwise in ``grade``.

        ``pass`` and ``not_applicable`` count as the same: neither finds anything wrong with the completion.
        """
        overall, verdicts = self.on(grade.database)
        found = [Difference(None, overall, grade.overall)] if overall != grade.overall else []
        for criterion, outcome in verdicts.items():
            verdict = grade.verdicts.get(criterion)
            if verdict is None:
                found.append(Difference(criterion, outcome, "absent"))
            elif verdict.outcome != outcome and not {verdict.outcome, outcome} <= _NOTHING_WRONG:
                found.append(Difference(criterion, outcome, verdict.outcome))
        return tuple(found)


_NOTHING_WRONG = {Outcome.PASS, Outcome.NOT_APPLICABLE}


NO_SKILL = "none"
"""The arm of those that were asked for without a skill."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model said, raw. ``name`` is unique within its case, ``source`` the file that holds it."""

    case: str
    name: str
    text: str
    source: Path
    arm: str = ""
    model: str | None = None
    sample: int = 0
    expected: Expected | None = None
