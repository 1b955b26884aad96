"""Processes that read code: what ends one of them, and that none is left behind."""

from __future__ import annotations

import faulthandler
import functools
import mmap
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.checking import workers
from harness.checking.findings import Finding
from harness.checking.workers import Lost, judged, worked
from harness.source.treefile import TreeFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.checking.workers import Judged


def unit(*contents: bytes) -> list[TreeFile]:
    return [TreeFile(f"m{number}", f"m{number}.py", content) for number, content in enumerate(contents)]


def act(files: Sequence[TreeFile]) -> str:
    """Do what the contents say."""
    faulthandler.disable()  # what pytest would say about it
    for file in files:
        match file.content:
            case b"abort":
                os.abort()
            case b"exit":
                os._exit(0)
            case b"spin":
                while True:
                    pass
            case b"sleep":
                time.sleep(60)
            case b"fault":
                raise ValueError("no such\nthing")
            case b"deep":
                raise RecursionError
            case b"unsayable":
                raise UnsayableError
            case b"panic":
                raise BaseException("a panic")
            case b"memory":
                bytearray(64 << 30)
            case b"interrupt":
                os.kill(os.getpid(), signal.SIGINT)
    return ",".join(file.content.decode() for file in files)


class UnsayableError(Exception):
    def __str__(self) -> str:
        raise KeyError


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_all_units_are_done(jobs: int) -> None:
    units = [unit(str(number).encode()) for number in range(20)]
    done = {result for _, result in worked(units, act, jobs=jobs)}
    assert done == {str(number) for number in range(20)}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"abort", "the parser does not survive it (signal 6)"),
        (b"exit", "the parser gives up on it"),
        (b"panic", "the parser gives up on it"),
        (b"fault", "ValueError: no such; this is a fault of the harness itself, please report it"),
        (b"unsayable", "UnsayableError; this is a fault of the harness itself, please report it"),
        (b"deep", "too deeply nested or too large (RecursionError)"),
        (b"memory", "too deeply nested or too large (MemoryError)"),
    ],
)
def test_what_ends_a_worker_hinders_no_other_unit(content: bytes, reason: str) -> None:
    done = {files[0].content: result for files, result in worked([unit(content), unit(b"a")], act, jobs=1)}
    assert done == {content: Lost(reason), b"a": "a"}


def some_memory(files: Sequence[TreeFile]) -> str:
    return str(len(bytearray(64 << 20)))


def test_what_the_process_has_already_is_not_held_against_the_work() -> None:
    with mmap.mmap(-1, 4 << 30):
        assert [result for _, result in worked([unit(b"a")], some_memory, jobs=1)] == [str(64 << 20)]


@pytest.mark.parametrize(("content", "wall"), [(b"spin", 100.0), (b"sleep", 1.0)])
def test_what_takes_too_long_is_ended(content: bytes, wall: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_SECONDS", 1.0)
    monkeypatch.setattr(workers, "_WALL", wall)
    done = {files[0].content: result for files, result in worked([unit(content), unit(b"a")], act, jobs=2)}
    assert done == {content: Lost("not done in 1 s"), b"a": "a"}


def test_an_interrupt_is_for_the_process_that_waits() -> None:
    assert [result for _, result in worked([unit(b"interrupt", b"a")], act, jobs=1)] == ["interrupt,a"]


def large(files: Sequence[TreeFile]) -> bytes:
    return b"x" * (8 << 20)


def test_answers_may_be_larger_than_a_pipe_holds() -> None:
    units = [unit(b"a" * (4 << 20)) for _ in range(3)]
    assert [len(result) for _, result in worked(units, large, jobs=2) if not isinstance(result, Lost)] == [8 << 20] * 3


def dies_while_it_answers(files: Sequence[TreeFile]) -> object:
    return HalfSent()


class HalfSent:
    """Ends the process while it is made into bytes, when its worker has begun to answer."""

    def __reduce__(self) -> str:
        os.kill(os.getpid(), signal.SIGKILL)
        return ""


def test_a_worker_may_die_while_it_answers() -> None:
    results = [result for _, result in worked([unit(b"a")], dies_while_it_answers, jobs=1)]
    assert results == [Lost("the parser does not survive it (signal 9)")]


def found(files: Sequence[TreeFile], work: Callable[[Sequence[TreeFile]], object] = act) -> Judged:
    """One finding a file, of the work done on all."""
    work(files)
    return [Finding(file.path, 1, 1, "c", str(len(files)), "") for file in files], []


KILLER = b"x = " + b"(" * 100_000 + b")" * 100_000
FINE = b"import sqlmodel\n"


def parse(files: Sequence[TreeFile]) -> object:
    from harness.source.survey import survey

    return survey(files).facts.files


def test_one_file_that_cannot_be_read_is_left_out_of_its_unit() -> None:
    units = [unit(FINE, KILLER, FINE)]
    findings, unread = [], []
    for _, (these, those) in judged(units, functools.partial(found, work=parse), jobs=2):
        findings += these
        unread += those
    assert sorted((each.path, each.message) for each in findings) == [("m0.py", "2"), ("m2.py", "2")]
    assert [(each.path, each.reason.partition(" (")[0]) for each in unread] == [
        ("m1.py", "could not be read: the parser does not survive it")
    ]


def two_are_too_many(files: Sequence[TreeFile]) -> Judged:
    if len(files) > 1:
        os.abort()
    return found(files)


def test_files_that_cannot_be_read_together_are_read_one_by_one() -> None:
    done = [each for _, (findings, _) in judged([unit(FINE, FINE)], two_are_too_many, jobs=1) for each in findings]
    assert sorted(each.path for each in done) == ["m0.py", "m1.py"]


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(reached: Callable[[], bool]) -> None:
    for _ in range(600):
        if reached():
            return
        time.sleep(0.1)
    raise AssertionError("it never came to that")


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what it runs in the background ignore it
from harness.cli import main
main()
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -15), (signal.SIGKILL, -9)])
def test_a_command_that_is_ended_leaves_no_process(tmp_path: Path, number: signal.Signals, status: int) -> None:
    slow = b"import sqlmodel\nx = " + b"+".join([b"1"] * 9_000)  # ten seconds and more for the parser
    for name in ("a.py", "b.py", "c.py"):
        (tmp_path / name).write_bytes(slow)
    command = [sys.executable, "-c", INTERRUPTIBLE, "check", "--no-cache", "--jobs", "3", "."]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        wait_until(lambda: len(children(process.pid)) == 3)
        time.sleep(0.5)  # until they are at it
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (status, "")
        assert err == ("harness: interrupted\n" if number == signal.SIGINT else "")
        wait_until(lambda: not alive(process.pid))
    finally:
        if alive(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
