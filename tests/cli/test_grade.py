from __future__ import annotations

import io
import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Result

pytestmark = pytest.mark.usefixtures("obedient")


@pytest.mark.parametrize(
    ("text", "status"), [("fine", 0), ("awaited: fail", 1), ("error: lost", 3), ("machine: no sandbox", 3), ("", 0)]
)
@pytest.mark.parametrize("format_", ["text", "json"])
def test_exit_status(run: Callable[..., Result], tmp_path: Path, text: str, status: int, format_: str) -> None:
    path = tmp_path / "answer.md"
    path.write_text(text)
    result = run("grade", str(path), "--case", "session-factory", "--format", format_)
    assert result.status == status
    assert result.err == ""
    if format_ == "json":
        assert json.loads(result.out)["completion"] == str(path)
    if status == 3:
        assert text.split(": ")[1] in result.out


def test_every_verdict_is_told(run: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "answer.md"
    path.write_text("---\ncase: other\n---\nawaited: fail")
    result = run("grade", str(path), "--case", "session-factory")
    assert "✗ awaited: fail\n    because of awaited\n    remedy: do it\n" in result.out
    assert "✓ pool-size: pass\n    because of pool-size\n✓" in result.out
    assert result.out.endswith("\nsession-factory: fail on sqlite\n")


def test_standard_input(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfawaited: fail")))
    result = run("grade", "-", "--case", "session-factory", "--format", "json")
    grade = json.loads(result.out)
    assert (grade["completion"], grade["verdicts"]["awaited"]["outcome"]) == ("-", "fail")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\n\xff")))
    result = run("grade", "-", "--case", "session-factory")
    assert (result.status, result.err) == (2, "harness: standard input:2: is not UTF-8 text: save it as UTF-8\n")


def test_standard_input_that_cannot_be_read(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    with os.fdopen(os.open(os.devnull, os.O_WRONLY), "rb") as stream:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
        result = run("grade", "-", "--case", "session-factory")
    assert (result.status, result.err) == (2, "harness: standard input: cannot be read: Bad file descriptor\n")


def test_interrupted(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("interrupt: now")
    result = run("grade", str(tmp_path / "a.md"), "--case", "session-factory")
    assert (result.status, result.out, result.err) == (130, "", "harness: interrupted\n")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("missing.md", "--case", "session-factory"), 2, "harness: missing.md: does not exist"),
        (("/", "--case", "session-factory"), 2, "harness: /: is not a regular file"),
        (("missing.md", "--case", "nope"), 2, "harness: --case: there is no case 'nope'; known: "),
        (("missing.md",), 2, "Missing option '--case'"),
        (
            ("missing.md", "--case", "session-factory", "--db", "postgresql://127.0.0.1:1/d"),
            3,
            "PostgreSQL cannot be reached",
        ),
        (("missing.md", "--case", "session-factory", "--db", "sqlite:///x.db"), 2, "takes no address"),
    ],
)
def test_wrong_usage(run: Callable[..., Result], arguments: tuple[str, ...], status: int, words: str) -> None:
    result = run("grade", *arguments)
    assert (result.status, result.out) == (status, "")
    assert words in result.err
