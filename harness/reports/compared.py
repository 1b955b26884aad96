"""Two runs side by side."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from harness.reports.contrasts import SCOPE, blocks, how_computed, named, section_to_json, shortened
from harness.reports.findings import words
from harness.reports.json import key_to_json
from harness.reports.layout import Block, Heading, Lines
from harness.reports.summary import how_many
from harness.runs.comparison import Change, Comparison, Move
from harness.runs.tally import OVERALL

if TYPE_CHECKING:
    from collections.abc import Sequence


def to_blocks(comparison: Comparison) -> list[Block]:
    """Notes, a table a section, then each sample that changed, then the conclusion."""
    found: list[Block] = [Heading(f"{comparison.after.name} against {comparison.before.name}", 1)]
    if comparison.notes:
        found += [Heading("Not the same in both runs"), Lines(tuple(shortened(comparison.notes)), items=True)]
    for section in comparison.sections:
        found += blocks(section, "before", "after", level=comparison.level, effect=comparison.effect)
    changes = comparison.changes
    for kind, title in ((Move.WORSE, "Worse"), (Move.BETTER, "Better"), (Move.OTHERWISE, "Otherwise")):
        lines = _changed([change for change in changes if change.move is kind])
        if lines:
            found += [Heading(title), Lines(tuple(shortened(lines)), items=True)]
    found.append(Lines((_closing(comparison), how_computed(comparison.level), SCOPE)))
    return found


def to_json(comparison: Comparison) -> dict[str, Any]:
    """``{"before", "after", "level", "effect", "notes", "regressed", "same", "sections", "changes"}``."""
    return {
        "before": comparison.before.name,
        "after": comparison.after.name,
        "level": comparison.level,
        "effect": comparison.effect,
        "notes": list(comparison.notes),
        "regressed": comparison.regressed,
        "same": comparison.same,
        "sections": [section_to_json(section) for section in comparison.sections],
        "changes": [
            key_to_json(change.pair.after)
            | {
                "criterion": None if change.subject == OVERALL else change.subject,
                "before": change.before.value,
                "after": change.after.value,
                "move": change.move.value,
            }
            for change in comparison.changes
        ],
    }


def _changed(changes: Sequence[Change]) -> list[str]:
    lines = []
    for change in changes:
        verdict = change.pair.after.verdicts.get(change.subject)
        reason = f": {verdict.reason}" if verdict and verdict.reason and change.move is Move.WORSE else ""
        lines.append(
            f"{named(change.pair.after)}, on {change.pair.after.database}: {change.subject}: "
            f"{words(change.before)}, now {words(change.after)}{reason}"
        )
    return lines


def _closing(comparison: Comparison) -> str:
    moves = Counter(change.move for change in comparison.changes if change.subject == OVERALL)
    if not comparison.samples:
        return f"Nothing could be compared: {how_many(comparison.errors, 'pair')} with an error, no other pair."
    counted = (
        f"{how_many(comparison.samples, 'sample')} in both: {moves[Move.BETTER]} better, {moves[Move.WORSE]} worse "
        f"overall, {comparison.same} with every verdict as before."
    )
    worse = [f"{each.subject} {section.title}" for section in comparison.sections for each in section.worse]
    verdict = f"Significantly worse: {'; '.join(worse)}." if worse else "Nothing is significantly worse."
    return f"{counted} {verdict}"
