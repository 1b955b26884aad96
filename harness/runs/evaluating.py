"""An experiment from beginning to end: planned, carried out, and read back from the store as an evaluation."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.databases import choose
from harness.endpoints.budget import LONGEST_ANSWER, Spent, told
from harness.evaluation import Evaluation, judged_alone
from harness.runs.carrying import Carrier, Course, Done, Pace, count_spent, course_of
from harness.runs.database import NoStoreError
from harness.runs.digests import case_digest, judging_digest
from harness.runs.plan import Action, decide
from harness.runs.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.endpoints.budget import Budget
    from harness.grading import Grader
    from harness.runs.experiment import Experiment, Sample
    from harness.verdicts import Grade


async def look(experiment: Experiment, place: str, databases: Sequence[str]) -> Course:
    """What would be done for each sample, by what the store at ``place`` holds, if there is one. Nothing is written."""
    samples, kinds = experiment.plan(), [choose(each).kind for each in databases]
    try:
        async with Store(place, judging=judging_digest(), create=False) as store:
            return await course_of(samples, store, kinds)
    except NoStoreError:
        return Course(samples, [decide(None, kinds)] * len(samples))


async def evaluate_experiment(
    experiment: Experiment,
    place: str,
    budget: Budget,
    *,
    databases: Sequence[str] = ("sqlite",),
    jobs: int = 1,
    unsafe_no_sandbox: bool = False,
    pace: Pace | None = None,
    on_course: Callable[[Course], object] = lambda course: None,
    on_grade: Callable[[Grade], object] = lambda grade: None,
    make_grader: Callable[..., Grader] | None = None,
) -> Evaluation:
    """Do what is left to do of ``experiment``, with the store at ``place``; ``on_grade`` gets all grades, stored ones
    first. What the run has used before it was ended is added to what ``budget`` has spent.

    Raises ``InputError`` for an endpoint that cannot be asked as it is, ``MachineError`` when the store, the sandbox or
    a command fails. What is stored by then is stored.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    run, kinds = experiment.name, [choose(each).kind for each in databases]
    done = Done()
    async with Store(place, judging=judging_digest()) as store:
        samples = experiment.plan()
        about = _about(experiment, store.database.shown) | {"databases": kinds}
        await store.hold(run)
        course = await course_of(samples, store, kinds)
        for endpoint in {
            sample.endpoint.name: sample.endpoint for sample, _ in course.with_action(Action.RERUN)
        }.values():
            budget.check(endpoint)
            endpoint.open()
        await store.begin(run, samples, about)
        on_course(course)
        decided = zip(course.samples, course.decisions, strict=True)
        coming = {(*_key(sample), database) for sample, decision in decided for database in decision.databases}
        grades = await store.grades(run) if len(coming) < len(samples) * len(kinds) else []
        for grade in grades:
            if (grade.model, grade.arm, grade.completion, grade.database) not in coming:
                on_grade(grade)
        await count_spent(samples, store, run, budget)
        if not course.idle:
            options = {"jobs": jobs, "databases": databases, "unsafe_no_sandbox": unsafe_no_sandbox}
            with await asyncio.to_thread(make_grader or _grader, **options) as grader:
                carrier = Carrier(course, store, run, grader, budget, jobs=jobs, pace=pace, on_grade=on_grade)
                try:
                    done = await carrier.carry_out()
                finally:
                    for endpoint in experiment.endpoints:
                        await endpoint.close()
            grades = await store.grades(run)
        about |= {
            "plan": course.counts(),
            # how answers ended is told of the whole run, also of what was there before
            "asking": asdict(done) | {"finishes": await store.finishes(run)},
            "spent": told(budget.spent, experiment.endpoints),
        }
        evaluation = Evaluation(
            judged=tuple(judged_alone(grade, Path(grade.completion)) for grade in grades),
            cases=experiment.cases,
            environment=next((grade.environment for grade in grades if grade.environment), {}),
            databases=tuple(kinds),
            started=started.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - clock, 3),
            incomplete=_incomplete(done, len(samples), budget),
            about=about,
        )
        await store.finish(run, about | {"started": evaluation.started})
        return evaluation


def _key(sample: Sample) -> tuple[str, str, str]:
    return sample.endpoint.name, sample.arm.name, sample.name


def _grader(**options: Any) -> Grader:
    from harness.grading import Grader

    return Grader(**options)


def _about(experiment: Experiment, place: str) -> dict[str, Any]:
    return {
        "name": experiment.name,
        "store": place,
        "models": {each.name: dict(each.told) for each in experiment.endpoints},
        "arms": {each.name: each.digest for each in experiment.arms},
        "samples": experiment.samples,
        **({"first_sample": experiment.first} if experiment.first else {}),
        "case_digests": {name: case_digest(case) for name, case in experiment.cases.items()},
        "judging": judging_digest(),
    }


def _incomplete(done: Done, samples: int, budget: Budget) -> str:
    if not done.unasked:
        return ""
    if budget.spent == Spent():
        return (
            "the budget is too small for the first request: an answer that no --max-output-tokens limits is taken to "
            f"have {LONGEST_ANSWER} tokens, until one was seen"
        )
    return f"the budget is spent: {done.unasked} of {samples} samples were not asked for; a larger one goes on"
