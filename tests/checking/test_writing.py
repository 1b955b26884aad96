"""Files are replaced whole or not at all, and diffs can be applied."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from harness.checking import writing
from harness.checking.diffs import unified
from harness.checking.fixing import Change
from harness.checking.writing import locked, save
from harness.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.py"
    path.write_bytes(b"old\n")
    return path


def test_the_mode_stays(file: Path) -> None:
    file.chmod(0o750)
    save(file, b"old\n", b"new\n")
    assert file.read_bytes() == b"new\n"
    assert file.stat().st_mode & 0o7777 == 0o750
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.skipif(not AS_ROOT, reason="only root can give files away")
def test_the_owner_stays(file: Path) -> None:
    os.chown(file, 12345, 12346)
    save(file, b"old\n", b"new\n")
    assert (file.stat().st_uid, file.stat().st_gid) == (12345, 12346)


def test_a_link_stays_one(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    link = folder / "b.py"
    link.symlink_to(file)
    save(link, b"old\n", b"new\n")
    assert link.is_symlink()
    assert file.read_bytes() == b"new\n"


def test_a_file_that_changed_meanwhile_is_left_alone(file: Path) -> None:
    file.write_bytes(b"newer\n")
    with pytest.raises(InputError, match=r"a\.py: has changed since it was read"):
        save(file, b"old\n", b"new\n")
    assert file.read_bytes() == b"newer\n"
    assert list(file.parent.iterdir()) == [file]


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.py: cannot be written: No such file or directory"):
        save(tmp_path / "gone.py", b"", b"new\n")


def test_what_cannot_be_finished_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.os, "fsync", full)
    with pytest.raises(InputError, match=r"a\.py: cannot be written: No space left on device"):
        save(file, b"old\n", b"new\n")
    assert file.read_bytes() == b"old\n"
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.skipif(AS_ROOT, reason="root may write everything")
def test_a_file_that_may_not_be_written_is_locked(file: Path) -> None:
    assert not locked(file)
    file.chmod(0o444)
    assert locked(file)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\nb\nc\n", b"a\nB\nc\n"),
        (b"a\r\nb\r\n", b"a\r\nB\r\n"),
        (b"a\nb", b"a\nB"),
        (b"a\nb", b"a\nb\n"),
        (b"\xef\xbb\xbfa\nb\n", b"\xef\xbb\xbfA\nb\n"),
        (b"a = '\x0c \x1c \xe2\x80\xa8'\nb\n", b"a = '\x0c \x1c \xe2\x80\xa8'\nB\n"),
        (b"a\rb\n", b"a\rB\n"),
        (b"", b"import os\n"),
    ],
)
def test_git_applies_a_diff(before: bytes, after: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x y.py"
    path.write_bytes(before)
    diff = unified([Change("x y.py", before, after)])
    subprocess.run(["git", "apply", "--whitespace=nowarn"], input=diff.encode(), cwd=tmp_path, check=True)
    assert path.read_bytes() == after
