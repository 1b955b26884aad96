"""Every stored completion comes out as its label says: the regression suite of the whole harness."""

from __future__ import annotations

import pytest

from harness.cases import load_cases
from harness.endpoints.stored import read_completions
from harness.evaluation import Evaluation, evaluate
from harness.resources import completions_folder
from harness.verdicts import Outcome, Overall

CASES = load_cases()
STORED = read_completions(completions_folder(), CASES)
BY_NAME = {completion.name: completion for completion in STORED.completions}


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return evaluate(STORED.completions, CASES, jobs=2)


@pytest.mark.parametrize("name", BY_NAME)
def test_it_comes_out_as_labelled(evaluation: Evaluation, name: str) -> None:
    judged = next(each for each in evaluation.judged if each.completion is BY_NAME[name])
    assert judged.grade.overall is not Overall.ERROR, judged.grade.error
    found = [
        f"{d.criterion or 'overall'}: expected {d.expected}, is {d.actual}: "
        f"{judged.grade.verdicts[d.criterion].reason if d.criterion in judged.grade.verdicts else ''}"
        for d in judged.differences or ()
    ]
    assert not found


@pytest.mark.parametrize("name", BY_NAME)
def test_every_verdict_has_its_reason_and_every_fail_its_remedy(evaluation: Evaluation, name: str) -> None:
    judged = next(each for each in evaluation.judged if each.completion is BY_NAME[name])
    for verdict in judged.grade.verdicts.values():
        assert verdict.reason
        assert bool(verdict.remedy) == (verdict.outcome in (Outcome.FAIL, Outcome.UNDECIDED))


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
