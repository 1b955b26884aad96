"""``harness eval`` with models or commands: what is asked, and how it is told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from harness.cli.given import given
from harness.errors import InputError
from harness.runs.stored import DEFAULT_STORE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.cases import Case
    from harness.endpoints.endpoint import Endpoint
    from harness.evaluation import Evaluation
    from harness.runs.carrying import Course
    from harness.runs.experiment import Arm, Experiment
    from harness.skills import Skill
    from harness.verdicts import Grade


@dataclass(frozen=True, slots=True)
class Wishes:
    """The options of ``harness eval`` that are about asking; None and empty where they were left out."""

    model: Sequence[str] = ()
    command: Sequence[str] = ()
    skill: str | None = None
    baseline_skill: str | None = None
    samples: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_output_tokens: int | None = None
    seed: int | None = None
    reasoning_effort: str | None = None
    header: Sequence[str] = ()
    concurrency: int | None = None
    timeout: float | None = None
    max_cost: float | None = None
    max_tokens: int | None = None
    store: str | None = None
    dry_run: bool = False

    @property
    def wanted(self) -> bool:
        """Something is to be asked. ``InputError`` for options that need it and stand alone."""
        if self.model or self.command:
            return True
        if options := given(self):
            raise InputError(f"{', '.join(options)}: only with --model or --command, which are asked")
        return False

    @property
    def place(self) -> str:
        """Where runs are kept."""
        return self.store or str(DEFAULT_STORE)


def experiment_of(wishes: Wishes, cases: Mapping[str, Case]) -> Experiment:
    """The experiment that the options describe. Raises ``InputError``; nothing is imported, asked or needs a key."""
    from pydantic import ValidationError

    from harness.endpoints import command, models
    from harness.endpoints.parameters import Parameters, read_headers
    from harness.runs.experiment import Experiment

    try:
        parameters = Parameters.model_validate(
            {
                "temperature": wishes.temperature,
                "top_p": wishes.top_p,
                "max_output_tokens": wishes.max_output_tokens,
                "seed": wishes.seed,
                "reasoning_effort": wishes.reasoning_effort,
                "headers": read_headers(wishes.header),
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"--{str(first['loc'][0]).replace('_', '-')}: {first['msg']}") from None
    of_models = Wishes(
        temperature=wishes.temperature,
        top_p=wishes.top_p,
        max_output_tokens=wishes.max_output_tokens,
        reasoning_effort=wishes.reasoning_effort,
        header=wishes.header,
    )
    if not wishes.model and (options := given(of_models)):
        raise InputError(f"{', '.join(options)}: only with --model: what a command is to know stands in its own line")
    names = [*wishes.model, *wishes.command]
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise InputError(f"{twice[0]} is named twice: --samples asks for more than one answer")
    endpoints: list[Endpoint] = [
        *(models.ModelEndpoint(name, parameters, seconds=wishes.timeout or models.SECONDS) for name in wishes.model),
        *(command.CommandEndpoint(line, seconds=wishes.timeout or command.SECONDS) for line in wishes.command),
    ]
    return Experiment(endpoints, cases, _arms(wishes), wishes.samples or 1, wishes.seed)


def dry_run(wishes: Wishes, experiment: Experiment, databases: Sequence[str]) -> dict[str, Any]:
    """What would be asked, as JSON: no key, no network but that to a store on a server, nothing written."""
    from harness.runs.database import Database
    from harness.runs.evaluating import look
    from harness.runs.plan import Action
    from harness.skills import estimated_tokens

    course = asyncio.run(look(experiment, wishes.place, databases))
    asked = [sample for sample, _ in course.with_action(Action.RERUN)]
    prompts = [estimated_tokens(each.request.system) + estimated_tokens(each.request.prompt) for each in asked]
    return {
        "run": experiment.name,
        "store": Database(wishes.place).shown,
        "samples": len(course.samples),
        "plan": course.counts(),
        "calls": {each.name: sum(sample.endpoint is each for sample in asked) for each in experiment.endpoints},
        "prompt_tokens": {"total": sum(prompts), "largest": max(prompts, default=0), "estimated": True},
        "arms": [each.name for each in experiment.arms],
        "decisions": [
            {
                "case": sample.case.id,
                "arm": sample.arm.name,
                "model": sample.endpoint.name,
                "sample": sample.number,
                "action": decision.action.value,
                "why": decision.why,
            }
            for sample, decision in zip(course.samples, course.decisions, strict=True)
        ],
    }


def dry_run_lines(planned: Mapping[str, Any]) -> list[str]:
    """The dry run for people."""
    from harness.reports.summary import how_many

    plan, tokens = planned["plan"], planned["prompt_tokens"]
    calls = sum(planned["calls"].values())
    return [
        f"{planned['run']}: {how_many(planned['samples'], 'sample')}, arms {', '.join(planned['arms'])}",
        f"stored in {planned['store']}: {plan['reuse']} to reuse, {plan['re-grade']} to judge again",
        f"calls: {calls}",
        *(f"  {name}: {count}" for name, count in planned["calls"].items()),
        f"prompts: about {tokens['total']} tokens, the largest about {tokens['largest']}",
    ]


def carry_out(
    wishes: Wishes,
    experiment: Experiment,
    databases: Sequence[str],
    *,
    jobs: int,
    unsafe_no_sandbox: bool,
    on_grade: Callable[[Grade], object],
) -> Evaluation:
    """Ask, judge and save. Raises as ``evaluate_experiment``; on Ctrl-C, SIGTERM and SIGHUP ``RunInterruptedError``."""
    from harness.cli.ending import ended_like_ctrl_c
    from harness.cli.output import note, remarks_as_notes
    from harness.endpoints.budget import Budget
    from harness.evaluation import RunInterruptedError
    from harness.runs.carrying import Pace
    from harness.runs.evaluating import evaluate_experiment

    budget = Budget(max_cost=wishes.max_cost, max_tokens=wishes.max_tokens)
    try:
        with ended_like_ctrl_c(), remarks_as_notes():
            evaluation = asyncio.run(
                evaluate_experiment(
                    experiment,
                    wishes.place,
                    budget,
                    databases=databases,
                    jobs=jobs,
                    unsafe_no_sandbox=unsafe_no_sandbox,
                    pace=Pace(wishes.concurrency) if wishes.concurrency else Pace(),
                    on_course=lambda course: note(_told(experiment.name, course)),
                    on_grade=on_grade,
                )
            )
    except KeyboardInterrupt:
        raise RunInterruptedError(
            f"interrupted; what came back is in {wishes.place}: the same command goes on with it"
        ) from None
    about = cast("dict[str, dict[str, Any]]", evaluation.about)
    asking, spent = about["asking"], about["spent"]
    if asking["asked"] or asking["failed"]:
        note(f"{experiment.name}: {_came_to(asking, spent)}")
    return evaluation


def _came_to(asking: Mapping[str, int], spent: Mapping[str, float | None]) -> str:
    """One line about what asking has brought and taken; ``spent`` is that of the whole run."""
    from harness.reports.summary import how_many

    parts = [f"{how_many(asking['asked'], 'answer')} in {how_many(asking['tries'], 'request')}"]
    if asking["failed"]:
        parts.append(f"{asking['failed']} could not be had")
    used = f"{spent['tokens']:,} tokens" if spent["tokens"] else "tokens not told"
    cost = f", {spent['cost']:.2f} US dollars" if spent["cost"] is not None else ""
    return f"{', '.join(parts)}; the run has used {used}{cost}"


def _told(name: str, course: Course) -> str:
    """One line about what is done with all samples."""
    from harness.reports.summary import how_many

    counts = course.counts()
    again = f" ({counts['in_flight']} of them were on their way when the run ended)" if counts["in_flight"] else ""
    return (
        f"{name}: {how_many(len(course.samples), 'sample')}: "
        f"{counts['reuse']} stored, {counts['re-grade']} to judge again, "
        f"{counts['re-run']} to ask for{again}"
    )


def _arms(wishes: Wishes) -> tuple[Arm, ...]:
    from harness.runs.experiment import arms_of

    compared = wishes.baseline_skill is not None
    if compared and wishes.skill is None:
        raise InputError("--baseline-skill: --skill names what is compared with it")
    return arms_of(
        _skill("--skill", wishes.skill), _skill("--baseline-skill", wishes.baseline_skill), compared=compared
    )


def _skill(option: str, reference: str | None) -> Skill | None:
    from harness.completions import NO_SKILL

    return None if reference is None or reference == NO_SKILL else skill_named(option, reference)


def skill_named(option: str, reference: str) -> Skill:
    """The skill that an option names: a folder, or a name. ``InputError`` begins with the option."""
    from harness.skills import find_skill, load_skill

    try:
        return load_skill(find_skill(reference))
    except InputError as error:
        raise InputError(f"{option}: {error}") from None
