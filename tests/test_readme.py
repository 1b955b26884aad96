"""What the README shows is what happens."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from harness.reports.json import grade_to_json, to_line
from tests.endpoints.server import Answer, Server
from tests.runs.grades import run as graded

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCES = [token for token in MarkdownIt().parse(README) if token.type == "fence"]
SERVER = "postgres:secret@localhost/postgres"
TASKS = """\
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    title: str


async def add(session: AsyncSession, title: str) -> None:
    session.add(Task(title=title))
    session.commit()
"""
MODEL = "http://127.0.0.1:8000/v1"
RIGHT = "test-your-skill/layers-repository-service.md"


def sessions() -> list[tuple[str, list[str]]]:
    """Each ``$ command`` of the README with the output shown under it."""
    found: list[tuple[str, list[str]]] = []
    for fence in FENCES:
        if fence.info == "console":
            for line in fence.content.splitlines():
                if line.startswith("$ "):
                    found.append((line[2:], []))
                else:
                    found[-1][1].append(line)
    return found


@pytest.fixture
def reader(tmp_path: Path) -> Path:
    """A folder as the README's reader has it: the checkout's evals, a completion of their own and two runs."""
    (tmp_path / "evals").symlink_to(ROOT / "evals")
    (tmp_path / "answers" / "test-your-skill").mkdir(parents=True)
    shutil.copy(ROOT / "evals" / "completions" / RIGHT, tmp_path / "answers" / "test-your-skill" / "mine.md")
    shutil.copy(ROOT / "evals" / "completions" / RIGHT, tmp_path / "answer.md")
    for name, marks in (("yesterday", "-- -+ ++"), ("today", "+- ++ ++")):
        (tmp_path / "runs" / name).mkdir(parents=True)
        arms = (("none", "-- -- -+"), ("relational-db-agent", marks))
        lines = [to_line(grade_to_json(grade)) for grade in graded(name, *arms).grades]
        (tmp_path / "runs" / name / "grades.jsonl").write_text("".join(lines))
        (tmp_path / "runs" / name / "run.json").write_text('{"run": {}}')
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "tasks.py").write_text(TASKS)
    return tmp_path


@pytest.fixture
def server() -> Iterator[Server]:
    """What the reader has on port 8000: a server with a model that knows the answer to one case."""
    text = (ROOT / "evals" / "completions" / "session-factory" / "pydantic-settings-class.md").read_text()
    with Server(lambda request: Answer(text)) as server:
        yield server


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(("line", "shown"), sessions(), ids=[line for line, _ in sessions()])
def test_commands_do_what_the_readme_says(
    line: str, shown: list[str], reader: Path, request: pytest.FixtureRequest
) -> None:
    if SERVER in line:
        cluster = request.getfixturevalue("cluster")
        line = line.replace(SERVER, cluster.url().partition("://")[2])
    if MODEL in line:
        server = request.getfixturevalue("server")
        line = line.replace(MODEL, server.url)
    program, *arguments = shlex.split(line, comments=True)
    if program == "make":  # make test would run this test again
        assert run(["make", "-n", *arguments], ROOT).returncode == 0
        return
    assert program == "harness"
    ended = run([sys.executable, "-m", "harness", *arguments], reader)
    assert ended.returncode in {0, 1}, ended.stderr
    assert [said for said in ended.stderr.splitlines() if not said.startswith("harness: run-")] == []
    position = 0
    for expected in filter(lambda text: text != "...", shown):
        position = ended.stdout.find(f"{expected}\n", position)
        assert position >= 0, f"{expected!r} is not in the output, or not there:\n{ended.stdout}"


@pytest.mark.parametrize(("number", "shown"), [(0, "<Outcome."), (1, "app/tasks.py:12: awaited: ")])
def test_the_python_examples_run(number: int, shown: str, reader: Path) -> None:
    examples = [fence.content for fence in FENCES if fence.info == "python"]
    ended = run([sys.executable, "-c", examples[number]], reader)
    assert ended.returncode == 0, ended.stderr
    assert shown in ended.stdout
    assert len(examples) == 2


def test_the_pages_it_links_to_exist() -> None:
    for token in MarkdownIt().parse(README):
        for child in token.children or ():
            target = str(child.attrs.get("href", ""))
            if target and "://" not in target:
                assert (ROOT / target).exists(), target
