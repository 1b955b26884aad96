"""Right answers, each written in a style of its own, pass on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.cases import load_cases
from harness.endpoints.stored import read_completions
from harness.verdicts import Grade, Outcome, Overall
from tests.verdicts.mutant import RIGHT

if TYPE_CHECKING:
    from harness.grading import Grader

CASES = load_cases()
STORED = read_completions(RIGHT, CASES)
NAMES = [each.name for each in STORED.completions]
SHOWN = {
    "test-your-skill": {"create-returns-task", "error-handling", "expire-on-commit", "request-scope"},
    "debug-missing-greenlet": {"relation-loaded", "no-lazy-load"},
    "session-factory": {"pool-size", "sql-echo", "expire-on-commit"},
    "request-scoping": {"right-example", "wrong-example", "request-scope"},
}
"""What must have been shown to pass: it is not enough that nothing was found."""


@pytest.fixture(scope="module")
def graded(grader: Grader) -> dict[tuple[str, str], Grade]:
    return {(each.completion, each.database): each for each in grader.grade_all(STORED.completions, CASES)}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.parametrize("name", NAMES)
def test_it_passes(graded: dict[tuple[str, str], Grade], name: str, database: str) -> None:
    found = graded[name, database]
    assert not found.error
    assert not {
        criterion: verdict.reason
        for criterion, verdict in found.verdicts.items()
        if verdict.outcome in (Outcome.FAIL, Outcome.UNDECIDED)
    }
    assert found.overall is Overall.PASS
    assert not {name for name in SHOWN[found.case] if found.verdicts[name].outcome is not Outcome.PASS}


def test_there_are_enough_of_them() -> None:
    assert not STORED.problems
    assert len(STORED.completions) >= 50
    assert {each.case for each in STORED.completions} == CASES.keys()
