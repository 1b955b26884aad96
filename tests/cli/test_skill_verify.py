from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import typer

import harness.verification
from harness.cli.skill_verify import verify
from harness.errors import InputError
from harness.resources import skill_folder
from harness.verification import Result, Verification

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VERSIONS: dict[str, object] = {"sqlalchemy": "2.1.9", "sqlmodel": "0.0.50", "fastapi": "0.165.0"}


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, tuple[str, ...]]]:
    """What was asked for; a folder named ``bad`` holds a skill of which nothing is so."""
    calls: list[tuple[Path, tuple[str, ...]]] = []

    def run(skill: Path, *, databases: tuple[str, ...], progress: Callable[[int, int], object]) -> Verification:
        calls.append((skill, databases))
        progress(1, 1)
        problems = ("is not so",) if skill.name == "bad" else ()
        return Verification(skill.name, (Result("SKILL.md", 1, "right", "sqlite", problems),), 1, VERSIONS)

    monkeypatch.setattr(harness.verification, "verify", run)
    return calls


def run(*arguments: str) -> Any:
    app = typer.Typer()
    app.command()(verify)
    return app(args=arguments, standalone_mode=False)


def test_the_skill_that_comes_along_on_sqlite(
    called: list[tuple[Path, tuple[str, ...]]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run() == 0
    assert called == [(skill_folder(), ("sqlite",))]
    out, err = capsys.readouterr()
    assert out.startswith("✓ SKILL.md:1: right (sqlite)\n")
    assert err == ""


@pytest.mark.usefixtures("called")
def test_what_is_not_so_decides_the_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--skill", str(tmp_path / "bad"), "--format", "json") == 1
    assert json.loads(capsys.readouterr().out)["holds"] is False


def test_a_folder_without_a_skill_is_wrong_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no SKILL\.md in it"):
        run("--skill", str(tmp_path / "nothing"))


def test_an_unknown_database_is_wrong_input() -> None:
    with pytest.raises(InputError):
        run("--db", "oracle://somewhere")
