from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.completions import Completion
from harness.endpoints.models import ModelEndpoint
from harness.endpoints.parameters import Parameters
from harness.errors import InputError
from harness.evaluation import Evaluation, Judged
from harness.runs.experiment import Arm, Experiment
from harness.runs.improving import attempt_of, held_out
from harness.runs.run import Run
from harness.verdicts import Grade, Overall
from tests.runs.grades import grade
from tests.runs.parts import CASES

WRITER = ModelEndpoint("test:writer", Parameters())


def experiment(wanted: int = 3, case: str = "session-factory", **header: Any) -> Experiment:
    grades = [
        Grade(name, f"{name}/{number}", Overall.FAIL, {}, "sqlite", sample=number)
        for name in (case, "test-your-skill")
        for number in (0, 3)
    ]
    return held_out(Run("mine", header, tuple(grades)), CASES, WRITER, samples=wanted)


def test_no_sample_of_the_run_is_asked_again() -> None:
    assert (experiment().first, experiment().samples) == (4, 3)
    assert experiment(samples=9).first == 9, "some that the run asked for have no grade"
    assert experiment(first_sample=2, samples=9).first == 11, "it held out some itself"
    assert experiment(models={}).endpoints == [WRITER]
    assert list(experiment().cases) == ["session-factory", "test-your-skill"]


def test_the_models_of_the_run_are_asked_as_it_asked_them() -> None:
    told = {"test:a": {"temperature": 0.5, "seed": 7}, "command:cat": {}, "test:b": {"seed": 7}}
    found = experiment(models=told)
    assert {each.name: each.told for each in found.endpoints} == {
        "test:a": {"temperature": 0.5, "seed": 7},
        "test:b": {"seed": 7},
    }
    assert found.seed == 7
    assert experiment(models={"command:cat": {}}).endpoints == [WRITER]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"wanted": 2}, "--samples: 4 pairs can show no difference at 0.05: it takes 6"),
        ({"case": "unknown"}, "mine: has the case 'unknown', which is not known here"),
        ({"models": {"test:a": {"headers": ["X"]}}}, "test:a was asked with headers, whose values are not kept"),
        ({"models": {"test:a": {"temperature": "hot"}}}, "the parameters of test:a cannot be read"),
    ],
)
def test_a_run_that_cannot_be_gone_on_with(given: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        experiment(**given)


def pairs(model: str, before: str, after: str, count: int, **fields: str) -> list[Grade]:
    sides = (("old", before), ("new", after))
    return [grade(marks, number, arm=arm, model=model, **fields) for number in range(count) for arm, marks in sides]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("grades", "incomplete", "kept", "conclusive", "says"),
    [
        (pairs("a", "--", "++", 30), "", True, True, "better on sqlite (30 better, 0 worse of 30 pairs)"),
        (pairs("a", "++", "--", 30), "", False, True, "worse on sqlite (0 better, 30 worse of 30 pairs)"),
        (pairs("a", "--", "++", 30), "the budget is spent", False, False, "the budget is spent"),
        (pairs("a", "!", "!", 30), "", False, False, "nothing could be compared: 429"),
        (
            [*pairs("a", "--", "++", 30), *pairs("b", "++", "--", 8)],
            "",
            False,
            True,
            "better on sqlite (30 better, 8 worse of 38 pairs); worse for b",
        ),
        (
            [*pairs("a", "--", "++", 30), *pairs("a", "--", "--", 30, database="postgresql")],
            "",
            False,
            True,
            "better on sqlite (30 better, 0 worse of 30 pairs), "
            "underpowered on postgresql (0 better, 0 worse of 30 pairs)",
        ),
    ],
    ids=["better", "worse", "incomplete", "errors", "harms-a-model", "better-on-one-database"],
)
def test_what_is_kept(grades: list[Grade], incomplete: str, kept: bool, conclusive: bool, says: str) -> None:
    trial = Experiment([], {}, (Arm("old"), Arm("new")))
    judged = tuple(Judged(Completion(each.case, each.completion, "", Path("x")), each, None) for each in grades)
    found = attempt_of(trial, Evaluation(judged, {}, incomplete=incomplete), "")
    assert (found.kept, found.conclusive) == (kept, conclusive)
    assert found.why.endswith(says)
