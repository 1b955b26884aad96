"""What ``harness check`` found, for people: one line a finding that editors can follow, grouped by file."""

from __future__ import annotations

from itertools import groupby
from typing import IO, TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from harness.checking.findings import Level
from harness.reports.checked import summary
from harness.reports.findings import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.checking.findings import Finding, Report, Unread

_STYLES = {Level.ERROR: "red", Level.ADVICE: "yellow"}


def write_checked(report: Report, stream: IO[str]) -> None:
    """``path:line:column: criterion: message``, the remedy below those that share it; a summary at the end."""
    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    for _, findings in groupby(report.findings, lambda each: each.path):
        write_findings(console, findings)
    for unread in report.unread:
        _write(console, _place(unread), ("not checked", "magenta"), (f": {plain(unread.reason)}", ""))
    if report.unread:
        console.print()
    for line in summary(report):
        _write(console, (line, ""))


def write_findings(console: Console, findings: Iterable[Finding]) -> None:
    """The findings of one file, and an empty line."""
    for (_, remedy), group in groupby(findings, lambda each: (each.criterion, each.remedy)):
        for each in group:
            advice = " (advice)" if each.level is Level.ADVICE else ""
            _write(
                console,
                _place(each),
                (f"{each.criterion}{advice}", _STYLES[each.level]),
                (f": {plain(each.message)}", ""),
            )
        _write(console, (f"    remedy: {plain(remedy)}", "dim"))
    console.print()


def _place(at: Finding | Unread) -> tuple[str, str]:
    return f"{plain(at.path)}:{at.line}:{at.column}: ", "bold"


def _write(console: Console, *parts: tuple[str, str]) -> None:
    console.print(Text.assemble(*parts), soft_wrap=True)
