"""Standard streams that are closed or full end in one line and a status, never in a traceback."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
STORED = ROOT / "evals" / "completions" / "session-factory" / "echo-hard-coded.md"
GRADE = f"grade {shlex.quote(str(STORED))} --case session-factory"
EVAL = f"eval session-factory --completions {shlex.quote(str(STORED))}"


def shell(line: str, folder: Path = ROOT, unbuffered: str = "") -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which ``harness`` stands for the program."""
    harness = f'harness() {{ {shlex.quote(sys.executable)} -m harness "$@"; }}'
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": unbuffered}
    return subprocess.run(
        ["bash", "-c", f"{harness}\n{line}"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", ["--help", "eval --help", "--version"])
def test_a_full_disk_and_the_texts_about_the_program(arguments: str, unbuffered: str) -> None:
    ended = shell(f"harness {arguments} >/dev/full", unbuffered=unbuffered)
    assert ended.stderr == "harness: cannot write the output: No space left on device\n"
    assert ended.returncode == 3


@pytest.mark.parametrize(
    "arguments",
    [
        "doctor",
        GRADE,
        f"{GRADE} --format json",
        *(f"{EVAL} --format {f}" for f in ("table", "json", "jsonl", "markdown")),
    ],
)
def test_a_full_disk_and_the_commands(arguments: str) -> None:
    ended = shell(f"harness {arguments} >/dev/full")
    assert ended.stderr == "harness: cannot write the output: No space left on device\n"
    assert ended.returncode == 3


@pytest.mark.parametrize("arguments", ["--version", "--help", "doctor", GRADE, EVAL])
def test_standard_output_is_closed(arguments: str) -> None:
    ended = shell(f"harness {arguments} >&-")
    assert ended.stderr == "harness: cannot write the output: standard output is closed\n"
    assert ended.returncode == 3


def test_standard_input_is_closed() -> None:
    ended = shell("harness grade - --case session-factory <&-")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "harness: standard input is closed\n"


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize(
    ("arguments", "status"), [("eval --format xml", 2), ("grade missing.md --case session-factory", 2)]
)
def test_nobody_hears_the_complaint(arguments: str, status: int, redirection: str) -> None:
    ended = shell(f"harness {arguments} {redirection}")
    assert (ended.returncode, ended.stdout, ended.stderr) == (status, "", "")


def test_no_stream_at_all_does_not_put_the_report_into_a_file(tmp_path: Path) -> None:
    ended = shell(f"harness {EVAL} --out {shlex.quote(str(tmp_path))} <&- >&- 2>&-")
    assert ended.returncode == 3
    assert len((tmp_path / "grades.jsonl").read_text().splitlines()) == 1
    assert (tmp_path / "run.json").read_text().startswith("{")


def test_the_working_directory_is_gone(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    ended = shell(f"rmdir ../gone; harness {GRADE}", tmp_path / "gone")
    assert (ended.returncode, ended.stderr) == (1, "")
    assert f"{STORED}:10: echo is always true here" in ended.stdout
