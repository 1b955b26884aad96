"""The arms of a run: what a skill changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.reports.contrasts import SCOPE, at_k, blocks, how_computed, section_to_json
from harness.reports.layout import Block, Heading, Lines
from harness.reports.summary import how_many
from harness.runs.experiment import arm_name

if TYPE_CHECKING:
    from harness.runs.experiment import Experiment


def to_blocks(experiment: Experiment) -> list[Block]:
    """A table for each arm and database, and how they were computed."""
    found: list[Block] = []
    for section in experiment.sections:
        before, after = arm_name(section.before[0].arm), arm_name(section.after[0].arm)
        found += blocks(section, before, after, level=experiment.level, effect=experiment.effect)
        found += at_k(section, before, after)
        errors = section.overall.before.errors, section.overall.after.errors
        if any(errors):
            counts = f"{how_many(errors[0], 'grade')} of {before}, {errors[1]} of {after}"
            found.append(Lines((f"Not counted, being errors: {counts}.",)))
    return [Heading("Experiment", 1), *found, Lines((how_computed(experiment.level), SCOPE))] if found else []


def to_json(experiment: Experiment) -> dict[str, Any]:
    """``{"baseline", "level", "effect", "sections"}``."""
    return {
        "baseline": experiment.baseline,
        "level": experiment.level,
        "effect": experiment.effect,
        "sections": [
            section_to_json(section) | {"before": section.before[0].arm, "after": section.after[0].arm}
            for section in experiment.sections
        ],
    }
