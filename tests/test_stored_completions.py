"""Every stored completion comes out as its label says, on both databases: the regression suite of the whole harness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.cases import load_cases
from harness.endpoints.stored import read_completions
from harness.evaluation import Evaluation, Judged, evaluate
from harness.resources import completions_folder
from harness.verdicts import Outcome, Overall

if TYPE_CHECKING:
    from tests.databases.cluster import Cluster

CASES = load_cases()
STORED = read_completions(completions_folder(), CASES)
NAMES = [completion.name for completion in STORED.completions]
DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="module")
def evaluation(cluster: Cluster) -> Evaluation:
    return evaluate(STORED.completions, CASES, jobs=2, databases=["sqlite", cluster.url()])


@pytest.fixture(scope="module")
def found(evaluation: Evaluation) -> dict[tuple[str, str], Judged]:
    return {(each.completion.name, each.grade.database): each for each in evaluation.judged}


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("name", NAMES)
def test_it_comes_out_as_labelled(found: dict[tuple[str, str], Judged], name: str, database: str) -> None:
    judged = found[name, database]
    assert judged.grade.overall is not Overall.ERROR, judged.grade.error
    different = [
        f"{d.criterion or 'overall'}: expected {d.expected}, is {d.actual}: "
        f"{judged.grade.verdicts[d.criterion].reason if d.criterion in judged.grade.verdicts else ''}"
        for d in judged.differences or ()
    ]
    assert not different


@pytest.mark.parametrize("name", NAMES)
def test_every_verdict_has_its_reason_and_every_fail_its_remedy(
    found: dict[tuple[str, str], Judged], name: str
) -> None:
    for database in DATABASES:
        for verdict in found[name, database].grade.verdicts.values():
            assert verdict.reason
            assert bool(verdict.remedy) == (verdict.outcome in (Outcome.FAIL, Outcome.UNDECIDED))


def test_both_databases_are_judged_in_one_run(evaluation: Evaluation, cluster: Cluster) -> None:
    assert [(each.completion.name, each.grade.database) for each in evaluation.judged] == [
        (name, database) for name in NAMES for database in DATABASES
    ]
    assert evaluation.databases == DATABASES
    assert cluster.url() not in str(evaluation)


def test_all_four_cases_and_every_criterion_are_covered() -> None:
    failing = {
        criterion
        for completion in STORED.completions
        for criterion, outcome in (completion.expected.verdicts.items() if completion.expected else ())
        if outcome is Outcome.FAIL
    }
    assert not STORED.problems
    assert len(STORED.completions) >= 40
    assert {completion.case for completion in STORED.completions} == set(CASES)
    assert failing == {criterion for case in CASES.values() for criterion in case.criteria}
