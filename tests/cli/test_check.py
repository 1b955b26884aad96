"""``harness check`` on small trees: what is written where, and with which status it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Result

    Run = Callable[..., Result]

WRONG = """\
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

engine = create_async_engine("postgresql+asyncpg://localhost/app")


async def create(session: AsyncSession, task):
    session.commit()
"""
FOUND = "app/a.py:8:5: awaited: session.commit() is never awaited"


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one fault in it, and one engine that advice speaks of."""
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    (tmp_path / ".git").mkdir()
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a.py").write_text(WRONG)
    (tmp_path / "app" / "b.py").write_text("x = 1\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def configure(tree: Path, text: str) -> None:
    (tree / "pyproject.toml").write_text(f"[tool.harness.check]\n{text}\n")


def append(tree: Path, comment: str) -> None:
    (tree / "app" / "a.py").write_text(WRONG.rstrip("\n") + f"  {comment}\n")


def test_findings(run: Run) -> None:
    result = run("check", "app")
    assert (result.status, result.err) == (1, "")
    assert result.out.splitlines()[0] == FOUND
    assert "1 finding in 2 files: awaited 1." in result.out


def test_this_folder_is_checked_where_none_is_named(run: Run) -> None:
    assert run("check").out == run("check", "app").out


def test_nothing(run: Run) -> None:
    result = run("check", "app/b.py")
    assert (result.status, result.out, result.err) == (0, "No findings in 1 file.\n", "")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["missing"], "missing: there is no such file or folder"),
        (["--select", "nonsense"], "--select: there is no criterion 'nonsense' to check; known: "),
        (["--ignore", "awaited,nonsense"], "--ignore: there is no criterion 'nonsense' to check; known: "),
        (["--exclude", "!"], "--exclude: Invalid git pattern: '!'"),
        (["--config", "missing.toml"], "missing.toml: does not exist"),
        (
            ["--baseline", "missing.json"],
            "missing.json: there is no such baseline: write it with --baseline missing.json",
        ),
        (["--write-baseline"], "--write-baseline: say which file to write with --baseline FILE"),
        (["--write-baseline", "--baseline", "app/a.py"], "app/a.py: is not a baseline ("),
    ],
)
@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_wrong_usage_is_one_line(run: Run, arguments: list[str], complaint: str, form: str) -> None:
    result = run("check", *arguments, "--format", form)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith(f"harness: {complaint}")
    assert result.err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("x = ", "is not valid TOML: "),
        ("[tool.harness.check]\nx = 1", "tool.harness.check.x: there is no such key"),
    ],
)
def test_a_broken_configuration_is_one_line(run: Run, tree: Path, text: str, complaint: str) -> None:
    (tree / "pyproject.toml").write_text(text)
    result = run("check", "app")
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith(f"harness: pyproject.toml: {complaint}")
    assert result.err.count("\n") == 1


def test_a_format_that_there_is_not(run: Run) -> None:
    assert run("check", "--format", "xml").status == 2


def test_a_file_that_cannot_be_read(run: Run, tree: Path) -> None:
    (tree / "app" / "broken.py").write_text("import sqlmodel\nprint 'x'\n")
    result = run("check")
    assert result.status == 2
    assert "app/broken.py:2:10: not checked: syntax error\n" in result.out
    assert FOUND in result.out  # the rest is checked
    document = json.loads(run("check", "--format", "json").out)
    assert [each["path"] for each in document["unread"]] == ["app/broken.py"]
    annotations = run("check", "--format", "github").out
    assert "::error file=app/broken.py,line=2,col=" in annotations
    invocation = json.loads(run("check", "--format", "sarif").out)["runs"][0]["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert len(invocation["toolExecutionNotifications"]) == 1


def test_a_fault_of_the_machine(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MachineError("cannot start a process that reads code")

    monkeypatch.setattr("harness.checking.run.check", fail)
    result = run("check")
    assert (result.status, result.err) == (3, "harness: cannot start a process that reads code\n")


def test_select_ignore_exclude(run: Run) -> None:
    assert run("check", "--select", "awaited").status == 1
    assert run("check", "--select", "depends", "--select", "imports").status == 0
    assert run("check", "--ignore", "awaited, depends").status == 0
    assert run("check", "--exclude", "a.py").out == "No findings in 1 file.\n"
    assert run("check", "--exclude", "/a.py").status == 1


def test_settings_and_the_command_line(run: Run, tree: Path) -> None:
    configure(tree, "ignore = ['awaited']\nexclude = ['b.py']")
    assert run("check").out == "No findings in 1 file.\n"
    assert run("check", "--ignore", "depends").status == 1  # the command line goes before
    assert run("check", "--exclude", "a.py").out == "No findings in 0 files.\n"  # and adds to what is excluded
    (tree / "other.toml").write_text("[tool.harness.check]\nselect = ['depends']")
    assert run("check", "--config", "other.toml").out == "No findings in 2 files.\n"


def test_patterns_are_relative_to_the_settings(run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(tree, "exclude = ['/app/b.py']\nper-file-ignores = {'/app/a.py' = ['awaited']}")
    monkeypatch.chdir(tree / "app")
    assert run("check").out == "No findings in 1 file.\nAccepted: 1 by comments and settings.\n"
    assert run("check", "--exclude", "/app/a.py").out.startswith("No findings in 1 file.")
    assert run("check", "--exclude", "/a.py").out == "No findings in 0 files.\n"


def test_advice_changes_no_status(run: Run, tree: Path) -> None:
    assert "advice" not in run("check").out
    result = run("check", "--advice", "--select", "pool-size")
    assert (result.status, result.err) == (0, "")
    assert "app/a.py:4:10: pool-size (advice): " in result.out
    assert "1 finding (1 advice) in 2 files" in result.out
    configure(tree, "advice = true")
    assert "pool-size (advice)" in run("check").out
    assert "pool-size (advice)" not in run("check", "--no-advice").out


def test_a_comment_accepts_a_finding(run: Run, tree: Path) -> None:
    append(tree, "# harness: ignore[awaited] the caller awaits it")
    result = run("check")
    assert (result.status, result.err) == (0, "")
    assert result.out == "No findings in 2 files.\nAccepted: 1 by comments and settings.\n"


def test_what_is_wrong_with_a_comment_is_said_on_standard_error(run: Run, tree: Path) -> None:
    append(tree, "# harness: ignore[awated]")
    result = run("check", "--format", "json")
    assert result.status == 1
    assert json.loads(result.out)["hidden"] == 0
    said = "app/a.py:8: # harness: ignore: there is no criterion 'awated' to check: did you mean awaited?"
    assert result.err == f"harness: {said}\n"


def test_a_comment_that_hides_nothing_is_told_with_the_advice(run: Run, tree: Path) -> None:
    (tree / "app" / "b.py").write_text("x = 1  # harness: ignore[awaited]\n")
    assert run("check").err == ""
    said = "harness: app/b.py:1: the ignore of awaited hides nothing: remove it\n"
    assert run("check", "--advice").err == said
    assert run("check", "--advice", "--select", "depends").err == ""
    (tree / "app" / "b.py").write_text("import sqlmodel\nx =  # harness: ignore[awaited]\n")
    assert run("check", "--advice").err == ""  # nobody knows what would be found there


def test_a_baseline(run: Run, tree: Path) -> None:
    written = run("check", "--baseline", "known.json", "--write-baseline")
    assert (written.status, written.err) == (0, "harness: known.json: written, with 1 known finding\n")
    assert written.out == "No findings in 2 files.\nAccepted: 1 in the baseline.\n"
    known = run("check", "--baseline", "known.json")
    assert (known.status, known.out, known.err) == (0, written.out, "")
    with (tree / "app" / "a.py").open("a") as stream:
        stream.write("    session.rollback()\n")
    new = run("check", "--baseline", "known.json")
    assert new.status == 1
    assert "app/a.py:9:5: awaited" in new.out
    assert "app/a.py:8:5" not in new.out
    configure(tree, "baseline = 'known.json'")
    assert run("check").out == new.out
    assert run("check", "--write-baseline").status == 0
    assert run("check").status == 0


def test_what_is_gone_from_the_baseline(run: Run, tree: Path) -> None:
    run("check", "--baseline", "known.json", "--write-baseline")
    (tree / "app" / "a.py").write_text(WRONG.replace("session.commit", "await session.commit"))
    result = run("check", "--baseline", "known.json")
    assert result.status == 0
    said = "known.json: 1 finding in it no longer occurs: app/a.py: awaited; --write-baseline takes out what is gone"
    assert result.err == f"harness: {said}\n"
    assert run("check", "app/b.py", "--baseline", "known.json").err == ""
    run("check", "--baseline", "known.json", "--write-baseline")
    assert run("check", "--baseline", "known.json").err == ""


def test_json(run: Run) -> None:
    document = json.loads(run("check", "--format", "json").out)
    assert document["files"] == 2
    [finding] = document["findings"]
    assert {key: finding[key] for key in ("criterion", "path", "line", "column")} == {
        "criterion": "awaited",
        "path": "app/a.py",
        "line": 8,
        "column": 5,
    }


@pytest.mark.parametrize("here", [".", "app"])
def test_paths_for_other_tools_begin_at_the_repository(
    run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch, here: str
) -> None:
    monkeypatch.chdir(tree / here)
    assert run("check", "--format", "github").out.startswith("::error file=app/a.py,line=8,col=5,title=")
    result = json.loads(run("check", "--format", "sarif").out)["runs"][0]
    assert result["originalUriBaseIds"]["SRCROOT"]["uri"] == f"{tree.as_uri()}/"
    assert result["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "app/a.py"
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tree.parent))
    assert run("check", "--format", "github").out.startswith(f"::error file={tree.name}/app/a.py,")
    monkeypatch.chdir("/")
    monkeypatch.delenv("GITHUB_WORKSPACE")
    assert run("check", str(tree), "--format", "github").out.startswith("::error file=app/a.py,")


def test_nothing_heavy_is_read_for_the_help() -> None:
    code = "import sys; from harness.cli.check import check; print('libcst' in sys.modules, 'rich' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "False False\n"


def test_a_closed_pipe(tree: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent.parent)}
    ended = subprocess.run(
        [sys.executable, "-m", "harness", "check"], stdout=write, stderr=subprocess.PIPE, env=environment, check=False
    )
    os.close(write)
    assert (ended.returncode, ended.stderr) == (141, b"")
