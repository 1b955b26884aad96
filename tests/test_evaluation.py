from __future__ import annotations

from pathlib import Path

import pytest

from harness.completions import Completion, Difference, Expected
from harness.evaluation import Evaluation, Judged
from harness.verdicts import Grade, Outcome, Overall, Verdict


def graded(outcomes: dict[str, str], overall: str = "fail", database: str = "sqlite") -> Grade:
    verdicts = {criterion: Verdict(Outcome(outcome), "") for criterion, outcome in outcomes.items()}
    return Grade("c", "n.md", Overall(overall), verdicts, database=database)


def item(overall: str, expected: str | None = None) -> Judged:
    grade = graded({}, overall)
    label = Expected(Overall(expected), {}) if expected else None
    completion = Completion("c", "n.md", "", Path("n.md"), expected=label)
    return Judged(completion, grade, label.differences(grade) if label else None)


@pytest.mark.parametrize(
    ("items", "problems", "status"),
    [
        ([item("pass")], (), 0),
        ([], (), 0),
        ([item("pass"), item("fail")], (), 1),
        ([item("undecided")], (), 1),
        ([item("fail", expected="fail")], (), 0),
        ([item("pass", expected="fail")], (), 1),
        ([item("undecided", expected="fail")], (), 1),
        ([item("fail", expected="fail"), item("fail")], (), 1),
        ([item("error"), item("fail")], (), 3),
        ([item("error", expected="fail")], (), 3),
        ([item("pass")], ("cannot be read",), 2),
        ([item("error")], ("cannot be read",), 2),
    ],
)
def test_exit_status_is_the_first_that_applies_of_2_3_1_0(
    items: list[Judged], problems: tuple[str, ...], status: int
) -> None:
    assert Evaluation(tuple(items), {}, problems).exit_status == status


def test_an_interrupted_run_is_neither_well_nor_failed() -> None:
    assert Evaluation((item("error"),), {}, ("cannot be read",), interrupted=True).exit_status == 130


@pytest.mark.parametrize(
    ("expected", "actual", "differences"),
    [
        ({"awaited": "fail"}, {"awaited": "fail"}, []),
        ({"awaited": "pass"}, {"awaited": "not_applicable"}, []),
        ({"awaited": "not_applicable"}, {"awaited": "pass"}, []),
        ({"awaited": "not_applicable"}, {"awaited": "fail"}, [("awaited", "not_applicable", "fail")]),
        ({"awaited": "pass"}, {"awaited": "undecided"}, [("awaited", "pass", "undecided")]),
        ({"awaited": "fail"}, {}, [("awaited", "fail", "absent")]),
        ({}, {"awaited": "fail"}, []),
    ],
)
def test_differences_from_what_is_expected(
    expected: dict[str, str], actual: dict[str, str], differences: list[tuple[str, str, str]]
) -> None:
    label = Expected(Overall.FAIL, {criterion: Outcome(outcome) for criterion, outcome in expected.items()})
    assert label.differences(graded(actual)) == tuple(Difference(*difference) for difference in differences)


def test_the_overall_verdict_is_compared_too() -> None:
    assert Expected(Overall.PASS, {}).differences(graded({})) == (Difference(None, "pass", "fail"),)


def test_expectations_of_one_database() -> None:
    label = Expected(
        Overall.FAIL,
        {"awaited": Outcome.PASS, "error-handling": Outcome.FAIL},
        {"postgresql": {"error-handling": Outcome.PASS}},
    )
    assert label.differences(graded({"awaited": "pass", "error-handling": "fail"})) == ()
    on_postgresql = graded({"awaited": "pass", "error-handling": "pass"}, "pass", "postgresql")
    assert label.differences(on_postgresql) == ()
    undecided = Expected(Overall.PASS, {}, {"sqlite": {"awaited": Outcome.UNDECIDED}})
    assert undecided.on("sqlite")[0] is Overall.UNDECIDED
