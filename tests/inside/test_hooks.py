"""What only the inside can tell: sessions, engines, routes, dependencies, the warm-up that leaves nothing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from harness.program import Module, Program
from tests.inside.journal import noted

if TYPE_CHECKING:
    from harness.sandbox import Sandbox

HEAD = """
from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession as Plain, async_engine_from_config
from sqlalchemy.ext.asyncio import async_scoped_session, async_sessionmaker, create_async_engine
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker
from sqlmodel.ext.asyncio.session import AsyncSession
import sqlmodel, asyncio
engine = create_async_engine("postgresql+asyncpg://h/d")
app = FastAPI()
"""


def run(sandbox: Sandbox, source: str, *asked: dict[str, Any], dependency: str = "") -> list[dict[str, Any]]:
    program = Program((Module("main", "main.py", HEAD + source),), dependencies=(dependency,) if dependency else ())
    with sandbox.open({"program": program.to_json()}) as cell:
        reply = cell.ask({"op": "load"})
        assert [entry["error"] for entry in reply["imports"]] == [None]
        cell.ask({"op": "start"})
        return [cell.ask(message) for message in asked]


def http(path: str, route: int = 0, request: str = "r1") -> dict[str, Any]:
    return {"op": "http", "target": 0, "route": route, "method": "GET", "path": path, "request": request}


@pytest.mark.parametrize(
    ("made", "kind", "expires"),
    [
        ("async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)()", "sqlmodel_async", False),
        ("async_sessionmaker(engine)()", "sqlalchemy_async", True),
        ("sessionmaker(engine, class_=AsyncSession)()", "sqlmodel_async", True),
        ("AsyncSession(engine, expire_on_commit=False)", "sqlmodel_async", False),
        ("type('Own', (AsyncSession,), {})(engine)", "sqlmodel_async", True),
        (
            "async_scoped_session(async_sessionmaker(engine, class_=AsyncSession), scopefunc=asyncio.current_task)",
            "sqlmodel_async",
            True,
        ),
        ("Session(create_engine('sqlite:///x.db'))", "sync", True),
        ("Plain(AsyncEngine(create_engine('sqlite+aiosqlite:///x.db')))", "sqlalchemy_async", True),
        ("engine", "other", None),
    ],
)
def test_kind_of_session(made: str, kind: str, expires: bool | None, sandbox: Sandbox) -> None:
    source = f"async def get_session():\n    session = {made}\n    yield session\n"
    (seen,) = run(
        sandbox, source, {"op": "dependency", "index": 0, "request": "d1", "fail": False}, dependency="main:get_session"
    )
    assert (seen["kind"], seen["expire_on_commit"]) == (kind, expires)
    assert seen["generator"] is True


def test_engines_everywhere(sandbox: Sandbox) -> None:
    source = """
sqlmodel.create_engine("sqlite:///y.db", echo=True)
async_engine_from_config({"sqlalchemy.url": "postgresql+psycopg://h/d"})
AsyncEngine(create_engine("sqlite+aiosqlite://"))
@app.get("/")
async def root():
    async with create_async_engine("sqlite+aiosqlite:///z.db").connect() as connection:
        return (await connection.execute(text("SELECT now() IS NOT NULL AND length(gen_random_uuid())"))).scalar()
"""
    answer, facts = run(sandbox, source, http("/"), {"op": "facts"})
    assert answer["body"] == "1"
    made_async = [number for (number,) in noted(facts, "made async")]
    seen = [
        (engine["driver"], engine["is_async"] or number in made_async, engine["echo"], engine["request"])
        for number, engine in noted(facts, "engine")
    ]
    assert seen == [
        ("postgresql+asyncpg", True, False, None),
        ("sqlite", False, True, None),
        ("postgresql+psycopg", True, False, None),
        ("sqlite+aiosqlite", True, False, None),
        ("sqlite+aiosqlite", True, False, "r1"),
    ]


@pytest.mark.parametrize(
    ("made", "is_async"),
    [
        ("create_engine('sqlite+aiosqlite:///x.db')", False),
        ("AsyncEngine(create_engine('sqlite+aiosqlite:///x.db'))", True),
        ("create_async_engine('sqlite+aiosqlite:///x.db')", True),
    ],
)
def test_an_async_driver_alone_makes_no_engine_async(made: str, is_async: bool, sandbox: Sandbox) -> None:
    source = (
        "from sqlalchemy import create_engine\nfrom sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine\n"
        f"other = create_engine('sqlite:///other.db')\nengine = {made}\n"
    )
    facts = run(sandbox, source, {"op": "facts"})[-1]
    made_async = [number for (number,) in noted(facts, "made async")]
    seen = [engine["is_async"] or number in made_async for number, engine in noted(facts, "engine")]
    assert seen[-2:] == [False, is_async]


def test_body_is_cut_and_sync_endpoints_work(sandbox: Sandbox) -> None:
    source = "@app.get('/')\ndef root():\n    return 'x' * 200_000\n"
    (answer,) = run(sandbox, source, http("/"))
    assert (answer["status"], len(answer["body"])) == (200, 64 << 10)


def test_exception_after_the_response_is_told(sandbox: Sandbox) -> None:
    source = """
async def late():
    yield 1
    raise RuntimeError("too late")
@app.get("/")
async def root(value: int = Depends(late)):
    return value
"""
    (answer,) = run(sandbox, source, http("/"))
    assert (answer["status"], answer["body"]) == (200, "1")
    assert "too late" in answer["exception"]


def test_own_coroutine_never_awaited(sandbox: Sandbox) -> None:
    source = "async def save():\n    pass\n@app.get('/')\nasync def root():\n    save()\n"
    _, facts = run(sandbox, source, http("/"), {"op": "facts"})
    assert [(entry["what"], entry["request"]) for (entry,) in noted(facts, "never awaited")] == [("save", "r1")]


def test_startup_that_fails_is_reported(sandbox: Sandbox) -> None:
    program = Program(
        (
            Module(
                "main",
                "main.py",
                HEAD
                + "@app.on_event('startup')\nasync def start():\n    raise ValueError('no')\n"
                + "@app.get('/')\nasync def r():\n    pass\n",
            ),
        )
    )
    with sandbox.open({"program": program.to_json()}) as cell:
        assert any("no" in problem for problem in cell.ask({"op": "start"})["problems"])


def test_foreign_key_to_a_table_that_nobody_defines(sandbox: Sandbox) -> None:
    source = "class Task(sqlmodel.SQLModel, table=True):\n"
    source += "    id: int | None = sqlmodel.Field(default=None, primary_key=True)\n"
    source += "    team_id: int = sqlmodel.Field(foreign_key='team.id')\n"
    (description,) = run(sandbox, source, {"op": "describe"})
    tables = {table["name"]: [column["name"] for column in table["columns"]] for table in description["tables"]}
    assert tables == {"task": ["id", "team_id"], "team": ["id", "name"]}


def test_warm_up_leaves_nothing() -> None:
    code = (
        "import os, threading, asyncio\nfrom harness.inside import warm_up\nwarm_up(); warm_up()\n"
        "from sqlmodel import SQLModel\nassert not SQLModel.metadata.tables\n"
        "assert len(os.listdir('/proc/self/task')) == 1 and threading.active_count() == 1\n"
        "from sqlmodel.main import default_registry\nassert not list(default_registry.mappers)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
