"""The example on each criterion's page shows that fault alone, on the marked lines; what to write instead has none."""

from __future__ import annotations

import pytest

from harness.checking.judge import CHECKED, judge
from harness.criteria import CRITERIA, Criterion, Sample
from harness.source.survey import TreeFile
from tests.criteria.test_samples import CONFIGURATION, failing

PYTHON = [each for each in CRITERIA.values() if each.example.language == "python"]
SHOWN_IN_PART = {"create-returns-task", "relation-loaded", "right-example"}
"""Their examples are parts of an answer: what they rely on is not imported."""
SAME_FAULT = {
    "no-lazy-load": {"relation-loaded"},
    "relation-loaded": {"no-lazy-load"},
    "request-scope": {"depends"},
    "right-example": {"request-scope", "depends"},
}


def marked(code: str) -> list[int]:
    return [number for number, line in enumerate(code.splitlines(), 1) if line.endswith("# !")]


def found(code: str, *, advice: bool = False) -> list[tuple[str, int]]:
    findings, unread = judge([TreeFile("example", "example.py", code.encode())], advice=advice)
    assert not unread
    return [(each.criterion, each.line) for each in findings]


@pytest.mark.parametrize("criterion", [each for each in PYTHON if each.id in CHECKED], ids=lambda each: each.id)
def test_check_finds_the_example(criterion: Criterion) -> None:
    code = criterion.example.wrong
    assert found(code, advice=criterion.find is None) == [(criterion.id, line) for line in marked(code)]
    assert marked(code)


@pytest.mark.parametrize("criterion", PYTHON, ids=lambda each: each.id)
def test_nothing_is_found_in_what_to_write_instead(criterion: Criterion) -> None:
    code = criterion.example.right
    assert {each for each, _ in found(code)} <= ({"imports"} if criterion.id in SHOWN_IN_PART else set())
    assert criterion.id not in {each for each, _ in found(code, advice=True)}


@pytest.mark.parametrize("criterion", PYTHON, ids=lambda each: each.id)
def test_reading_an_answer_says_the_same(criterion: Criterion) -> None:
    allowed = CONFIGURATION | {criterion.id} | SAME_FAULT.get(criterion.id, set())
    assert set(failing(Sample(criterion.example.wrong))) <= allowed
    assert set(failing(Sample(criterion.example.right))) <= CONFIGURATION - {criterion.id}


@pytest.mark.parametrize("criterion", CRITERIA.values(), ids=lambda each: each.id)
def test_every_criterion_has_an_example_and_sources(criterion: Criterion) -> None:
    assert criterion.example.wrong.strip() != criterion.example.right.strip() != ""
    assert criterion.sources
    assert all(source.startswith("https://") for source in criterion.sources)
