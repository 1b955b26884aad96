from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harness.criteria import CRITERIA

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Result

    Run = Callable[..., Result]


@pytest.mark.parametrize("criterion", CRITERIA)
def test_every_criterion_is_explained(run: Run, criterion: str) -> None:
    result = run("explain", criterion)
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith(f"{criterion}: ")
    assert run("explain", criterion, "--format", "markdown").out.startswith(f"# {criterion}: ")
    assert json.loads(run("explain", criterion, "--format", "json").out)["criterion"] == criterion


def test_the_list(run: Run) -> None:
    assert [line.split()[0] for line in run("explain").out.splitlines()] == list(CRITERIA)
    assert "| [awaited](awaited.md) |" in run("explain", "--format", "markdown").out
    listed = json.loads(run("explain", "--format", "json").out)["criteria"]
    assert [each["criterion"] for each in listed] == list(CRITERIA)


def test_an_unknown_criterion_is_one_line(run: Run) -> None:
    result = run("explain", "nonsense")
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("harness: there is no criterion 'nonsense'; known: session-import, ")
    assert result.err.count("\n") == 1
