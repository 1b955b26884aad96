"""Dependencies without endpoints, engine arguments, SQL logging under several environments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.observations import EchoSeen, SessionKind
from harness.probes import echo, observe
from harness.probes.environments import profiles
from harness.sandbox import CellTimeout
from tests.probes.samples import program

if TYPE_CHECKING:
    from harness.probes.conversation import Conversation
    from harness.sandbox import Sandbox

DATABASE = """
import logging
import os
from collections.abc import AsyncGenerator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
{settings}
engine = create_async_engine({url}, pool_size=7, {echo})
make_session = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session() -> AsyncGenerator[AsyncSession, None]:
    async with make_session() as session:
        yield session
"""
SETTINGS = """
class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="APP_")
    database_url: str
    environment: str = "production"
settings = Settings()
"""


def database(echo: str, settings: str = "", url: str = '"postgresql+asyncpg://u:p@db/app"') -> str:
    return DATABASE.format(echo=echo, settings=settings, url=url)


@pytest.mark.parametrize(
    ("source", "development", "production"),
    [
        (database('echo=os.getenv("ENVIRONMENT", "production") == "development"'), {True, False}, {False}),
        (database('echo=os.environ.get("SQL_ECHO", "0") == "1"'), {True, False}, {False}),
        (database('echo=bool(os.getenv("DEBUG", "False"))'), {True}, {True}),
        (database('echo=os.environ.get("IS_PRODUCTION", "true") != "true"'), {True}, {False, True}),
        (
            database('echo=settings.environment == "development"', SETTINGS, "settings.database_url"),
            {True, False},
            {False},
        ),
        (
            database(
                "",
                'if os.getenv("APP_ENV") == "dev":\n'
                '    logging.getLogger("sqlalchemy.engine").setLevel(logging.INFO)\n',
            ),
            {True, False},
            {False},
        ),
        (database('echo=os.getenv("LOG_LEVEL", "INFO") == "DEBUG"'), {True}, {False}),
    ],
)
def test_echo(source: str, development: set[bool], production: set[bool], sandbox: Sandbox) -> None:
    seen = observe(program(source), probe="configuration", sandbox=sandbox)
    assert {entry.echo for entry in seen.echoes if entry.profile == "development"} == development
    assert {entry.echo for entry in seen.echoes if entry.profile == "production"} == production
    assert [entry.variables for entry in seen.echoes if entry.profile == "unset"] == [{}]


def test_engine_made_in_the_lifespan(sandbox: Sandbox) -> None:
    source = """
import os
from contextlib import asynccontextmanager
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import create_async_engine
@asynccontextmanager
async def lifespan(app):
    app.state.engine = create_async_engine("postgresql+asyncpg://h/d", echo=os.getenv("DEBUG") == "1")
    yield
app = FastAPI(lifespan=lifespan)
@app.get("/")
async def root():
    return {}
"""
    seen = observe(program(source, dependency=""), probe="configuration", sandbox=sandbox)
    assert {entry.echo for entry in seen.echoes if entry.profile == "development"} == {True, False}


def test_a_lifespan_of_an_app_without_routes(sandbox: Sandbox) -> None:
    source = """
import os
from contextlib import asynccontextmanager
from fastapi import FastAPI, Request
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
@asynccontextmanager
async def lifespan(app):
    engine = create_async_engine("postgresql+asyncpg://h/d", pool_size=5, echo=os.getenv("DEBUG") == "1")
    app.state.make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
    yield
app = FastAPI(lifespan=lifespan)
async def get_session(request: Request):
    async with request.app.state.make() as session:
        yield session
"""
    seen = observe(program(source), probe="configuration", sandbox=sandbox)
    assert {entry.echo for entry in seen.echoes if entry.profile == "development"} == {True, False}
    assert [run.expire_on_commit for run in seen.dependencies] == [False]


def test_without_variables_only_unset_is_tried(sandbox: Sandbox) -> None:
    seen = observe(program(database("echo=True")), probe="configuration", sandbox=sandbox)
    assert [(entry.profile, entry.echo) for entry in seen.echoes] == [("unset", True)]


def test_a_time_out_of_one_environment_counts_only_the_second_time(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, looks = echo._look, list[str]()

    def slow_at_first(talk: Conversation, profile: str, variables: dict[str, str]) -> EchoSeen:
        looks.append(profile)
        if len(looks) == 1:
            raise CellTimeout("wall limit: no reply in time")
        return look(talk, profile, variables)

    monkeypatch.setattr(echo, "_look", slow_at_first)
    seen = observe(program(database("echo=True")), probe="configuration", sandbox=sandbox)
    assert looks == ["unset", "unset"]
    assert [(entry.echo, entry.error) for entry in seen.echoes] == [(True, None)]


def test_dependency_and_engine(sandbox: Sandbox) -> None:
    seen = observe(program(database("echo=False")), probe="configuration", sandbox=sandbox)
    (run,) = seen.dependencies
    assert (run.kind, run.expire_on_commit, run.is_async_generator) == (SessionKind.SQLMODEL_ASYNC, False, True)
    assert (run.open_during_request, run.closed_after_request, run.closed_after_error) == (True, True, True)
    assert run.same_session_in_two_requests is False
    (engine,) = seen.engines
    assert (engine.driver, engine.is_async, engine.options["pool_size"]) == ("postgresql+asyncpg", True, "7")


@pytest.mark.parametrize(
    ("engine", "error"),
    [
        ('create_async_engine("sqlite+aiosqlite:///:memory:", pool_size=5)', "TypeError"),
        ('create_async_engine("sqlite:///app.db")', "InvalidRequestError"),
        ('create_async_engine("postgresql+psycopg2://h/d")', "InvalidRequestError"),
        ('create_async_engine("postgresql+asyncpg://h/d", encoding="utf8")', "TypeError"),
        ('create_async_engine("nonsense")', "ArgumentError"),
        ('create_async_engine("postgresql://h/d")', None),
    ],
)
def test_engines_refuse_what_they_would_refuse(engine: str, error: str | None, sandbox: Sandbox) -> None:
    source = f"from sqlalchemy.ext.asyncio import create_async_engine\nengine = {engine}\n"
    (seen,) = observe(program(source, dependency=""), probe="scoping", sandbox=sandbox).imports
    assert (seen.kind or None) == error


def test_absent_driver_is_told(sandbox: Sandbox) -> None:
    source = (
        "from sqlalchemy.ext.asyncio import create_async_engine\nengine = create_async_engine('mysql+aiomysql://h/d')\n"
    )
    (seen,) = observe(program(source, dependency=""), probe="scoping", sandbox=sandbox).imports
    assert (seen.kind, seen.absent) == ("ModuleNotFoundError", "aiomysql")


def test_profiles() -> None:
    found = profiles(["DATABASE_URL", "IS_PRODUCTION", "DEBUG", "LOG_LEVEL", "NODE_ENV"])
    assert found[0] == (
        "development",
        {"IS_PRODUCTION": "false", "DEBUG": "true", "LOG_LEVEL": "DEBUG", "NODE_ENV": "development"},
    )
    assert ("production", {"IS_PRODUCTION": "1", "DEBUG": "0", "LOG_LEVEL": "INFO", "NODE_ENV": "prod"}) in found
    assert profiles(["DATABASE_URL"]) == [("unset", {})]
