"""The pages of the criteria: on the terminal, as documentation, in reports of other tools."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from harness.criteria import CRITERIA, Criterion, Example
from harness.reports import explained

if TYPE_CHECKING:
    from tests.reports.conftest import Golden

PAGES = Path(__file__).parent.parent.parent / "docs" / "criteria"


def test_the_pages_are_up_to_date() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in PAGES.iterdir()}
    assert written == explained.pages(), "make docs"


def test_a_page_on_the_terminal(golden: Golden) -> None:
    example = Example("\nwrong()  # !\n\n\nagain()\n", "\nright()\n")
    criterion = replace(
        CRITERIA["awaited"],
        title="A title",
        statement="What is asked for.",
        why="Why it is.",
        remedy="`right()`, always.",
        fix="Safe: only the name changes.",
        example=example,
        sources=("https://a.example/", "https://b.example/#c"),
    )
    golden("explained.txt", explained.to_plain(criterion))
    golden("explained.md", explained.to_markdown(criterion))


@pytest.mark.parametrize("criterion", CRITERIA.values(), ids=lambda each: each.id)
def test_every_page_holds_everything(criterion: Criterion) -> None:
    page = explained.to_markdown(criterion)
    tokens = MarkdownIt().parse(page)
    headings = [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"]
    expected = [f"{criterion.id}: {criterion.title}", "Why is this bad?", "Example", "Use instead", "Who decides"]
    safety = ["Safety of the fix"] if criterion.find or criterion.advise else []
    assert headings == [*expected, *safety, "Sources"]
    examples = [token for token in tokens if token.type == "fence"]
    assert [token.info for token in examples] == [criterion.example.language] * 2
    assert examples[0].content == explained.to_json(criterion)["wrong"]
    assert examples[1].content == explained.to_json(criterion)["right"]
    plain = explained.to_plain(criterion)
    for text in (criterion.statement, criterion.why, criterion.remedy, *criterion.sources):
        assert text in page
        assert text in plain
    assert "# !" not in page + plain
    assert "```" not in plain


def test_the_list_names_every_criterion_and_who_decides() -> None:
    lines = explained.table().splitlines()
    assert [line.split()[0] for line in lines] == list(CRITERIA)
    decided = {line.split()[0]: line.rsplit("  ", 1)[1] for line in lines}
    assert decided["awaited"] == "check, grade"
    assert decided["pool-size"] == "check --advice, grade"
    assert decided["diagnosis"] == "grade"
