import asyncio
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from app.database import async_session_factory, engine
from app.models import Project, Task
from httpx import AsyncClient
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import select

pytestmark = pytest.mark.anyio


async def stored_titles() -> list[str]:
    """What another session sees: only what was committed."""
    async with async_session_factory() as session:
        return list(await session.exec(select(Task.title).order_by(Task.title)))


async def test_a_created_task_is_answered_and_stored(client: AsyncClient) -> None:
    response = await client.post("/tasks", json={"title": "one"})
    assert response.status_code == 201
    assert response.json() == {"id": 1, "title": "one", "project_id": None}
    assert await stored_titles() == ["one"]


async def test_a_conflict_is_409_without_details(client: AsyncClient) -> None:
    await client.post("/tasks", json={"title": "one"})
    response = await client.post("/tasks", json={"title": "one"})
    assert (response.status_code, response.json()) == (409, {"detail": "Conflicts with stored data"})
    assert (await client.post("/tasks", json={"title": "two"})).status_code == 201
    assert await stored_titles() == ["one", "two"]


@contextmanager
def failing_commits() -> Generator[None, None, None]:
    def fail(connection: object) -> None:
        raise OperationalError("COMMIT", None, Exception("a secret of the server"))

    event.listen(engine.sync_engine, "commit", fail)
    try:
        yield
    finally:
        event.remove(engine.sync_engine, "commit", fail)


async def test_a_failing_commit_is_503_and_nothing_is_stored(client: AsyncClient) -> None:
    with failing_commits():
        response = await client.post("/tasks", json={"title": "one"})
    assert (response.status_code, response.json()) == (503, {"detail": "Database unavailable"})
    assert (await client.post("/tasks", json={"title": "two"})).status_code == 201
    assert await stored_titles() == ["two"]


async def test_a_task_is_read_with_its_project(client: AsyncClient) -> None:
    async with async_session_factory() as session:
        task = Task(title="one", project=Project(name="house"))
        session.add(task)
        await session.commit()
    response = await client.get(f"/tasks/{task.id}")
    assert response.json()["project"] == {"id": task.project_id, "name": "house"}


async def test_a_task_that_is_not_there_is_404(client: AsyncClient) -> None:
    assert (await client.get("/tasks/7")).status_code == 404


async def test_requests_at_once_do_not_disturb_each_other(client: AsyncClient) -> None:
    posts = [client.post("/tasks", json={"title": f"task {number}"}) for number in range(8)]
    assert [response.status_code for response in await asyncio.gather(*posts)] == [201] * 8
    assert len(await stored_titles()) == 8
