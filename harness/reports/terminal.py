"""Reports for people at a terminal; readable without colour, and in pipes without cuts or wraps."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.reports.findings import DOCTOR, Finding, findings, headline, next_steps, places, plain, words
from harness.reports.summary import by_case, criterion_counts, how_many, labelled, overall_counts, to_look_at
from harness.verdicts import Outcome, Overall

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence

    from harness.completions import Completion
    from harness.evaluation import Evaluation, Judged
    from harness.verdicts import Grade

_STYLES = {"pass": "green", "fail": "red", "undecided": "yellow", "error": "magenta", "not_applicable": "dim"}
_SYMBOLS = {"pass": "✓", "fail": "✗", "undecided": "?", "not_applicable": "–", "error": "!"}
_ASCII_SYMBOLS = {"pass": "+", "fail": "x", "undecided": "?", "not_applicable": "-", "error": "!"}
_MOST_COLUMNS = 6
_PIPE_WIDTH = 160


def write_evaluation(evaluation: Evaluation, stream: IO[str]) -> None:
    """Table of counts, then each completion to look at with its reasons, then what to do next."""
    console = _console(stream)
    if evaluation.judged:
        console.print(_table(evaluation, console), new_line_start=True)
        console.print(_line(_legend(console), "dim"), soft_wrap=not console.is_terminal)
    attention = to_look_at(evaluation)
    for item in attention:
        console.print()
        _write_head(console, item)
        for finding in findings(item):
            _write_finding(console, finding)
    console.print()
    for line in _closing(evaluation, attention):
        _write(console, line)


def write_grade(grade: Grade, completion: Completion, stream: IO[str]) -> None:
    """All verdicts of one completion, with reasons, evidence and remedies."""
    console = _console(stream)
    symbols = _symbols(console)
    for criterion, verdict in grade.verdicts.items():
        mark = f"{symbols[verdict.outcome]} {criterion}: {words(verdict.outcome)}"
        looked_at = verdict.outcome in {Outcome.FAIL, Outcome.UNDECIDED}
        _write_finding(
            console,
            Finding(
                mark,
                plain(verdict.reason),
                places(verdict, completion) if looked_at else (),
                plain(verdict.remedy) if looked_at else "",
            ),
            style=_STYLES[verdict.outcome],
            indent=0,
        )
    console.print()
    where = f"on {grade.database}"
    _write(console, f"{grade.case}: {words(grade.overall)} {where}", style=f"bold {_STYLES[grade.overall]}")
    if grade.error:
        _write(console, plain(grade.error), indent=2)
        _write(console, f"harness doctor {DOCTOR}", indent=2)


def _console(stream: IO[str]) -> Console:
    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    return console


def _symbols(console: Console) -> Mapping[str, str]:
    return _SYMBOLS if console.encoding.startswith("utf") else _ASCII_SYMBOLS


def _legend(console: Console) -> str:
    symbols = _symbols(console)
    return "  ".join(f"{symbols[outcome]} {words(outcome)}" for outcome in (*Outcome, Overall.ERROR))


def _table(evaluation: Evaluation, console: Console) -> Table:
    groups = by_case(evaluation)
    if len(groups) > _MOST_COLUMNS:
        groups = {f"{len(groups)} cases": list(evaluation.judged)}
    counts = {case: criterion_counts(items) for case, items in groups.items()}
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("criterion", no_wrap=True)
    for case in groups:
        table.add_column(plain(case), overflow="fold")
    criteria = dict.fromkeys(criterion for by_criterion in counts.values() for criterion in by_criterion)
    for criterion in criteria:
        table.add_row(criterion, *(_cell(console, counts[case].get(criterion)) for case in groups))
    table.add_section()
    table.add_row("overall", *(_cell(console, overall_counts(items)) for items in groups.values()), style="bold")
    return table


def _cell(console: Console, counts: Counter[Outcome] | Counter[Overall] | None) -> Text:
    symbols = _symbols(console)
    cell = Text()
    for outcome, symbol in symbols.items():
        number = next((n for o, n in (counts or {}).items() if o == outcome), 0)
        if number:
            cell.append(f"{number:>3} {symbol}", style=_STYLES[outcome])
    return cell


def _write_head(console: Console, item: Judged) -> None:
    mark = _symbols(console)[item.grade.overall]
    expected = " (not as expected)" if item.differences else ""
    _write(console, f"{mark} {headline(item)}: {words(item.grade.overall)}{expected}", style="bold")


def _write_finding(console: Console, finding: Finding, *, style: str = "", indent: int = 4) -> None:
    _write(console, finding.title, style=style, indent=indent)
    if finding.reason:
        _write(console, finding.reason, indent=indent + 4)
    for place in finding.places:
        _write(console, place, style="dim", indent=indent + 4)
    if finding.remedy:
        _write(console, f"remedy: {finding.remedy}", indent=indent + 4)


def _write(console: Console, text: str, *, style: str = "", indent: int = 0) -> None:
    if console.is_terminal:
        console.print(Padding(_line(text, style), (0, 0, 0, indent)))
    else:
        console.print(_line(" " * indent + text, style), soft_wrap=True)


def _line(text: str, style: str) -> Text:
    return Text(text, style=style)


def _closing(evaluation: Evaluation, attention: Sequence[Judged]) -> list[str]:
    with_label, as_expected = labelled(evaluation)
    counts = overall_counts(evaluation.judged)
    made = ", ".join(f"{counts[overall]} {overall}" for overall in Overall if counts[overall])
    lines = [f"{how_many(len(evaluation.judged), 'grade')} on {', '.join(evaluation.databases)}: {made or 'none'}."]
    if with_label:
        lines.append(f"{as_expected} of {with_label} came out as expected.")
    if evaluation.problems:
        lines.append(f"{how_many(len(evaluation.problems), 'problem')} with the input, see above.")
    steps = next_steps(attention)
    if steps:
        lines += ["Next:", *(f"  {step}" for step in steps)]
    return lines
