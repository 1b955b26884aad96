"""``harness eval``: grade many completions."""

from __future__ import annotations

import itertools
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from harness.cli.database import HELP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.cases import Case
    from harness.cli.asking import Wishes
    from harness.completions import Completion
    from harness.evaluation import Evaluation, Judged
    from harness.verdicts import Grade

EXAMPLES = """\b
Examples:
  harness eval                                     the stored completions that come with the harness
  harness eval test-your-skill --completions DIR   your own: DIR/<case-id>/<name>.md, or *.jsonl
  harness eval --completions batch_output.jsonl    what other tools have kept: docs/completions.md
  harness eval --format jsonl --out runs/today     one grade a line, also kept in runs/today
  harness eval --model openai:gpt-5-mini --skill relational-db-agent --baseline-skill none --samples 5
  harness eval --model http://127.0.0.1:8000/v1#qwen3 --max-tokens 200000
  harness eval --command 'claude -p' --skill ./my-skill --dry-run
"""


class Format(StrEnum):
    """How the grades are written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    MARKDOWN = "markdown"


def evaluate_stored(
    case: Annotated[list[str] | None, typer.Argument(help="Ids of the cases to judge; all when left out.")] = None,
    cases: Annotated[Path | None, typer.Option(help="Folder of case files that add to the built-in ones.")] = None,
    completions: Annotated[
        Path | None,
        typer.Option(help="Folder or file of stored outputs; the harness's own when left out."),
    ] = None,
    db: Annotated[str, typer.Option(help=HELP)] = "sqlite",
    jobs: Annotated[int | None, typer.Option(min=1, max=256, help="Workers; one a processor when left out.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for grades.jsonl (as they arrive) and run.json.")] = None,
    format: Annotated[Format, typer.Option(help="What to write on standard output.")] = Format.TABLE,  # noqa: A002
    unsafe_no_sandbox: Annotated[
        bool, typer.Option("--unsafe-no-sandbox", help="Run code without bubblewrap where it is missing. Dangerous.")
    ] = False,
    model: Annotated[
        list[str] | None,
        typer.Option(help="Ask this model: PROVIDER:NAME, or http(s)://HOST/v1#NAME. May be repeated."),
    ] = None,
    command: Annotated[
        list[str] | None,
        typer.Option(help="Ask this command line: the prompt is its input, or {prompt} in it. May be repeated."),
    ] = None,
    skill: Annotated[str | None, typer.Option(help="Skill to ask with: a folder, a name, or none (default).")] = None,
    baseline_skill: Annotated[
        str | None, typer.Option(help="Skill to compare with, or none: each prompt is asked in both arms.")
    ] = None,
    samples: Annotated[int | None, typer.Option(min=1, max=100_000, help="Answers to each prompt; 1.")] = None,
    temperature: Annotated[float | None, typer.Option(help="Sampling temperature.")] = None,
    top_p: Annotated[float | None, typer.Option(help="Nucleus sampling.")] = None,
    max_output_tokens: Annotated[int | None, typer.Option(min=1, help="Longest answer, in tokens.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the first sample; the next one gets the next.")] = None,
    reasoning_effort: Annotated[
        str | None, typer.Option(help="none, minimal, low, medium, high, xhigh or max.")
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option(help="'Name: value' to send along; $NAME is a variable of the environment.")
    ] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, max=1000, help="Requests at once; 16.")] = None,
    timeout: Annotated[float | None, typer.Option(min=0.1, help="Seconds for one request or command; 600.")] = None,
    max_cost: Annotated[float | None, typer.Option(min=0, help="Stop asking before it costs more US dollars.")] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Stop asking before more tokens are used.")] = None,
    store: Annotated[
        str | None, typer.Option(help="File or postgresql+asyncpg://... that keeps runs; .harness/runs.db.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how many calls it would make; make none.")] = False,
) -> None:
    """Grade completions: stored ones, or those of models and commands that are asked for them.

    Expected verdicts stand in <name>.yaml beside <name>.md; where they are there, exit status 0 means that all came
    out as expected. What is asked for is kept in a store as it arrives: the same command goes on where it was ended.
    """
    from harness.cases import load_cases
    from harness.cli.asking import Wishes
    from harness.cli.database import database_names
    from harness.cli.kept import Kept
    from harness.cli.output import note
    from harness.cli.progress import progress_bar
    from harness.endpoints.stored import read_completions
    from harness.errors import InputError
    from harness.evaluation import BAD_INPUT, MACHINE_FAULT, RunInterruptedError, evaluate
    from harness.processors import processors
    from harness.resources import completions_folder

    wishes = Wishes(
        model=model or (),
        command=command or (),
        skill=skill,
        baseline_skill=baseline_skill,
        samples=samples,
        temperature=temperature,
        top_p=top_p,
        max_output_tokens=max_output_tokens,
        seed=seed,
        reasoning_effort=reasoning_effort,
        header=header or (),
        concurrency=concurrency,
        timeout=timeout,
        max_cost=max_cost,
        max_tokens=max_tokens,
        store=store,
        dry_run=dry_run,
    )
    known = load_cases(cases)
    chosen = _choose(known, case)
    if wishes.wanted:
        if completions is not None:
            raise InputError("--completions: stored ones, or --model and --command: one of them")
        _evaluate_asked(wishes, chosen, db, jobs or processors(), out, format, unsafe_no_sandbox)
    databases = database_names(db)
    folder = completions or completions_folder()
    stored = read_completions(folder, known)
    wanted = [completion for completion in stored.completions if completion.case in chosen]
    problems = (*stored.problems, *_without_completions(case or (), stored.completions, folder))
    for problem in problems:
        note(problem)
    with Kept(out) as kept:
        done, total = itertools.count(1), len(wanted) * len(databases)
        with progress_bar("grading") as advance:

            def on_judged(judged: Judged) -> None:
                kept.keep(judged)
                if format is Format.JSONL:
                    _write_line(judged)
                advance(next(done), total)

            evaluation = evaluate(
                wanted,
                chosen,
                problems=problems,
                jobs=jobs or processors(),
                databases=databases,
                unsafe_no_sandbox=unsafe_no_sandbox,
                on_judged=on_judged,
            )
        kept.finish(evaluation)
    if kept.failure:
        note(kept.failure)
    if evaluation.interrupted:
        raise RunInterruptedError(
            f"interrupted; the grades so far are in {kept.grades}" if kept.grades else "interrupted"
        )
    _report(evaluation, format)
    status = evaluation.exit_status
    raise typer.Exit(MACHINE_FAULT if kept.failure and status != BAD_INPUT else status)


def _evaluate_asked(
    wishes: Wishes,
    cases: dict[str, Case],
    db: str,
    jobs: int,
    out: Path | None,
    format: Format,  # noqa: A002
    unsafe_no_sandbox: bool,
) -> NoReturn:
    from harness.cli.asking import carry_out, dry_run, dry_run_lines, experiment_of
    from harness.cli.database import database_names
    from harness.cli.kept import Kept
    from harness.cli.output import note, write
    from harness.cli.progress import progress_bar
    from harness.databases import split
    from harness.evaluation import MACHINE_FAULT, judged_alone
    from harness.reports.json import to_text

    experiment = experiment_of(wishes, cases)
    if wishes.dry_run:
        planned = dry_run(wishes, experiment, split(db))
        as_json = format in {Format.JSON, Format.JSONL}
        write(to_text(planned) if as_json else "".join(f"{line}\n" for line in dry_run_lines(planned)))
        raise typer.Exit
    databases = database_names(db)
    done, total = itertools.count(1), experiment.size * len(databases)
    with Kept(out) as kept:
        with progress_bar("asking and grading") as advance:

            def on_grade(grade: Grade) -> None:
                judged = judged_alone(grade, Path(wishes.place))
                kept.keep(judged)
                if format is Format.JSONL:
                    _write_line(judged)
                advance(next(done), total)

            evaluation = carry_out(
                wishes, experiment, databases, jobs=jobs, unsafe_no_sandbox=unsafe_no_sandbox, on_grade=on_grade
            )
        kept.keep_completions(wishes.place, experiment.name)
        kept.finish(evaluation)
    for problem in filter(None, (kept.failure, evaluation.incomplete)):
        note(problem)
    if evaluation.judged and format is not Format.JSONL:
        _report_run(experiment.name, evaluation, format)
    else:
        _report(evaluation, format)
    raise typer.Exit(MACHINE_FAULT if kept.failure else evaluation.exit_status)


def _report_run(name: str, evaluation: Evaluation, format: Format) -> None:  # noqa: A002
    """As ``harness report`` does, with the experiment's table where there are two arms."""
    from harness.cli import report
    from harness.reports.json import run_to_json
    from harness.runs.run import Run
    from harness.runs.uplift import uplift

    run = Run(name, run_to_json(evaluation), tuple(each.grade for each in evaluation.judged))
    report.write_run(run, evaluation, uplift(run), report.Format(format.value))


def _choose(known: Mapping[str, Case], ids: Sequence[str] | None) -> dict[str, Case]:
    from harness.errors import InputError

    for case_id in ids or ():
        if case_id not in known:
            raise InputError(f"there is no case {case_id!r}; known: {', '.join(known)}")
    return {case_id: case for case_id, case in known.items() if not ids or case_id in ids}


def _without_completions(ids: Sequence[str], stored: Sequence[Completion], folder: Path) -> list[str]:
    """A line for each case that was asked for and has nothing to be judged."""
    held = sorted({completion.case for completion in stored})
    return [
        f"{folder}: holds no completion of {case_id}" + (f"; it holds those of {', '.join(held)}" if held else "")
        for case_id in dict.fromkeys(ids)
        if case_id not in held
    ]


def _write_line(judged: Judged) -> None:
    from harness.cli.output import write
    from harness.reports.json import grade_to_json, to_line

    write(to_line(grade_to_json(judged.grade)))


def _report(evaluation: Evaluation, format: Format) -> None:  # noqa: A002
    from harness.cli.output import write, write_report

    match format:
        case Format.TABLE:
            from harness.reports.terminal import write_evaluation

            write_report(partial(write_evaluation, evaluation))
        case Format.MARKDOWN:
            from harness.reports.markdown import evaluation_to_markdown

            write(evaluation_to_markdown(evaluation))
        case Format.JSON:
            from harness.reports.json import evaluation_to_json, to_text

            write(to_text(evaluation_to_json(evaluation)))
        case Format.JSONL:
            pass  # each grade was written when it arrived
