"""Every stored completion comes out on PostgreSQL as its label says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.cases import load_cases
from harness.endpoints.stored import read_completions
from harness.evaluation import Evaluation, evaluate
from harness.resources import completions_folder
from harness.verdicts import Overall

if TYPE_CHECKING:
    from tests.databases.cluster import Cluster

CASES = load_cases()
BY_NAME = {completion.name: completion for completion in read_completions(completions_folder(), CASES).completions}


@pytest.fixture(scope="module")
def evaluation(cluster: Cluster) -> Evaluation:
    return evaluate(list(BY_NAME.values()), CASES, jobs=2, databases=[cluster.url()])


@pytest.mark.parametrize("name", BY_NAME)
def test_it_comes_out_as_labelled(evaluation: Evaluation, name: str) -> None:
    judged = next(each for each in evaluation.judged if each.completion is BY_NAME[name])
    assert judged.grade.overall is not Overall.ERROR, judged.grade.error
    assert judged.grade.database == "postgresql"
    found = [
        f"{d.criterion or 'overall'}: expected {d.expected}, is {d.actual}: "
        f"{judged.grade.verdicts[d.criterion].reason if d.criterion in judged.grade.verdicts else ''}"
        for d in judged.differences or ()
    ]
    assert not found


def test_both_databases_in_one_run(cluster: Cluster) -> None:
    some = [BY_NAME[name] for name in list(BY_NAME)[:3]]
    seen = evaluate(some, CASES, jobs=2, databases=["sqlite", cluster.url("psycopg")])
    assert [(item.completion.name, item.grade.database) for item in seen.judged] == [
        (completion.name, database) for completion in some for database in ("sqlite", "postgresql")
    ]
    assert seen.databases == ("sqlite", "postgresql")
    assert cluster.url() not in str(seen)
