from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from harness import diagnosis
from harness.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Result

HEAVY = ("rich", "pydantic", "yaml", "libcst", "sqlmodel", "sqlalchemy", "fastapi", "httpx", "markdown_it", "asyncio")


@pytest.mark.parametrize(
    ("arguments", "typers_own"),
    [(["--help"], set()), (["--version"], set()), (["eval", "--help"], {"pydantic"}), (["nonsense"], {"pydantic"})],
)
def test_nothing_heavy_is_imported_before_a_command_runs(arguments: list[str], typers_own: set[str]) -> None:
    heavy = [module for module in HEAVY if module not in typers_own]
    code = (
        "import sys, atexit\n"
        f"atexit.register(lambda: print('heavy:', [m for m in {heavy!r} if m in sys.modules]))\n"
        "from harness.cli import main\n"
        f"main({arguments!r})\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert ended.stdout.endswith("heavy: []\n"), ended.stdout + ended.stderr


@pytest.mark.parametrize("command", [(), ("eval",), ("grade",), ("check",), ("explain",), ("doctor",)])
def test_every_command_has_help_with_examples(run: Callable[..., Result], command: tuple[str, ...]) -> None:
    result = run(*command, "--help")
    assert result.status == 0
    assert ("Examples:" if command else "Exit status:") in result.out


def test_the_version(run: Callable[..., Result]) -> None:
    assert run("--version").out == f"harness {diagnosis.installed_version('relational-db-agent')}\n"


@pytest.mark.parametrize("arguments", [(), ("nonsense",), ("--nonsense",)])
def test_wrong_usage(run: Callable[..., Result], arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.status == 2
    assert "Traceback" not in result.err


def test_doctor_really_looks(run: Callable[..., Result]) -> None:
    result = run("doctor", "--format", "json")
    document = json.loads(result.out)
    assert document["works"] is True, document["problem"]
    assert result.status == 0
    assert set(document["layers"]) >= {"bubblewrap", "namespaces", "rlimits"}
    text = run("doctor").out
    assert "Answers can be run here." in text
    assert "postgresql           not tried: --db " in text
    assert document["server"] is None


def test_doctor_says_what_is_missing(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise MachineError("bubblewrap is missing: apt-get install bubblewrap")

    monkeypatch.setattr("harness.sandbox.self_test", fail)
    result = run("doctor")
    assert result.status == 3
    assert "Answers cannot be run here: bubblewrap is missing: apt-get install bubblewrap" in result.out


def test_a_fault_of_the_harness_is_not_a_failing_verdict(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise ZeroDivisionError("in the middle")

    monkeypatch.setattr("harness.sandbox.self_test", fail)
    result = run("doctor")
    assert result.status == 3
    assert "ZeroDivisionError: in the middle\nharness: this is a fault of the harness itself" in result.err


def test_a_reader_that_goes_away_ends_the_program_quietly(tmp_path: Path) -> None:
    code = "from harness.cli.output import write\nfor _ in range(100000): write('x' * 100 + '\\n')\n"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_output_can_be_written_in_any_encoding(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "harness", "grade", "fehlt-✗.md", "--case", "session-factory"],
        capture_output=True,
        cwd=tmp_path,
        env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": ":".join(sys.path)},
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr == b"harness: fehlt-\\u2717.md: does not exist\n"
