"""Runs the tests of a skill's code with pytest, inside the sandbox."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiosqlite
import anyio.pytest_plugin
import asyncpg  # type: ignore[import-untyped]
import fastapi
import fastapi.testclient
import httpx
import psycopg
import pytest
import sqlmodel.ext.asyncio.session
from sqlalchemy.engine import URL

from harness.inside.warm import warm_up as warm_up_answers
from harness.sandbox import frames

if TYPE_CHECKING:
    import socket

_MAX_TEXT = 4000


class _Reports:
    """Keeps how each test ended."""

    def __init__(self) -> None:
        self.seen: dict[str, dict[str, str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A failure in any phase counts; of several, the first."""
        if report.when == "call" or report.outcome == "failed":
            outcome = report.outcome if report.when == "call" else "error"
            self.seen.setdefault(report.nodeid, {"outcome": outcome, "text": _last_line(report)})

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be imported has no tests."""
        if report.failed:
            self.seen[report.nodeid] = {"outcome": "error", "text": _last_line(report)}


def warm_up() -> None:
    """Import all that tests use, and run one app."""
    warm_up_answers()


def main(job: dict[str, Any], channel: socket.socket, folder: str) -> None:
    """Write ``job["files"]`` (path: source) into the folder and run its tests; one reply to one request.

    The tests find ``TEST_DATABASE_URL``. The reply: ``{"tests": {name: {"outcome", "text"}}}``; outcomes are "passed",
    "failed" (by the test itself), "skipped", "error" (it could not be run to its end).
    """
    request = frames.receive(channel) or {}
    place = Path(folder) / "code"
    for name, source in job["files"].items():
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")
    os.chdir(place)
    tempfile.tempdir = None  # what the warm-up found out is not writable any more
    url = _url(job["database"], folder)
    os.environ.update(TEST_DATABASE_URL=url, DATABASE_URL=url)
    sys.path.insert(0, str(place))
    sys.dont_write_bytecode = True
    reports = _Reports()
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # those of this machine are none of the skill's
    options = ["-q", "-p", "anyio", "-p", "no:cacheprovider", "--rootdir", str(place), "tests"]
    pytest.main(options, plugins=[reports])
    frames.send(channel, {"tests": reports.seen, "nonce": request.get("nonce")})


def _url(database: dict[str, Any], folder: str) -> str:
    if database["kind"] == "sqlite":
        return f"sqlite+aiosqlite:///{folder}/app.db"
    url = URL.create(
        f"postgresql+{database['driver']}",
        username=database["user"],
        password=database["password"],
        database=database["database"],
        port=database["port"],
        query={"host": database["host"]},
    )
    return url.render_as_string(hide_password=False)


def _last_line(report: pytest.TestReport | pytest.CollectReport) -> str:
    lines = [line for line in report.longreprtext.splitlines() if line.startswith("E ")]
    return (lines[0][1:].strip() if lines else report.longreprtext.strip().rpartition("\n")[2])[:_MAX_TEXT]


_ = (aiosqlite, anyio.pytest_plugin, asyncpg, fastapi.testclient, httpx, psycopg, sqlmodel.ext.asyncio.session)
