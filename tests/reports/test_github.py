"""Annotations: whatever stands in a message or a path, GitHub reads it back as it was."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.checking.findings import Finding, Report
from harness.reports.findings import plain
from harness.reports.github import escape_message, escape_property, to_annotations
from tests.reports.checked import REPORT

if TYPE_CHECKING:
    from tests.reports.conftest import Golden


def test_annotations(golden: Golden) -> None:
    golden("checked.github.txt", to_annotations(REPORT, Path.cwd()))


def message(text: str) -> str:
    """As GitHub's runner reads it."""
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def value(text: str) -> str:
    return message(text.replace("%3A", ":").replace("%2C", ","))


@given(st.text())
def test_messages_survive(text: str) -> None:
    escaped = escape_message(text)
    assert message(escaped) == text
    assert not set(escaped) & set("\r\n")


@given(st.text())
def test_properties_survive(text: str) -> None:
    escaped = escape_property(text)
    assert value(escaped) == text
    assert not set(escaped) & set("\r\n:,")


@given(st.text(), st.text(), st.text())
def test_a_command_is_one_line(path: str, said: str, remedy: str) -> None:
    report = Report([Finding(f"app/{path}".replace("\0", ""), 1, 2, "awaited", said, remedy)])
    text = to_annotations(report, Path.cwd())
    assert text.count("\n") == 1
    assert "\r" not in text
    head, _, rest = text.removeprefix("::error ").partition("::")
    properties = dict(part.split("=", 1) for part in head.split(","))
    assert set(properties) == {"file", "line", "col", "title"}
    assert message(rest) == f"{plain(said)}\n{plain(remedy)}\n"


@pytest.mark.parametrize(
    ("root", "file"),
    [(Path.cwd(), "file=app/database.py,"), (Path.cwd() / "app", "file=database.py,"), (Path("/x"), "file=app/")],
)
def test_paths_are_those_of_the_checkout(root: Path, file: str) -> None:
    assert to_annotations(Report(REPORT.findings[3:]), root).startswith(f"::notice {file}")
