"""Each fix does what its table says, once."""

from __future__ import annotations

import pytest

from harness.checking.judge import judge
from harness.criteria import CRITERIA
from harness.fixes import FIXES
from tests.fixes.mending import fixed, tree_files
from tests.fixes.tables import TABLES, Golden

GOLDEN = [
    pytest.param(criterion, each, id=f"{criterion}-{each.name}") for criterion in TABLES for each in TABLES[criterion]
]


def test_every_fix_has_a_table() -> None:
    assert set(TABLES) == set(FIXES)


@pytest.mark.parametrize(("criterion", "golden"), GOLDEN)
def test_a_fix_gives_what_the_table_says(criterion: str, golden: Golden) -> None:
    assert fixed(golden.before, select=criterion, unsafe=not golden.safe) == golden.after


@pytest.mark.parametrize(("criterion", "golden"), GOLDEN)
def test_nothing_is_left_to_fix(criterion: str, golden: Golden) -> None:
    findings, unread = judge(tree_files({"main.py": golden.after}), [criterion], advice=True)
    assert not findings
    assert not unread
    assert fixed(golden.after, unsafe=True) == golden.after


@pytest.mark.parametrize(("criterion", "golden"), GOLDEN)
def test_a_finding_says_whether_and_how_it_can_be_fixed(criterion: str, golden: Golden) -> None:
    findings, _ = judge(tree_files({"main.py": golden.before}), [criterion], advice=True)
    assert findings
    assert all(each.fixable for each in findings)
    assert {each.unsafe for each in findings} == {not golden.safe}
    if not golden.safe:
        assert fixed(golden.before, select=criterion) == golden.before


@pytest.mark.parametrize("criterion", FIXES)
def test_the_safety_of_a_fix_is_explained(criterion: str) -> None:
    assert CRITERIA[criterion].fix


@pytest.mark.parametrize("criterion", [each for each in CRITERIA if each not in FIXES])
def test_nothing_is_promised_where_nothing_is_fixed(criterion: str) -> None:
    assert not CRITERIA[criterion].fix
