"""What was found, for people and for other programs."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from harness.checking.findings import Report, Unread
from harness.reports.checked import summary, to_json
from harness.reports.checked_text import write_checked
from harness.reports.json import to_text
from tests.reports.checked import REPORT
from tests.reports.test_terminal import Terminal

if TYPE_CHECKING:
    from tests.reports.conftest import Golden


def written(report: Report, stream: io.StringIO) -> str:
    write_checked(report, stream)
    return stream.getvalue()


def test_text_in_a_pipe(golden: Golden) -> None:
    golden("checked.txt", written(REPORT, io.StringIO()))


def test_json(golden: Golden) -> None:
    golden("checked.json", to_text(to_json(REPORT)))


def test_the_contract() -> None:
    document = json.loads(to_text(to_json(REPORT)))
    fields = {"criterion", "path", "line", "column", "message", "remedy", "fixable"}
    assert all(fields <= set(each) for each in document["findings"])
    assert document["files"] == 7


def test_colour_only_on_a_terminal_and_never_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = written(REPORT, Terminal())
    assert "\x1b[31mawaited" in coloured
    plain = written(REPORT, io.StringIO())
    assert "\x1b" not in plain
    assert "pool-size (advice): no pool_size" in plain
    monkeypatch.setenv("NO_COLOR", "1")
    without = written(REPORT, Terminal())
    for code in ("\x1b[1m", "\x1b[2m", "\x1b[0m"):
        without = without.replace(code, "")
    assert without == plain  # no line is wrapped or cut


@pytest.mark.parametrize(
    ("report", "lines"),
    [
        (Report(files=1), ["No findings in 1 file."]),
        (Report(files=0), ["No findings in 0 files."]),
        (Report(files=2, known=3), ["No findings in 2 files.", "Accepted: 3 in the baseline."]),
        (Report(files=2, hidden=1), ["No findings in 2 files.", "Accepted: 1 by comments and settings."]),
        (
            Report(files=2, unread=[Unread("a.py", 1, 1, "no")]),
            [
                "No findings in 2 files, 1 not checked.",
                "What cannot be read makes the exit status 2: mend it, or leave it out with --exclude.",
            ],
        ),
        (
            Report(REPORT.findings[2:], files=2),
            [
                "2 findings (1 advice) in 2 files: depends 1, pool-size 1.",
                "Can be mended: 1 with --fix --unsafe-fixes; --diff shows how.",
                "What it means and what to write instead: harness explain depends",
            ],
        ),
        (
            Report(REPORT.findings[:1], files=2),
            [
                "1 finding in 2 files: awaited 1.",
                "Can be mended: 1 with --fix; --diff shows how.",
                "What it means and what to write instead: harness explain awaited",
            ],
        ),
    ],
)
def test_the_summary(report: Report, lines: list[str]) -> None:
    assert summary(report) == lines
