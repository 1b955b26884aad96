"""A server that cannot be used says so in one line; nothing is left on one that could."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import psycopg
import pytest

from harness.cases import load_cases
from harness.databases.postgresql import PostgresBackend, Server
from harness.errors import MachineError
from harness.grading import Grader
from harness.verdicts import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.databases.cluster import Cluster

CASES = load_cases()


@pytest.fixture
def maker(cluster: Cluster) -> Iterator[str]:
    """A user with no more rights than are needed."""
    with cluster.connect() as connection:
        connection.execute("CREATE ROLE maker LOGIN CREATEDB CREATEROLE PASSWORD 'm'")
        connection.execute("CREATE ROLE nobody LOGIN PASSWORD 'n'")
        yield "maker"
        connection.execute("DROP ROLE maker")
        connection.execute("DROP ROLE nobody")


def refused(url: str) -> str:
    with pytest.raises(MachineError) as caught:
        Grader(databases=[url])
    assert "\n" not in str(caught.value)
    assert caught.value.exit_status == 3
    return str(caught.value)


def test_no_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert "--db: PostgreSQL cannot be reached: " in refused(f"postgresql+asyncpg://u:p@127.0.0.1:{port}/d")
    assert "--db: PostgreSQL cannot be reached: " in refused("postgresql+asyncpg://u:p@/d?host=/nowhere")


def test_not_a_server() -> None:
    assert "cannot be used" in refused("postgresql+asyncpg://u:p@127.0.0.1/d?ssl=require")


def test_wrong_password(cluster: Cluster) -> None:
    message = refused(cluster.url(password="wrong"))
    assert "password authentication failed" in message
    assert "wrong" not in message.replace("password authentication failed", "")


def test_no_rights(cluster: Cluster, maker: str) -> None:
    assert "'nobody' may not create databases and roles" in refused(cluster.url(user="nobody", password="n"))


def test_the_command_line_says_it_in_one_line(cluster: Cluster, tmp_path: Path) -> None:
    answer = tmp_path / "a.md"
    answer.write_text("none")
    options = ["--case", "test-your-skill", "--format", "json"]
    done = subprocess.run(
        [sys.executable, "-m", "harness", "grade", str(answer), *options, "--db", cluster.url(password="wrong")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith("harness: --db: PostgreSQL cannot be reached: ")
    assert "password authentication failed" in done.stderr
    assert done.stderr.count("\n") == 1


def doctor(url: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "harness", "doctor", "--db", url, *options], capture_output=True, text=True, check=False
    )


def test_the_doctor_tries_a_server(cluster: Cluster, maker: str) -> None:
    before = cluster.names()
    done = doctor(cluster.url(user=maker, password="m"), "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["works"] is True
    found = document["server"]
    assert found.pop("version") == document["databases"]["postgresql"] != ""
    assert found == {
        "server": f"127.0.0.1:{cluster.port}",
        "user": maker,
        "reachable": True,
        "superuser": False,
        "create_databases": True,
        "create_roles": True,
        "tried": True,
        "problem": "",
    }
    assert cluster.names() == before


def test_the_doctor_says_what_a_server_lacks(cluster: Cluster, maker: str) -> None:
    done = doctor(cluster.url(user="nobody", password="n"))
    assert done.returncode == 3
    assert "  user                 nobody\n  create databases     no\n  create roles         no\n" in done.stdout
    assert "\nAnswers cannot be run here: --db: 'nobody' may not create databases and roles on " in done.stdout
    done = doctor(cluster.url(password="wrong"))
    assert done.returncode == 3
    assert "  postgresql           not reachable\npostgresql server\n  reachable            no\n" in done.stdout
    assert "password authentication failed" in done.stdout


@pytest.mark.parametrize("local", [False, True])
@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
def test_everything_is_dropped_at_the_end(cluster: Cluster, driver: str, local: bool) -> None:
    before = cluster.names()
    with Grader(jobs=2, databases=["sqlite", cluster.url(driver, local=local)]) as grader:
        assert len(cluster.names() - before) == 4
        grade = grader.grade("```python\nx = 1\n```", CASES["test-your-skill"], name="x", database="postgresql")
        assert grade.database == "postgresql"
        assert str(grade.environment["postgresql"]).count(".") == 1
        assert grader.grade("none", CASES["test-your-skill"], name="x").database == "sqlite"
    assert cluster.names() == before


def test_a_user_without_superuser_rights_will_do(cluster: Cluster, maker: str) -> None:
    before = cluster.names()
    text = RIGHT.strip()
    with Grader(databases=[cluster.url(user=maker, password="m")]) as grader:
        for _ in range(2):
            grade = grader.grade(f"```python\n{text}\n```", CASES["test-your-skill"], name="x")
            assert {name: v.reason for name, v in grade.verdicts.items() if v.outcome is not Outcome.PASS} == {}
    assert cluster.names() == before


def test_the_database_says_whose_it_is(server: Server) -> None:
    backend = PostgresBackend(server, "asyncpg")
    try:
        with server.connect() as connection:
            told = connection.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname LIKE 'harness_answers_%'"
            ).fetchall()
        assert any("can be dropped when that is gone" in comment for (comment,) in told)
    finally:
        backend.close()
        backend.close()


def test_a_worker_that_is_cut_off_comes_back(server: Server, cluster: Cluster) -> None:
    backend = PostgresBackend(server, "asyncpg")
    try:
        with cluster.connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [backend.job("/x")["database"]],
            )
        with pytest.raises(MachineError, match="the database server failed"):
            backend.reset()
        backend.reset()
        job = backend.job("/x")
        psycopg.connect(
            host="127.0.0.1", port=cluster.port, user=job["user"], password=job["password"], dbname=job["database"]
        ).close()
    finally:
        backend.close()


RIGHT = """
import os
from collections.abc import AsyncGenerator
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

engine = create_async_engine(os.environ["DATABASE_URL"])
make_session = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
app = FastAPI()


class TaskCreate(SQLModel):
    title: str


class Task(TaskCreate, table=True):
    id: int | None = Field(default=None, primary_key=True)


async def get_session() -> AsyncGenerator[AsyncSession, None]:
    async with make_session() as session:
        yield session


@app.post("/tasks", status_code=201)
async def create_task(data: TaskCreate, session: AsyncSession = Depends(get_session)) -> Task:
    task = Task.model_validate(data)
    session.add(task)
    try:
        await session.commit()
    except IntegrityError:
        await session.rollback()
        raise HTTPException(409, "conflict")
    except (SQLAlchemyError, OSError):
        await session.rollback()
        raise HTTPException(503, "try again")
    return task
"""
