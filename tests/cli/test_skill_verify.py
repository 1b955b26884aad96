from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import harness.verification
from harness.resources import skill_folder
from harness.verification import Result, Verification

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Result as Run

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


def test_the_skill_that_comes_along_on_sqlite(
    run: Callable[..., Run], called: list[tuple[Path, tuple[str, ...]]]
) -> None:
    result = run("skill", "verify")
    assert (result.status, result.err) == (0, "")
    assert called == [(skill_folder(), ("sqlite",))]
    assert result.out.startswith("✓ SKILL.md:1: right (sqlite)\n")


@pytest.mark.usefixtures("called")
def test_what_is_not_so_decides_the_status(run: Callable[..., Run], tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "SKILL.md").write_text("---\nname: bad\ndescription: Lies.\n---\n")
    result = run("skill", "verify", "--skill", str(bad), "--format", "json")
    assert result.status == 1
    assert json.loads(result.out)["holds"] is False


@pytest.mark.parametrize("arguments", [["--skill", "of-this-name-none"], ["--db", "oracle://somewhere"]])
def test_wrong_usage_is_one_line(run: Callable[..., Run], arguments: list[str]) -> None:
    result = run("skill", "verify", *arguments)
    assert (result.status, result.out) == (2, "")
    assert len(result.err.splitlines()) == 1
