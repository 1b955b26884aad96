"""How far the check is, on a terminal and nowhere else: a real one, to which standard error belongs."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

WRONG = """\
from sqlmodel.ext.asyncio.session import AsyncSession
async def save(session: AsyncSession):
    session.commit()
"""


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        (tmp_path / f"m{number}.py").write_text(WRONG)
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def on_a_terminal(*arguments: str) -> tuple[int, str, str]:
    """Status, standard output, and what the terminal got."""
    here, there = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "harness", "check", "--no-cache", *arguments], stdout=subprocess.PIPE, stderr=there
    ) as process:
        os.close(there)
        shown = b""
        try:
            while piece := os.read(here, 4096):
                shown += piece
        except OSError:  # what a terminal says once nobody writes to it any more
            pass
        os.close(here)
        assert process.stdout is not None
        out = process.stdout.read()
    return process.returncode, out.decode(), shown.decode()


@pytest.mark.parametrize(("arguments", "status"), [((), 1), (("--fix",), 0), (("--format", "sarif"), 1)])
def test_a_terminal_shows_how_far_it_is(arguments: tuple[str, ...], status: int) -> None:
    ended, out, shown = on_a_terminal(*arguments)
    assert ended == status
    assert "checking" in shown
    assert "100%" in shown
    assert ("fixing" in shown) == bool(arguments)
    assert shown.rstrip().endswith("\x1b[2K") or "harness: fixed" in shown  # the bar is gone afterwards
    assert "checking" not in out
    assert "\x1b" not in out


def test_what_is_no_terminal_gets_nothing() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "harness", "check", "--no-cache"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert not ended.stderr
    assert "\x1b" not in ended.stdout
