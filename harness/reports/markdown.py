"""A report in Markdown, for pull requests and job summaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.reports.findings import findings, headline, next_steps, plain, words
from harness.reports.summary import by_case, criterion_counts, how_many, labelled, overall_counts, to_look_at
from harness.verdicts import Outcome, Overall

if TYPE_CHECKING:
    from harness.evaluation import Evaluation

_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>#|~$@&"})


def evaluation_to_markdown(evaluation: Evaluation) -> str:
    """Counts by case and by criterion, then each completion to look at with its reasons."""
    with_label, as_expected = labelled(evaluation)
    lines = [f"# {how_many(len(evaluation.judged), 'grade')} on {', '.join(evaluation.databases)}", ""]
    if with_label:
        lines += [f"{as_expected} of {with_label} came out as expected.", ""]
    groups = {case: overall_counts(items) for case, items in by_case(evaluation).items()}
    lines += table(["case", *Overall], [[case, *(str(counts[o]) for o in Overall)] for case, counts in groups.items()])
    rows = [
        [criterion, *(str(counts[outcome]) for outcome in Outcome)]
        for criterion, counts in criterion_counts(evaluation.judged).items()
    ]
    lines += table(["criterion", *(words(outcome) for outcome in Outcome)], rows)
    if evaluation.problems:
        lines += [
            "## Problems with the input",
            "",
            *(f"- {escape(plain(problem))}" for problem in evaluation.problems),
            "",
        ]
    attention = to_look_at(evaluation)
    if attention:
        lines += ["## To look at", ""]
    for item in attention:
        lines += [f"### {escape(headline(item))}: {words(item.grade.overall)}", ""]
        for finding in findings(item):
            reason = f". {escape(finding.reason)}" if finding.reason else ""
            lines.append(f"- **{escape(finding.title)}**{reason}")
            lines += [f"  - {escape(place)}" for place in finding.places]
            if finding.remedy:
                lines.append(f"  - Remedy: {escape(finding.remedy)}")
        lines.append("")
    steps = next_steps(attention)
    if steps:
        lines += ["## Next", "", *(f"- {escape(step)}" for step in steps), ""]
    return "\n".join(lines)


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """The lines of a table, an empty one after it; the cells are escaped."""
    ruler = ["---", *("---:" for _ in head[1:])]
    return [_row([escape(cell) for cell in head]), _row(ruler), *(_row([escape(c) for c in row]) for row in rows), ""]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def escape(text: str) -> str:
    """Text in which nothing is markup."""
    return text.translate(_SPECIAL)
