"""Endpoints of other kinds: read, changed, deleted, offered twice, with keys and parents of many types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.probes import observe
from harness.probes.replies import MalformedError, description, engine
from tests.probes.samples import RIGHT, program

if TYPE_CHECKING:
    from harness.sandbox import Sandbox

MANY = (
    RIGHT
    + """
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from uuid import UUID, uuid4
from pydantic import BaseModel
from sqlalchemy import JSON, Column
class Level(str, Enum):
    low = "l"
    high = "h"
class Worker(SQLModel, table=True):
    id: UUID = Field(default_factory=uuid4, primary_key=True)
    name: str
    level: Level
    born: date
    joined: datetime
    pay: Decimal
    active: bool
    extra: dict = Field(sa_column=Column(JSON, nullable=False))
class WorkerUpdate(SQLModel):
    name: str | None = None
    joined: datetime
@app.get("/workers/{worker_id}")
async def get_worker(worker_id: UUID, session: AsyncSession = Depends(get_session)) -> Worker:
    worker = await session.get(Worker, worker_id)
    if worker is None:
        raise HTTPException(404)
    return worker
@app.put("/workers/{worker_id}")
async def change_worker(worker_id: UUID, data: WorkerUpdate, session: AsyncSession = Depends(get_session)) -> Worker:
    worker = await get_worker(worker_id, session)
    worker.sqlmodel_update(data.model_dump(exclude_unset=True))
    await session.commit()
    return worker
@app.delete("/workers/{worker_id}", status_code=204)
async def delete_worker(worker_id: UUID, session: AsyncSession = Depends(get_session)) -> None:
    await session.delete(await get_worker(worker_id, session))
    await session.commit()
@app.get("/projects/{id}/tasks")
async def tasks_of(id: int, limit: int, session: AsyncSession = Depends(get_session)) -> list[Task]:
    return list((await session.exec(select(Task).where(Task.project_id == id).limit(limit))).all())
@app.post("/tasks/{task_id}/complete")
async def complete(task_id: int, session: AsyncSession = Depends(get_session)):
    task = await session.get(Task, task_id)
    task.done = True
    await session.commit()
    return {"done": True}
"""
)


def test_every_endpoint_is_used_with_valid_input(sandbox: Sandbox) -> None:
    seen = observe(program(MANY), probe="create", sandbox=sandbox)
    others = {
        (each.method, each.path.split("/")[1], each.status)
        for each in seen.exchanges
        if each.purpose == "other endpoint"
    }
    assert others == {
        ("GET", "tasks", 200),
        ("GET", "workers", 200),
        ("GET", "projects", 200),
        ("PUT", "workers", 200),
        ("POST", "tasks", 200),
        ("DELETE", "workers", 204),
    }
    assert {made.endpoint for made in seen.creations} == {"POST /tasks"}


def test_two_options_with_the_same_path(sandbox: Sandbox) -> None:
    start = RIGHT.index('@app.post("/tasks"')
    option = RIGHT[start : RIGHT.index('@app.get("/tasks/{task_id}")')].replace("create_task", "create_other")
    seen = observe(
        program(RIGHT + option.replace("    return task", "    return {}").replace(" -> Task", "")),
        probe="create",
        sandbox=sandbox,
    )
    answers = [(made.place and made.place.line, made.answers_row) for made in seen.creations]
    assert [answered for _, answered in answers] == [True, True, True, False, False, False]
    assert len({line for line, _ in answers}) == 2


def test_child_of_a_project_is_created_below_it(sandbox: Sandbox) -> None:
    source = RIGHT.replace(
        '@app.post("/tasks", status_code=201)', '@app.post("/projects/{project_id}/tasks", status_code=201)'
    )
    source = source.replace("create_task(data", "create_task(project_id: int, data")
    seen = observe(program(source), probe="create", sandbox=sandbox)
    assert all(made.answers_row for made in seen.creations)


def test_several_tasks_one_after_the_other_are_fine(sandbox: Sandbox) -> None:
    source = RIGHT.replace(
        "    found = await session.exec(select(Task).where",
        "    import asyncio\n    await session.connection()\n"
        "    found = await asyncio.wait_for(session.exec(select(Task).where",
    ).replace(
        "selectinload(Task.project)))\n    task = found.one", "selectinload(Task.project))), 5)\n    task = found.one"
    )
    seen = observe(program(source), probe="relation", sandbox=sandbox)
    assert seen.relations[0].answers_parent
    assert max(each.tasks_per_request for each in seen.sessions) == 1


def test_background_task_that_keeps_the_session(sandbox: Sandbox) -> None:
    source = (
        RIGHT.replace("async def list_tasks(", "async def list_tasks(background: BackgroundTasks, ")
        .replace("import Depends", "import BackgroundTasks, Depends")
        .replace(
            "    return list((await session.exec(select(Task))).all())\n",
            "    import asyncio\n    asyncio.create_task(session.exec(select(Task)))\n"
            "    return list((await session.exec(select(Task))).all())\n",
        )
    )
    seen = observe(program(source), probe="scoping", sandbox=sandbox)
    assert any(each.tasks_per_request > 1 for each in seen.sessions)


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"routes": 5, "tables": [], "dependencies": []},
        {"routes": [{"target": "0"}], "tables": [], "dependencies": []},
        {"routes": [], "tables": [{"name": "t", "columns": [{"name": "c", "nullable": 1}]}], "dependencies": []},
    ],
)
def test_replies_of_impossible_shape(reply: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        description(reply)
    with pytest.raises(MalformedError):
        engine(reply)
