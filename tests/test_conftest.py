from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parent / "conftest.py"
SKIPPED = """
import pytest
def test_one(): pytest.skip({reason!r})
@pytest.mark.skipif(True, reason={reason!r})
def test_two(): pass
@pytest.mark.xfail
def test_three(): assert "bubblewrap" == 0
"""
FAILED = "1 failed, 1 xfailed, 1 error"


@pytest.mark.parametrize(
    ("reason", "variable", "summary"),
    [
        ("there is no bubblewrap here", {}, "2 skipped, 1 xfailed"),
        ("there is no bubblewrap here", {"HARNESS_CI": "1"}, FAILED),
        ("no PostgreSQL server", {"HARNESS_CI": "1"}, FAILED),
        ("Chromium is missing", {"HARNESS_CI": "1"}, FAILED),
        ("only on Windows", {"HARNESS_CI": "1"}, "2 skipped, 1 xfailed"),
    ],
)
def test_in_ci_a_test_skipped_for_want_of_a_program_fails(
    tmp_path: Path, reason: str, variable: dict[str, str], summary: str
) -> None:
    assert summary in run_tests(tmp_path, SKIPPED.format(reason=reason), variable)


def test_in_ci_a_module_skipped_for_want_of_a_program_fails(tmp_path: Path) -> None:
    text = "import pytest\npytest.skip('no postgres', allow_module_level=True)"
    assert "1 skipped" in run_tests(tmp_path, text, {})
    assert "1 error" in run_tests(tmp_path, text, {"HARNESS_CI": "1"})


def run_tests(folder: Path, text: str, environment: dict[str, str]) -> str:
    (folder / "conftest.py").write_text(CONFTEST.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "test_it.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    ).stdout
