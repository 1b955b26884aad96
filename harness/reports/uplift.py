"""The arms of a run: what a skill changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.reports.contrasts import SCOPE, at_k, blocks, how_computed, section_to_json
from harness.reports.layout import Block, Heading, Lines
from harness.reports.summary import how_many
from harness.runs.uplift import arm_name

if TYPE_CHECKING:
    from harness.runs.uplift import Uplift


def to_blocks(found: Uplift) -> list[Block]:
    """A table for each arm and database, and how they were computed."""
    written: list[Block] = []
    for section in found.sections:
        before, after = arm_name(section.before[0].arm), arm_name(section.after[0].arm)
        written += blocks(section, before, after, level=found.level, effect=found.effect)
        written += at_k(section, before, after)
        errors = section.overall.before.errors, section.overall.after.errors
        if any(errors):
            counts = f"{how_many(errors[0], 'grade')} of {before}, {errors[1]} of {after}"
            written.append(Lines((f"Not counted, being errors: {counts}.",)))
    return [Heading("Experiment", 1), *written, Lines((how_computed(found.level), SCOPE))] if written else []


def to_json(found: Uplift) -> dict[str, Any]:
    """``{"baseline", "level", "effect", "sections"}``."""
    return {
        "baseline": found.baseline,
        "level": found.level,
        "effect": found.effect,
        "sections": [
            section_to_json(section) | {"before": section.before[0].arm, "after": section.after[0].arm}
            for section in found.sections
        ],
    }
