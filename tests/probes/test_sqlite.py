"""SQLite as answers set it up themselves: write-ahead logs, foreign keys that are checked at the COMMIT."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.probes import observe
from tests.probes.samples import MUTATIONS, RIGHT, program
from tests.probes.test_mutants import shown

if TYPE_CHECKING:
    from harness.program import Program
    from harness.sandbox import Sandbox

PRAGMAS = """
from sqlalchemy import event

@event.listens_for(engine.sync_engine, "connect")
def set_pragmas(connection, record):
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
"""
# after a write that failed SQLite itself rolls back: neither a missing nor a late rollback wedges it
IN_WAL = {
    "integrity only": {"unhandled"},
    "swallowed": {"lied to"},
    "commit after yield": {"create", "lied to"},
    "no rollback": set(),
}


def with_pragmas(name: str, *more: tuple[str, str]) -> Program:
    source = RIGHT
    for old, new in (*MUTATIONS.get(name, ()), *more, ("app = FastAPI()\n", f"app = FastAPI()\n{PRAGMAS}")):
        assert old in source, old
        source = source.replace(old, new)
    return program(source)


def test_right_answer_with_a_log(sandbox: Sandbox) -> None:
    seen = observe(with_pragmas(""), probe="create", sandbox=sandbox)
    assert shown(seen) == set()
    assert [(fault.fault, fault.took_effect, fault.exchange.status) for fault in seen.faults] == [
        ("integrity", True, 409),
        ("commit", True, 503),
        ("integrity", True, 409),
    ]
    assert all(fault.next_request is not None and fault.next_request.status == 201 for fault in seen.faults)


@pytest.mark.parametrize("name", IN_WAL)
def test_the_commit_fails_with_a_log_too(name: str, sandbox: Sandbox) -> None:
    seen = observe(with_pragmas(name), probe="create", sandbox=sandbox)
    assert shown(seen) == IN_WAL[name]
    (commit,) = [fault for fault in seen.faults if fault.fault == "commit"]
    assert commit.took_effect


DEFERRED = (
    '    project_id: int | None = Field(default=None, foreign_key="project.id")\n\n\n'
    "class Task(TaskCreate, table=True):\n",
    "    project_id: int | None = None\n\n\nfrom sqlalchemy import Column, ForeignKey\n\n\n"
    "class Task(TaskCreate, table=True):\n    project_id: int | None = Field(\n"
    '        default=None, sa_column=Column(ForeignKey("project.id", deferrable=True, initially="DEFERRED"))\n    )\n',
)


def test_a_foreign_key_of_the_answers_own_that_is_checked_at_the_commit(sandbox: Sandbox) -> None:
    seen = observe(with_pragmas("", DEFERRED), probe="create", sandbox=sandbox)
    assert shown(seen) == set()
    assert [made.body_kind for made in seen.creations if made.row_stored] == ["minimal", "full", "referenced"]
    dangling = (
        "    session.add(task)\n    try:\n",
        "    task.project_id = 99\n    session.add(task)\n    await session.flush()\n    try:\n",
    )
    seen = observe(with_pragmas("", DEFERRED, dangling), probe="create", sandbox=sandbox)
    assert {(made.exchange.status, made.row_stored) for made in seen.creations} == {(409, False)}
