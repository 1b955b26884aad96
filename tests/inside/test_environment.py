"""Variables that are read are noted, those that are required get a plausible value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.inside.environment import plausible
from harness.program import Module, Program

if TYPE_CHECKING:
    from harness.sandbox import Sandbox

SOURCE = """
import os
from os import environ, getenv
from pydantic_settings import BaseSettings, SettingsConfigDict
from starlette.config import Config
a = os.environ["DATABASE_URL"]
b = int(environ["POOL_SIZE"])
c = getenv("STAGE", "none")
d = "DEBUG" in os.environ
config = Config()
e = config("SECRET")
class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="APP_")
    url: str
    echo: bool = False
settings = Settings()
assert (a, b, c, d, e) == ("given", 5, "none", False, "test")
assert settings.url.startswith("sqlite+aiosqlite") and settings.echo is True
"""


def facts(sandbox: Sandbox, source: str, environment: dict[str, str]) -> dict[str, Any]:
    program = Program((Module("main", "main.py", source),))
    with sandbox.open({"program": program.to_json(), "environment": environment}) as cell:
        reply = cell.ask({"op": "load"})
        assert reply["imports"][0]["error"] is None
        return cell.ask({"op": "facts"})


def test_read_and_supplied(sandbox: Sandbox) -> None:
    seen = facts(sandbox, SOURCE, {"DATABASE_URL": "given", "APP_ECHO": "1"})
    assert set(seen["read"]) == {"DATABASE_URL", "POOL_SIZE", "STAGE", "DEBUG", "SECRET", "APP_URL", "APP_ECHO"}
    assert set(seen["supplied"]) == {"POOL_SIZE", "SECRET", "APP_URL"}


SERVER_URLS = """
from typing import Annotated
from pydantic import PostgresDsn, UrlConstraints
from pydantic_core import MultiHostUrl
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    database_url: PostgresDsn
    replica_url: PostgresDsn | None = None
    other_dsn: Annotated[MultiHostUrl, UrlConstraints(allowed_schemes=["postgresql+asyncpg"])]
    plain_url: str
settings = Settings()
assert settings.database_url.scheme == settings.replica_url.scheme == settings.other_dsn.scheme == "postgresql+asyncpg"
assert settings.plain_url.startswith("sqlite")
"""


def test_settings_that_take_a_servers_url_only_get_one(sandbox: Sandbox) -> None:
    facts(sandbox, SERVER_URLS, dict.fromkeys(("DATABASE_URL", "REPLICA_URL"), "sqlite+aiosqlite:///./app.db"))


def test_nothing_of_ours_is_in_the_environment(sandbox: Sandbox) -> None:
    source = "import os\nassert set(os.environ) <= {'PATH', 'HOME', 'LANG', 'TMPDIR', 'PYTHONDONTWRITEBYTECODE'}\n"
    facts(sandbox, source, {})


@pytest.mark.parametrize(
    ("name", "value"),
    [("DB_URL", "sqlite+aiosqlite:///./app.db"), ("POOL_SIZE", "5"), ("DEBUG", "false"), ("API_KEY", "test")],
)
def test_plausible(name: str, value: str) -> None:
    assert plausible(name) == value
