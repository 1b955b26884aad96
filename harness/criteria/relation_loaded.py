"""relation-loaded: the endpoint answers the task with its project."""

from __future__ import annotations

from harness.criteria.criterion import Criterion, Example, Kind, Opinion, Subject, at, failed, passed, short, unknown


def _static(subject: Subject) -> Opinion:
    loads = subject.facts.lazy_loads
    if loads:
        return failed(loads[0].what, [at(each.at, each.what) for each in loads])
    return unknown("only the run tells")


def _dynamic(subject: Subject) -> Opinion:
    run = subject.run
    if subject.import_failed:
        return subject.not_run
    wrong = [each for each in run.relations if not (each.answers_child and each.answers_parent)]
    if wrong and run.stand_ins_used:
        return unknown(f"depends on {', '.join(run.stand_ins_used)}, which is not installed here")
    if wrong:
        exchange = wrong[0].exchange
        why = f" ({short(exchange.exception)})" if exchange.exception else ""
        status = exchange.status if exchange.status is not None else exchange.failure or "nothing"
        message = f"GET answers {status} {exchange.body[:100]}{why}"
        return failed(message, subject.places((each.place, "the relation is not answered") for each in wrong))
    if run.stopped:
        return failed(f"{run.stopped} during {run.stage}")
    if run.relations:
        return passed("GET answers the task's title and its project's name, both stored by another connection")
    return subject.not_run


CRITERION = Criterion(
    id="relation-loaded",
    title="The relation is loaded",
    statement="GET of a task with a project, stored by another session, answers its title and project name.",
    why="A test whose task has no project, or whose project is in the session already, passes wrong code.",
    remedy="`select(Task).options(selectinload(Task.project))`, or `session.get(Task, id, options=[...])`.",
    kind=Kind.BEHAVIOUR,
    example=Example(
        wrong="""
@app.get("/tasks/{task_id}")
async def read_task(task_id: int, session: SessionDep) -> dict[str, str]:
    task = await session.get(Task, task_id)
    return {"title": task.title, "project": task.project.name}  # !
""",
        right="""
@app.get("/tasks/{task_id}")
async def read_task(task_id: int, session: SessionDep) -> dict[str, str]:
    task = await session.get(Task, task_id, options=[selectinload(Task.project)])
    return {"title": task.title, "project": task.project.name}
""",
    ),
    sources=(
        "https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html",
        "https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#preventing-implicit-io-when-using-asyncsession",
    ),
    static=_static,
    dynamic=_dynamic,
)
