"""What is sent into several tables, and what it refers to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.probes import observe
from tests.probes.samples import RIGHT, program

if TYPE_CHECKING:
    from harness.observations import Observations
    from harness.sandbox import Sandbox

ADD = "    session.add(task)\n    try:\n"
"""Where the plain answer stores its task."""
NOTED = (
    "    session.add(task)\n    try:\n        await session.flush()\n        try:\n"
    "            async with session.begin_nested():\n                session.add(Project(name=task.title))\n"
    "        except IntegrityError:\n            pass\n"
)
"""The task and a note, which may fail."""


def seen(old: str, new: str, sandbox: Sandbox) -> Observations:
    assert old in RIGHT
    return observe(program(RIGHT.replace(old, new)), probe="create", sandbox=sandbox)


def integrity(run: Observations) -> list[tuple[bool, bool, int | None]]:
    """Of the minimal body: whether the fault took effect, whether what was sent is stored, the status."""
    faults = [each for each in run.faults if each.fault == "integrity" and "project_id" not in each.exchange.sent]
    return [(each.took_effect, each.stored_now, each.exchange.status) for each in faults]


def test_half_of_it_is_left_where_two_commits_store_it(sandbox: Sandbox) -> None:
    twice = (
        "    try:\n        session.add(Project(name=task.title))\n        await session.commit()\n"
        "        session.add(task)\n"
    )
    assert integrity(seen(ADD, twice, sandbox)) == [(True, False, 409), (True, True, 409)]


def test_nothing_is_left_where_one_commit_stores_both(sandbox: Sandbox) -> None:
    both = "    session.add(Project(name=task.title))\n" + ADD
    assert integrity(seen(ADD, both, sandbox)) == [(True, False, 409), (True, False, 409)]


def test_a_table_that_may_fail_is_no_fault(sandbox: Sandbox) -> None:
    assert sorted(integrity(seen(ADD, NOTED, sandbox))) == [(False, True, 201), (True, False, 409)]


def test_an_answer_that_always_fails_tells_nothing_of_the_fault(sandbox: Sandbox) -> None:
    source = RIGHT.replace(ADD, NOTED).replace("    return task\n", "    raise HTTPException(500)\n")
    run = observe(program(source), probe="create", sandbox=sandbox)
    assert sorted(integrity(run)) == [(False, True, 500), (True, False, 409)]


def test_a_row_that_refers_to_something_else_is_not_what_was_sent(sandbox: Sandbox) -> None:
    run = seen("Task.model_validate(data)", "Task(title=data.title)", sandbox)
    assert [(each.body_kind, each.row_stored) for each in run.creations] == [
        ("minimal", True),
        ("full", True),
        ("referenced", False),
    ]
