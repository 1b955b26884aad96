from __future__ import annotations

from pathlib import Path

import pytest

from harness.checking.findings import Finding
from harness.checking.judge import CHECKED
from harness.checking.selection import chosen, known, listed, without
from harness.errors import InputError


@pytest.mark.parametrize(
    ("select", "ignore", "result"),
    [
        ([], [], list(CHECKED)),
        (["awaited", "session-import"], [], ["session-import", "awaited"]),
        (["awaited", "depends"], ["depends"], ["awaited"]),
        (["awaited"], ["awaited"], []),
        ([], ["awaited"], [each for each in CHECKED if each != "awaited"]),
    ],
)
def test_chosen(select: list[str], ignore: list[str], result: list[str]) -> None:
    assert list(chosen(select, ignore)) == result


def test_options_hold_several() -> None:
    assert listed(["a, b", "", ",c,"]) == ["a", "b", "c"]


@pytest.mark.parametrize("name", ["nonsense", "create-returns-task", "Awaited"])
def test_unknown_criteria(name: str) -> None:
    with pytest.raises(InputError, match=rf"^--select: there is no criterion '{name}' to check; known: "):
        known(["awaited", name], "--select")


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("tests/", ["app/a.py"]),
        ("*.py", []),
        ("app/*.py", ["tests/a.py", "tests/app/a.py"]),
        ("a.py", []),
        ("/tests/a.py", ["app/a.py", "tests/app/a.py"]),
        ("nothing", ["app/a.py", "tests/a.py", "tests/app/a.py"]),
    ],
)
def test_criteria_that_are_not_wanted_in_a_file(pattern: str, left: list[str]) -> None:
    findings = [Finding(path, 1, 1, "awaited", "m", "r") for path in ("app/a.py", "tests/a.py", "tests/app/a.py")]
    findings.append(Finding("app/a.py", 1, 1, "depends", "m", "r"))
    kept = without(findings, {pattern: ["awaited"]}, Path.cwd(), "here")
    assert [each.path for each in kept] == [*left, "app/a.py"]
    assert without(findings, {pattern: ["awaited"]}, Path("/elsewhere"), "here") == findings


def test_a_pattern_that_is_none() -> None:
    with pytest.raises(InputError, match=r"^here\.!: Invalid git pattern"):
        without([], {"!": ["awaited"]}, Path.cwd(), "here")
