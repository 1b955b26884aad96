"""right-example: a correct per-request dependency is shown."""

from __future__ import annotations

from harness.criteria import dependency_shape, depends
from harness.criteria.criterion import (
    Criterion,
    Example,
    Kind,
    Opinion,
    Subject,
    at,
    failed,
    no_occasion,
    passed,
    unknown,
)
from harness.source.facts import Shape
from harness.verdicts import State


def _static(subject: Subject) -> Opinion:
    dependencies = subject.facts.dependencies
    if not dependencies:
        return failed("no per-request dependency is shown")
    if any(each.shape is Shape.NOT_ASYNC for each in dependencies):
        return no_occasion("the dependency is per request, but sync: dependency-shape says so")
    right = [each for each in dependencies if each.shape is Shape.RIGHT]
    taken = depends.CRITERION.static(subject)
    shared = [failed(each.how, [at(each.at, each.how)]) for each in subject.facts.shared if not each.by_tasks]
    if taken.state is State.FAIL:
        wrong = [taken]
    elif shared and len(right) in (0, len(dependencies)):
        wrong = shared
    else:
        wrong = [] if right else [dependency_shape.CRITERION.static(subject)]
    if wrong and wrong[0].state is State.FAIL:
        return failed(f"the dependency shown is not right: {wrong[0].reason}", wrong[0].evidence)
    if wrong:
        return unknown(wrong[0].reason)
    return passed("a dependency that opens a session for each request is shown")


def _dynamic(subject: Subject) -> Opinion:
    if subject.import_failed:
        return subject.not_run
    runs = subject.dependency_runs
    if any(each.same_session_in_two_requests is False and each.closed_after_request for each in runs):
        return unknown("only reading the code tells")
    shared = [each.place for each in runs if each.same_session_in_two_requests]
    if shared:
        message = "the dependency shown gives several requests the same session"
        return failed(message, subject.places((place, message) for place in shared))
    return unknown("only reading the code tells")


CRITERION = Criterion(
    id="right-example",
    title="The right approach is shown",
    statement="A correct per-request dependency is shown.",
    why="Knowing what is wrong does not yet give the code to write.",
    remedy="Show `get_session` with `async with ... as session: yield session` and an endpoint that depends on it.",
    kind=Kind.STRUCTURE,
    example=Example(
        wrong="""
session = make_session()  # one for the whole application


@app.get("/tasks/{task_id}")
async def read_task(task_id: int) -> Task | None:
    return await session.get(Task, task_id)
""",
        right="""
async def get_session() -> AsyncIterator[AsyncSession]:
    async with make_session() as session:
        yield session


@app.get("/tasks/{task_id}")
async def read_task(task_id: int, session: Annotated[AsyncSession, Depends(get_session)]) -> Task | None:
    return await session.get(Task, task_id)
""",
    ),
    sources=(
        "https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/",
        "https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#using-asyncsession-with-concurrent-tasks",
    ),
    static=_static,
    dynamic=_dynamic,
)
