"""``harness check --fix`` and ``--diff`` on small trees."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from harness.checking import fixing, writing
from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Result

    Run = Callable[..., Result]

WRONG = """\
from sqlmodel.ext.asyncio.session import AsyncSession


async def save(session: AsyncSession):
    session.commit()
"""
RIGHT = WRONG.replace("session.commit", "await session.commit")
EXPIRING = """\
from fastapi import Depends
from sqlmodel.ext.asyncio.session import AsyncSession
from engines import engine


async def get_session():
    async with AsyncSession(engine) as session:
        yield session


SessionDep = Depends(get_session)
"""

BARE = """\
from fastapi import FastAPI
from sqlmodel import select
app = FastAPI()
@app.post("/")
async def post(session: AsyncSession):
    await session.commit()
"""


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a.py").write_text(WRONG)
    (tmp_path / "b.py").write_text(EXPIRING)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_safe_fixes_are_made_and_the_rest_is_told(run: Run, tree: Path) -> None:
    result = run("check", "--fix")
    assert result.status == 1
    assert (tree / "a.py").read_text() == RIGHT
    assert (tree / "b.py").read_text() == EXPIRING
    assert result.err.splitlines() == [
        "harness: fixed 1 finding in 1 file",
        "harness: 1 more with --unsafe-fixes, where the code may behave otherwise: harness explain says how",
    ]
    assert "a.py" not in result.out
    assert "b.py:6:1: expire-on-commit" in result.out


def test_nothing_left_is_status_0(run: Run, tree: Path) -> None:
    result = run("check", "--fix", "--unsafe-fixes", "--format", "json")
    assert (result.status, result.err) == (0, "harness: fixed 2 findings in 2 files\n")
    assert json.loads(result.out)["findings"] == []
    assert "AsyncSession(engine, expire_on_commit=False)" in (tree / "b.py").read_text()
    assert run("check", "--fix", "--unsafe-fixes").err == "harness: fixed 0 findings in 0 files\n"


def test_a_diff_changes_nothing_and_can_be_applied(run: Run, tree: Path) -> None:
    result = run("check", "--diff", "--unsafe-fixes")
    assert (result.status, result.err) == (1, "harness: would fix 2 findings in 2 files\n")
    assert (tree / "a.py").read_text() == WRONG
    subprocess.run(["git", "apply"], input=result.out, text=True, cwd=tree, check=True)
    assert (tree / "a.py").read_text() == RIGHT
    assert run("check").status == 0


def test_findings_say_whether_they_can_be_fixed(run: Run) -> None:
    found = json.loads(run("check", "--format", "json").out)["findings"]
    assert [(each["path"], each["fixable"], each["unsafe"]) for each in found] == [
        ("a.py", True, False),
        ("b.py", True, True),
    ]
    assert "Can be mended: 1 with --fix, 1 with --fix --unsafe-fixes; --diff shows how." in run("check").out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--fix", "--diff"], "--fix and --diff: choose one"),
        (["--unsafe-fixes"], "--unsafe-fixes: says which fixes --fix or --diff may make"),
        (["--fix", "--write-baseline", "--baseline", "x.json"], "--write-baseline: write it after fixing"),
    ],
)
def test_options_that_say_nothing_together(run: Run, arguments: list[str], says: str) -> None:
    result = run("check", *arguments)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith(f"harness: {says}")
    assert result.err.count("\n") == 1


def test_what_a_comment_or_a_choice_accepts_is_not_fixed(run: Run, tree: Path) -> None:
    ignored = WRONG.replace("commit()", "commit()  # harness: ignore[awaited] on purpose")
    (tree / "a.py").write_text(ignored)
    run("check", "--fix", "--unsafe-fixes")
    assert (tree / "a.py").read_text() == ignored
    (tree / "a.py").write_text(WRONG)
    run("check", "--fix", "--select", "imports")
    assert (tree / "a.py").read_text() == WRONG


def test_a_locked_file_is_named_and_the_others_are_fixed(run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / "c.py").write_text(WRONG)
    monkeypatch.setattr(fixing, "locked", lambda path: path.name == "a.py")
    result = run("check", "--fix", "--select", "awaited")
    assert result.status == 2
    assert "harness: a.py: cannot be written: its findings are not fixed\n" in result.err
    assert "a.py:5:5: awaited" in result.out
    assert (tree / "a.py").read_text() == WRONG
    assert (tree / "c.py").read_text() == RIGHT


def test_a_file_that_cannot_be_written_after_all(run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def save(path: Path, before: bytes, after: bytes) -> None:
        if path.name == "a.py":
            raise InputError(f"{path}: cannot be written: No space left on device")
        writing.save(path, before, after)

    (tree / "c.py").write_text(WRONG)
    monkeypatch.setattr(fixing, "save", save)
    result = run("check", "--fix", "--select", "awaited")
    assert result.status == 2
    assert "harness: a.py: cannot be written: No space left on device\n" in result.err
    assert "harness: fixed 1 finding in " in result.err
    assert (tree / "c.py").read_text() == RIGHT


def test_a_fix_that_was_taken_back_is_told_and_not_promised_again(run: Run, tree: Path) -> None:
    (tree / "b.py").unlink()
    (tree / "a.py").write_text(BARE)
    result = run("check", "--fix")
    assert result.status == 1
    assert "a.py:5:25: imports: not fixed: its fix was taken back: it brings a finding of depends" in result.err
    assert "a.py:5:25: imports" in result.out
    assert "Can be mended" not in result.out
    assert "Can be mended: 1 with --fix" in run("check").out


def test_what_cannot_be_read_hinders_no_fix(run: Run, tree: Path) -> None:
    (tree / "broken.py").write_text("from sqlmodel import (\n")
    result = run("check", "--fix", "--select", "awaited")
    assert result.status == 2
    assert (tree / "a.py").read_text() == RIGHT


def test_sarif_offers_the_fix_of_each_finding_and_makes_none(run: Run, tree: Path) -> None:
    result = run("check", "--format", "sarif")
    found = {each["ruleId"]: each for each in json.loads(result.out)["runs"][0]["results"]}
    assert set(found) == {"awaited", "expire-on-commit"}
    (fix,) = found["awaited"]["fixes"]
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "a.py"
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 5, "startColumn": 1, "endLine": 6, "endColumn": 1},
            "insertedContent": {"text": "    await session.commit()\n"},
        }
    ]
    assert "unsafe" not in fix["description"]["text"]
    assert "unsafe" in found["expire-on-commit"]["fixes"][0]["description"]["text"]
    assert (tree / "a.py").read_text() == WRONG
    assert (tree / "b.py").read_text() == EXPIRING
