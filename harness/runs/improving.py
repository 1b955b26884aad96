"""Tries an edit of a skill that a model proposes: on samples that the run did not use, against the skill as it is."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from harness.cases import Case, Complete, Probe
from harness.endpoints.asking import Asker
from harness.endpoints.budget import BudgetSpentError
from harness.endpoints.endpoint import AskError, Finish
from harness.endpoints.limiter import Limiter
from harness.endpoints.models import ModelEndpoint
from harness.endpoints.parameters import Parameters
from harness.errors import InputError, MachineError
from harness.runs.carrying import Pace, count_spent
from harness.runs.contrast import LEVEL, Conclusion
from harness.runs.digests import judging_digest
from harness.runs.evaluating import evaluate_experiment
from harness.runs.experiment import Experiment, arms_of
from harness.runs.run import Run
from harness.runs.statistics.paired import exact_p
from harness.runs.store import Store
from harness.runs.uplift import Uplift, uplift
from harness.skills.editing import EditError, diff, edit_prompt, make_edited, read_edit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.endpoints.budget import Budget
    from harness.evaluation import Evaluation
    from harness.skills import Skill

_COMMAND = "command:"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of an edit. ``why`` it was kept or not, one line; ``diff`` and ``compared`` as far as it came.

    ``run`` is the experiment's name in the store, ``conclusive`` whether it could be carried out and judged.
    """

    kept: bool
    why: str
    diff: str = ""
    run: str = ""
    compared: Uplift | None = None
    conclusive: bool = True


def held_out(run: Run, cases: Mapping[str, Case], writer: ModelEndpoint, *, samples: int) -> Experiment:
    """The experiment, still without arms: the cases of ``run``, in samples whose numbers it did not use.

    Asked are the models of the run with their parameters; ``writer`` where it names none that can be (stored outputs,
    commands). Raises ``InputError`` for a case that is not known, and for so few samples that nothing can come of it.
    """
    chosen = {}
    for name in dict.fromkeys(grade.case for grade in run.grades):
        if name not in cases:
            raise InputError(
                f"{run.name}: has the case {name!r}, which is not known here: name its folder with --cases"
            )
        chosen[name] = cases[name]
    told = run.header.get("models")
    models = {name: held for name, held in told.items() if _asked(name)} if isinstance(told, dict) else {}
    endpoints = [_endpoint(run, name, held) for name, held in models.items()] or [writer]
    pairs = len(endpoints) * len(chosen) * samples
    if exact_p(pairs, 0) > LEVEL:
        needed = next(number for number in range(1, 100) if exact_p(number, 0) <= LEVEL)
        raise InputError(f"--samples: {pairs} pairs can show no difference at {LEVEL}: it takes {needed} at the least")
    seeds = [held["seed"] for held in models.values() if isinstance(held, dict) and isinstance(held.get("seed"), int)]
    first, count = (run.header.get(name, 0) for name in ("first_sample", "samples"))
    asked = first + count if isinstance(first, int) and isinstance(count, int) else 0
    unused = max(asked, *(grade.sample + 1 for grade in run.grades))
    return Experiment(endpoints, chosen, (), samples, seeds[0] if seeds else None, unused)


async def try_edit(
    skill: Skill,
    wanted: str,
    writer: ModelEndpoint,
    experiment: Experiment,
    copy: Path,
    place: str,
    budget: Budget,
    **options: Any,
) -> Attempt:
    """Ask ``writer`` for what is ``wanted``, try it in ``experiment``, and leave it in ``copy`` if it is better.

    The edit lies beside ``copy`` until then, so that a run that is ended leaves nothing in its place. ``options`` are
    those of ``evaluate_experiment``. Raises as that does, ``InputError`` for a ``copy`` that is in the way,
    ``AskError`` when the model cannot be asked. Asked for the same before, the model is not asked again.
    """
    check_copy(copy, skill)
    for endpoint in (writer, *experiment.endpoints):
        budget.check(endpoint)
    with _beside(copy) as parent:
        try:
            reply = await _proposed(skill, wanted, writer, experiment, place, budget)
            edited = make_edited(skill, read_edit(reply), Path(parent))
        except BudgetSpentError:
            why = f"the budget is too small for the edit to be asked for ({budget.spent.tokens} tokens are spent)"
            return Attempt(False, why, conclusive=False)
        except EditError as error:
            return Attempt(False, str(error))
        trial = replace(experiment, arms=arms_of(edited, skill, compared=True))
        evaluation = await evaluate_experiment(trial, place, budget, **options)
        attempt = attempt_of(trial, evaluation, diff(skill, edited))
        if attempt.kept:
            try:
                edited.folder.rename(copy)
            except OSError as error:
                raise MachineError(f"--apply: {copy}: cannot be written: {error.strerror or error}") from error
        return attempt


def check_copy(copy: Path, skill: Skill) -> None:
    """Raises ``InputError`` where the edited skill cannot be put: only a new or an empty folder takes it."""
    if copy.resolve().is_relative_to(skill.folder.resolve()):
        raise InputError(f"--apply: {copy}: lies in the skill itself, which is never changed: name another folder")
    try:
        if copy.is_symlink() or (copy.exists() and (not copy.is_dir() or any(copy.iterdir()))):
            raise InputError(f"--apply: {copy}: is in the way: name a folder that is new or empty")
    except OSError as error:
        raise InputError(f"--apply: {copy}: cannot be read: {error.strerror or error}") from error


def _beside(copy: Path) -> TemporaryDirectory[str]:
    parent = copy.absolute().parent
    try:
        return TemporaryDirectory(dir=parent, prefix=".edited-")
    except OSError as error:
        raise InputError(f"--apply: {parent}: cannot be written to: {error.strerror or error}") from error


async def _proposed(
    skill: Skill, wanted: str, writer: ModelEndpoint, experiment: Experiment, place: str, budget: Budget
) -> str:
    """The reply, from the store where it is there. All of ``experiment`` can be asked, too, or nothing is."""
    prompt = edit_prompt(skill, wanted)
    case = Case(
        id="edit-the-skill",
        title="Edit a skill",
        prompt=prompt,
        complete=Complete.NOTHING,
        criteria=("imports",),
        probe=Probe.CONFIGURATION,
    )
    asked = Experiment([writer], {case.id: case}, arms_of(None, None, compared=False))
    (sample,) = asked.plan()
    about = {"name": asked.name, "case_digests": {}, "databases": [], "models": {writer.name: dict(writer.told)}}
    async with AsyncExitStack() as ends:
        for endpoint in dict.fromkeys((writer, *experiment.endpoints)):
            endpoint.open()
            ends.push_async_callback(endpoint.close)
        store = await ends.enter_async_context(Store(place, judging=judging_digest()))
        await store.hold(asked.name)
        await store.begin(asked.name, [sample], about)
        await count_spent([sample], store, asked.name, budget)
        known = (await store.known([sample])).get(sample.digest)
        if known is not None and known.answered:
            text, finish = (await store.texts([sample.digest]))[sample.digest], known.finish
        else:
            asker = Asker(writer, Limiter(1), budget, Pace().patience)
            try:
                answered = await asker.ask(sample.request, lambda: store.asked(asked.name, sample))
            except AskError as error:
                await store.failed(sample, str(error))
                raise
            await store.answered(sample, answered)
            text, finish = answered.reply.text, answered.reply.finish
    if finish == Finish.LENGTH:
        raise EditError("the reply was cut by a limit of tokens: give it more with --max-output-tokens")
    return text


def attempt_of(trial: Experiment, evaluation: Evaluation, changed: str) -> Attempt:
    """What the experiment says: kept if better on every database, and worse for no model."""
    grades = tuple(each.grade for each in evaluation.judged)
    both = {grade.arm for grade in grades} == {arm.name for arm in trial.arms}
    compared = uplift(Run(trial.name, {}, grades), baseline=trial.arms[0].name) if both else None
    sections = compared.sections if compared is not None else ()
    if evaluation.incomplete:
        kept, why, conclusive = False, evaluation.incomplete, False
    elif not any(section.overall.pairs for section in sections):
        errors = [grade.error for grade in grades if grade.error]
        kept, why, conclusive = False, f"nothing could be compared: {errors[0] if errors else 'no pairs'}", False
    else:
        found = [section.overall for section in sections]
        harmed = [each.subject for section in sections for each in section.by_model if each in section.worse]
        kept, conclusive = all(each.conclusion is Conclusion.BETTER for each in found) and not harmed, True
        told = (
            f"{x.conclusion} on {section.database} ({x.better} better, {x.worse} worse of {x.pairs} pairs)"
            for section, x in zip(sections, found, strict=True)
        )
        why = f"overall, on samples held out: {', '.join(told)}"
        if harmed:
            why += f"; worse for {', '.join(harmed)}"
    return Attempt(kept, why, changed, trial.name, compared, conclusive)


def _asked(name: str) -> bool:
    return not name.startswith(_COMMAND)


def _endpoint(run: Run, name: str, told: object) -> ModelEndpoint:
    held = dict(told) if isinstance(told, dict) else {}
    if "headers" in held:
        raise InputError(f"{run.name}: {name} was asked with headers, whose values are not kept: run without them")
    try:
        return ModelEndpoint(name, Parameters.model_validate(held))
    except ValueError:
        raise InputError(f"{run.name}: the parameters of {name} cannot be read") from None
