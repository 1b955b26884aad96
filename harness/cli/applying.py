"""``harness improve --apply``: an edit of the skill is asked for, tried, and kept if it is better."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli.asking import skill_named
from harness.cli.given import given
from harness.errors import InputError
from harness.runs.stored import DEFAULT_STORE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.endpoints.budget import Spent
    from harness.runs.experiment import Experiment
    from harness.runs.improvement import Improvement
    from harness.runs.improving import Attempt
    from harness.runs.run import Run
    from harness.skills import Skill

SAMPLES = 10


@dataclass(frozen=True, slots=True)
class Wishes:
    """The options of ``harness improve`` that are about applying; None where they were left out."""

    model: str | None = None
    apply: Path | None = None
    max_cost: float | None = None
    max_tokens: int | None = None
    max_output_tokens: int | None = None
    samples: int | None = None
    cases: Path | None = None
    db: str | None = None
    store: str | None = None
    unsafe_no_sandbox: bool = False

    @property
    def wanted(self) -> bool:
        """An edit is to be tried. ``InputError`` where something for it is missing, or stands alone."""
        if self.apply is None or self.model is None:
            if options := given(self):
                raise InputError(
                    f"{', '.join(options)}: only with both --model, which writes an edit, and --apply, where it goes"
                )
            return False
        if self.max_cost is None and self.max_tokens is None:
            raise InputError("--apply: asks many times: set a budget with --max-cost or --max-tokens")
        return True


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt with what it was made of."""

    attempt: Attempt
    skill: Skill
    copy: Path
    experiment: Experiment
    spent: Spent


def skill_of(wishes: Wishes, run: Run, arm: str, reference: str) -> Skill:
    """The skill that is edited: ``reference`` is its folder or name. Raises ``InputError`` before anything is asked."""
    from harness.cli.output import note
    from harness.completions import NO_SKILL
    from harness.runs.improving import check_copy

    assert wishes.apply is not None
    skill = skill_named("--skill", reference if Path(reference).is_dir() else reference.partition("@")[0])
    check_copy(wishes.apply, skill)
    arms = run.header.get("arms")
    digest = arms.get(arm) if isinstance(arms, dict) else None
    if arm.partition("@")[0] not in {skill.header.name, NO_SKILL, ""}:
        note(f"{run.name}: was asked with {arm}: its gaps are not those of {skill.header.name}")
    elif digest and digest != skill.digest:
        note(f"{skill.folder}: has changed since {run.name} was asked with it")
    return skill


def carry_out(wishes: Wishes, run: Run, skill: Skill, prompt: str) -> Tried:
    """Ask for the edit that ``prompt`` wants, and try it. Raises as ``try_edit``."""
    from harness.cases import load_cases
    from harness.cli.database import database_names
    from harness.cli.ending import ended_like_ctrl_c
    from harness.cli.output import note, remarks_as_notes
    from harness.cli.progress import progress_bar
    from harness.endpoints.budget import Budget
    from harness.endpoints.models import ModelEndpoint
    from harness.endpoints.parameters import Parameters
    from harness.evaluation import RunInterruptedError
    from harness.processors import processors
    from harness.reports.summary import how_many
    from harness.runs.improving import held_out, try_edit

    assert wishes.model is not None
    assert wishes.apply is not None
    place = wishes.store or str(DEFAULT_STORE)
    writer = ModelEndpoint(wishes.model, Parameters(max_output_tokens=wishes.max_output_tokens))
    experiment = held_out(run, load_cases(wishes.cases), writer, samples=wishes.samples or SAMPLES)
    databases = database_names(wishes.db or "sqlite")
    budget = Budget(max_cost=wishes.max_cost, max_tokens=wishes.max_tokens)
    last, cases = experiment.first + experiment.samples - 1, how_many(len(experiment.cases), "case")
    note(
        f"held out: samples {experiment.first} to {last} of {cases}, which {run.name} did not use, "
        f"asked of {', '.join(each.name for each in experiment.endpoints)}"
    )
    done = itertools.count(1)
    total = 2 * experiment.samples * len(experiment.cases) * len(experiment.endpoints) * len(databases)
    try:
        with ended_like_ctrl_c(), remarks_as_notes(), progress_bar("asking and grading") as advance:
            attempt = asyncio.run(
                try_edit(
                    skill,
                    prompt,
                    writer,
                    experiment,
                    wishes.apply,
                    place,
                    budget,
                    databases=databases,
                    jobs=processors(),
                    unsafe_no_sandbox=wishes.unsafe_no_sandbox,
                    on_grade=lambda grade: advance(next(done), total),
                )
            )
    except KeyboardInterrupt:
        raise RunInterruptedError(
            f"interrupted; what came back is in {place}: the same command, for {run.name}, goes on with it"
        ) from None
    return Tried(attempt, skill, wishes.apply, experiment, budget.spent)


def to_json(tried: Tried, found: Improvement) -> dict[str, Any]:
    """What ``harness improve`` tells, with ``"applied"``."""
    from harness.endpoints.budget import told
    from harness.reports import improved, uplift

    attempt, experiment = tried.attempt, tried.experiment
    return improved.to_json(found) | {
        "applied": {
            "kept": attempt.kept,
            "why": attempt.why,
            "skill": str(tried.skill.folder),
            "copy": str(tried.copy),
            "diff": attempt.diff,
            "held_out": {"first": experiment.first, "samples": experiment.samples, "cases": list(experiment.cases)},
            "models": [each.name for each in experiment.endpoints],
            "run": attempt.run,
            "experiment": uplift.to_json(attempt.compared) if attempt.compared is not None else None,
            "spent": told(tried.spent, experiment.endpoints),
        }
    }


def to_text(tried: Tried) -> str:
    """The diff, the experiment's table, and whether the edit was kept."""
    from harness.reports import layout, uplift

    attempt = tried.attempt
    parts = ["".join(f"{line}\n" for line in _plain(attempt.diff.split("\n")[:-1]))] if attempt.diff else []
    if attempt.compared is not None:
        parts.append(layout.to_text(uplift.to_blocks(attempt.compared)))
    end = f"Kept in {tried.copy}" if attempt.kept else f"Not kept, {tried.copy} is as it was"
    (closing,) = _plain([f"{end}: {attempt.why}"])
    return "\n".join([*parts, f"{closing}\n"])


def _plain(lines: Sequence[str]) -> list[str]:
    """Nothing that could steer a terminal; tabs stay."""
    from harness.reports.findings import plain

    return ["\t".join(map(plain, line.split("\t"))) for line in lines]
