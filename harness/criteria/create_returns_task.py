"""create-returns-task: POST answers the stored row at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.criteria.criterion import (
    Criterion,
    Example,
    Kind,
    Opinion,
    Subject,
    failed,
    no_occasion,
    passed,
    short,
    unknown,
)

if TYPE_CHECKING:
    from harness.observations import Creation, Exchange


def _static(subject: Subject) -> Opinion:
    if not subject.writes_judged:
        return no_occasion("the prompt does not ask for an endpoint that creates")
    return unknown("only the run tells")


def _dynamic(subject: Subject) -> Opinion:
    run = subject.run
    if not subject.writes_judged:
        return no_occasion("the prompt does not ask for an endpoint that creates")
    if subject.import_failed or subject.facts.refused:
        return failed("the answer does not import, so nothing can be created")
    if not subject.facts.files:
        return failed("the completion holds no Python code")
    faults = [(creation, fault) for creation in run.creations if (fault := _fault(creation))]
    if faults and run.stand_ins_used:
        return unknown(f"depends on {', '.join(run.stand_ins_used)}, which is not installed here")
    if faults:
        return failed(faults[0][1], subject.places((each.place, why) for each, why in faults))
    if run.stopped:
        return failed(f"{run.stopped} during {run.stage}")
    if any(creation.row_stored for creation in run.creations):
        return passed("POST answers the stored row with its id and fields")
    if run.stand_ins_used:
        return unknown(f"depends on {', '.join(run.stand_ins_used)}, which is not installed here")
    if run.ran and run.creations:
        return failed(f"no valid body is accepted: {_answered(run.creations[0].exchange)}")
    if run.ran:
        return failed("no endpoint creates anything")
    return subject.not_run


def _fault(creation: Creation) -> str:
    exchange = creation.exchange
    if exchange.status is None:
        return f"POST with a {creation.body_kind} body gets no answer: {exchange.failure or 'the process ended'}"
    if exchange.unhandled or exchange.status >= 500:
        return f"POST with a {creation.body_kind} body: {_answered(exchange)}"
    if not 200 <= exchange.status < 300:
        return ""
    if not creation.row_stored:
        return f"POST answers {exchange.status} and no row is stored: another connection does not see it"
    if not creation.answers_row:
        return f"POST answers {exchange.status} without the task's id and fields: {exchange.body[:120]}"
    return ""


def _answered(exchange: Exchange) -> str:
    why = f" ({short(exchange.exception)})" if exchange.exception else ""
    return f"answers {exchange.status} {exchange.body[:120]}{why}"


CRITERION = Criterion(
    id="create-returns-task",
    title="Create returns the task",
    statement="POST with a valid body answers 2xx at once with the task's id and fields, and the row is committed.",
    why="An expired object is serialised as {}, and a row that is only flushed is gone when the session closes.",
    remedy="`session.add(task)`, `await session.commit()` in the endpoint, return the task of a session with "
    "expire_on_commit=False (or refresh it first).",
    kind=Kind.BEHAVIOUR,
    example=Example(
        wrong="""
@app.post("/tasks", status_code=201)
async def create_task(data: TaskCreate, session: SessionDep) -> Task:
    task = Task.model_validate(data)
    session.add(task)
    await session.flush()  # nothing commits: the row is gone when the session closes
    return task
""",
        right="""
@app.post("/tasks", status_code=201)
async def create_task(data: TaskCreate, session: SessionDep) -> Task:
    task = Task.model_validate(data)
    session.add(task)
    await session.commit()
    return task
""",
    ),
    sources=(
        "https://fastapi.tiangolo.com/tutorial/sql-databases/",
        "https://docs.sqlalchemy.org/en/20/orm/session_basics.html#committing",
    ),
    static=_static,
    dynamic=_dynamic,
)
