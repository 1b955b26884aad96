from __future__ import annotations

from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from harness.reports.markdown import evaluation_to_markdown

if TYPE_CHECKING:
    from harness.evaluation import Evaluation
    from tests.reports.conftest import Golden


def test_an_evaluation(evaluation: Evaluation, golden: Golden) -> None:
    golden("evaluation.md", evaluation_to_markdown(evaluation))


def test_it_renders_as_tables_headings_and_plain_text(evaluation: Evaluation) -> None:
    html = MarkdownIt("commonmark").enable("table").render(evaluation_to_markdown(evaluation))
    assert html.count("<table>") == 2
    assert "<h3>test-your-skill/wrong.md: fail</h3>" in html
    assert "<code>" not in html
    assert "not here: `redis` |" in html
