"""wrong-example: a shared session is shown and marked as wrong."""

from __future__ import annotations

from harness.criteria.criterion import Criterion, Example, Kind, Opinion, Subject, failed, nothing_dynamic
from harness.criteria.request_scope import shared
from harness.verdicts import State


def _static(subject: Subject) -> Opinion:
    for facts in subject.wrong:
        evidence = shared(facts)
        if evidence:
            return Opinion(State.PASS, f"shown as wrong: {evidence[0].message}", evidence)
    if subject.wrong:
        return failed("the example marked as wrong shares no session")
    return failed("no shared session is shown and marked as wrong")


CRITERION = Criterion(
    id="wrong-example",
    title="The wrong approach is shown",
    statement="A shared session is shown and marked as wrong.",
    why="Readers recognise their own code in it; unmarked, they copy it.",
    remedy="Show a session made at module level and used by endpoints, under a heading or comment that says wrong.",
    kind=Kind.STRUCTURE,
    example=Example(
        wrong="""
Each request needs its own session: take it from a dependency.
""",
        right="""
Wrong, all requests share one session:

    session = make_session()

    @app.post("/tasks")
    async def create_task(task: Task) -> Task:
        session.add(task)
        await session.commit()
        return task
""",
        language="markdown",
    ),
    sources=("https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#using-asyncsession-with-concurrent-tasks",),
    static=_static,
    dynamic=nothing_dynamic,
)
