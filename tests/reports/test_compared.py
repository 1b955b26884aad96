from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from harness.reports import compared, improved, layout
from harness.reports import uplift as changed
from harness.reports.json import to_text
from harness.runs.comparison import Comparison, compare
from harness.runs.improvement import improvement
from harness.runs.uplift import uplift
from tests.runs.grades import run

if TYPE_CHECKING:
    from tests.reports.conftest import Golden

BEFORE = run("runs/before", ("none", "-- -+ ! --"), ("mine", "++ ++ ++ +0"))
AFTER = run("runs/after", ("none", "-- ++ -- --"), ("mine", "++ -+ +? +0"), environment={"python": "3.12"})


@pytest.fixture
def comparison() -> Comparison:
    return compare(BEFORE, AFTER)


def test_two_runs(comparison: Comparison, golden: Golden) -> None:
    golden("compared.txt", layout.to_text(compared.to_blocks(comparison)))
    golden("compared.md", layout.to_markdown(compared.to_blocks(comparison)))
    golden("compared.json", to_text(compared.to_json(comparison)))


def test_an_experiment(golden: Golden) -> None:
    golden("uplift.txt", layout.to_text(changed.to_blocks(uplift(AFTER))))
    golden("uplift.json", to_text(changed.to_json(uplift(AFTER))))


def test_the_prompt_of_an_improvement(golden: Golden) -> None:
    golden("improvement.md", improved.to_prompt(improvement(AFTER)))


def test_markdown_renders_as_tables_and_plain_text(comparison: Comparison) -> None:
    html = MarkdownIt("commonmark").enable("table").render(layout.to_markdown(compared.to_blocks(comparison)))
    assert html.count("<table>") == 2
    assert "<h1>runs/after against runs/before</h1>" in html
    assert "<code>" not in html


def test_columns_stand_below_one_another() -> None:
    table = layout.Table(("a", "b"), (("längs", "1"), ("漢字", "2"), ("e\u0301\x1b", "3")))
    assert layout.to_text([table]).splitlines() == ["a      b", "längs  1", "漢字   2", "e\u0301\\x1b  3"]
