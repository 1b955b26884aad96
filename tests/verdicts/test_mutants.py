"""Every mutant of a right answer is caught on both databases, and named by the criterion that its fault is one of."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from harness.cases import load_cases
from harness.completions import Completion
from harness.verdicts import Grade, Outcome, Overall, State, overall
from tests.verdicts.mutant import RIGHT, By, Mutant
from tests.verdicts.mutants import MUTANTS

if TYPE_CHECKING:
    from harness.grading import Grader

CASES = load_cases()
DATABASES = ("sqlite", "postgresql")
ALL = [(mutant, database) for mutant in MUTANTS for database in DATABASES]
STATES = {By.RUN: (False, True), By.READING: (True, False), By.BOTH: (True, True)}
"""Whether reading and whether running says that a criterion fails."""

Graded = dict[tuple[str, str], Grade]


def grade(grader: Grader, mutants: tuple[Mutant, ...]) -> Graded:
    completions = [Completion(each.case, each.name, each.text, RIGHT) for each in mutants]
    return {(each.completion, each.database): each for each in grader.grade_all(completions, CASES)}


@pytest.fixture(scope="module")
def graded(grader: Grader) -> Graded:
    return grade(grader, MUTANTS)


def reasons(found: Grade) -> dict[str, str]:
    return {name: each.reason for name, each in found.verdicts.items() if each.outcome is Outcome.FAIL}


@pytest.mark.parametrize(("mutant", "database"), ALL, ids=[f"{each.name} on {on}" for each, on in ALL])
def test_its_criteria_fail_and_no_other(graded: Graded, mutant: Mutant, database: str) -> None:
    found, expected = graded[mutant.name, database], mutant.expected(database)
    assert not found.error
    assert found.overall is (Overall.FAIL if expected else Overall.PASS)
    assert reasons(found).keys() == expected.keys()
    for criterion, part in expected.items():
        assert part in found.verdicts[criterion].reason
    own = found.verdicts[next(iter(mutant.fails))]
    if expected:
        assert (own.static is State.FAIL, own.dynamic is State.FAIL) == STATES[mutant.by]


SAMPLE = (
    "only integrity errors are caught",
    "only operational errors are caught besides",
    "committed after the yield of a repository",
    "two commits leave half of it, two layers down",
    "gathered on one session, behind names",
    "kept in a class attribute",
    "read after the rollback, and masked",
    "the refresh is left out",
    "objects expire by what the settings say",
)


def test_a_sample_with_the_other_driver(psycopg_grader: Grader) -> None:
    sample = {each.name: each for each in MUTANTS if each.name in SAMPLE}
    assert sample.keys() == set(SAMPLE)
    found = grade(psycopg_grader, tuple(sample.values()))
    # psycopg tells a lost connection as the OperationalError that only this mutant catches
    same = {name: each.expected("postgresql") if "operational" not in name else {} for name, each in sample.items()}
    assert {name: reasons(each).keys() for (name, _), each in found.items()} == {
        name: expected.keys() for name, expected in same.items()
    }
    assert all(each.overall is overall(each.verdicts) for each in found.values())


def test_the_suite_is_about_everything_that_a_run_can_show() -> None:
    own = Counter(next(iter(mutant.fails)) for mutant in MUTANTS)
    prose = {"diagnosis", "right-example", "wrong-example", "problems-named", "session-import"}
    assert own.keys() == {name for case in CASES.values() for name in case.criteria} - prose
    assert {mutant.case for mutant in MUTANTS} == CASES.keys()
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    assert all(bool(mutant.because) == bool(mutant.only_on or mutant.on_sqlite) for mutant in MUTANTS)
