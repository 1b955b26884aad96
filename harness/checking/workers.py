"""Processes that read code: as many as there are cores, and code that no parser survives ends one of them at most."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import multiprocessing.context
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from harness.checking.findings import Finding, Unread
from harness.errors import MachineError
from harness.source.stack import MEMORY_BYTES, STACK_BYTES, on_a_deep_stack

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from harness.source.treefile import TreeFile

Judged = tuple[list[Finding], list[Unread]]
R = TypeVar("R")

_SECONDS = 10.0
_SECONDS_PER_BYTE = 1 / 40_000
_WALL = 6
"""How much longer than its CPU time a unit may take on a machine that has others to serve."""
_MEMORY_PER_BYTE = 2000
_PR_SET_PDEATHSIG = 1
_BYTES_OF_GARBAGE = 1 << 20
"""Of source that was read, before garbage is looked for: it would be looked for among the nodes of all trees."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Why the work for a unit has no result."""

    reason: str


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    channel: Connection
    unit: list[TreeFile] | None = None
    seconds: float = 0.0
    deadline: float = 0.0


def worked(
    units: Sequence[Sequence[TreeFile]], work: Callable[[Sequence[TreeFile]], R], *, jobs: int, patience: float = 1.0
) -> Iterator[tuple[list[TreeFile], R | Lost]]:
    """Do the work for each unit in one of ``jobs`` processes; in the order in which it is done.

    ``work`` must be a module's function. Lost: the unit ended its process, took longer than ``patience`` times what
    reading it may take, or was too much for the work. Raises MachineError when no process can be started.
    """
    todo = [list(unit) for unit in sorted(units, key=lambda unit: sum(len(file.content) for file in unit))]
    workers: list[_Worker] = []
    try:
        while todo or any(worker.unit for worker in workers):
            for worker in workers:
                if worker.unit is None and todo:
                    _give(worker, todo.pop(), patience)
            while todo and len(workers) < jobs:
                workers.append(_start(work, workers))
                _give(workers[-1], todo.pop(), patience)
            for worker, late in _ready(workers):
                unit = worker.unit
                assert unit is not None
                answer = None if late else _answer_of(worker)
                worker.unit = None
                if answer is None:
                    workers.remove(worker)
                    yield unit, Lost(_ended(worker))
                else:
                    yield unit, answer[0]
    finally:
        for worker in workers:
            _end(worker)


def judged(
    units: Sequence[Sequence[TreeFile]], work: Callable[[Sequence[TreeFile]], Judged], *, jobs: int
) -> Iterator[tuple[Sequence[TreeFile], Judged]]:
    """As ``worked``; a unit that is lost is taken apart.

    Each of its files is read alone, and those that cannot be are left out and reported.
    """
    for unit, result in worked(units, work, jobs=jobs):
        if not isinstance(result, Lost):
            yield unit, result
        elif len(unit) == 1:
            yield unit, _unread(unit[0], result)
        else:
            yield from _apart(unit, work, jobs)


def _apart(
    unit: Sequence[TreeFile], work: Callable[[Sequence[TreeFile]], Judged], jobs: int
) -> Iterator[tuple[Sequence[TreeFile], Judged]]:
    """The unit without the files that are too much by themselves."""
    rest = {file.module: file for file in unit}
    for files, result in worked([[file] for file in unit], _read, jobs=jobs):
        if isinstance(result, Lost):
            del rest[files[0].module]
            yield files, _unread(files[0], result)
    together = list(rest.values())
    if len(together) == len(unit):  # each can be read, all together cannot
        yield from judged([[file] for file in unit], work, jobs=jobs)
    elif together:
        yield from judged([together], work, jobs=jobs)


def _unread(file: TreeFile, lost: Lost) -> Judged:
    return [], [Unread(file.path, 1, 1, f"could not be read: {lost.reason}")]


def _read(files: Sequence[TreeFile]) -> None:
    """What cannot be parsed is reported when the rest is judged."""
    from harness.source.survey import survey

    survey(files).dissolve()


def _context() -> multiprocessing.context.ForkContext | multiprocessing.context.SpawnContext:
    """A fork has everything imported already; elsewhere than on Linux it is not safe."""
    if sys.platform == "linux":
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


def _start(work: Callable[[Sequence[TreeFile]], R], others: Sequence[_Worker]) -> _Worker:
    context = _context()
    ours, theirs = context.Pipe()
    # a worker that holds the other end of a pipe would never see it closed, not even when this process is killed
    inherited = [ours, *(other.channel for other in others)] if context.get_start_method() == "fork" else []
    process = context.Process(target=_serve, args=(theirs, work, inherited, os.getpid()), daemon=True)
    try:
        process.start()
    except OSError as error:
        ours.close()
        raise MachineError(f"cannot start a process that reads code: {error}") from error
    finally:
        theirs.close()
    return _Worker(process, ours)


def _give(worker: _Worker, unit: list[TreeFile], patience: float) -> None:
    worker.unit = unit
    worker.seconds = patience * (_SECONDS + sum(len(file.content) for file in unit) * _SECONDS_PER_BYTE)
    worker.deadline = time.monotonic() + _WALL * worker.seconds
    with suppress(OSError):  # one that has ended already is found out by waiting for its answer
        worker.channel.send((unit, worker.seconds))


def _ready(workers: Sequence[_Worker]) -> list[tuple[_Worker, bool]]:
    """Wait until some have answered, have ended or are late; whether each is late."""
    busy = [worker for worker in workers if worker.unit is not None]
    left = min(worker.deadline for worker in busy) - time.monotonic()
    channels = wait([worker.channel for worker in busy], max(left, 0))
    now = time.monotonic()
    ready = [(worker, worker.channel not in channels) for worker in busy]
    return [(worker, late) for worker, late in ready if not late or worker.deadline <= now]


def _answer_of(worker: _Worker) -> tuple[R | Lost] | None:
    """What it answered; None when it has ended, also in the middle of its answer."""
    try:
        answer: tuple[R | Lost] = worker.channel.recv()
    except (OSError, EOFError):
        return None
    return answer


def _ended(worker: _Worker) -> str:
    """End a worker that gives no answer; why it does not."""
    if worker.deadline > time.monotonic():
        worker.process.join(1)  # its end of the pipe is closed before its status can be asked for
    status = worker.process.exitcode
    _end(worker)
    if status is None or status == -signal.SIGXCPU:
        return f"not done in {worker.seconds:.0f} s"
    return f"the parser does not survive it (signal {-status})" if status < 0 else "the parser gives up on it"


def _end(worker: _Worker) -> None:
    worker.channel.close()
    worker.process.kill()
    worker.process.join()


def _serve(
    channel: Connection, work: Callable[[Sequence[TreeFile]], R], inherited: Sequence[Connection], parent: int
) -> None:
    for other in inherited:
        other.close()
    _end_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one sees to it
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # a parser that gives up says so there
    gc.freeze()
    gc.disable()
    on_a_deep_stack(_answer, channel, work)
    os._exit(0)  # nothing of what was forked along has to be seen to twice


def _end_with(parent: int) -> None:
    """Do not outlive the process that started this one, not even to the end of what is being parsed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it has ended already
            os._exit(0)


def _answer(channel: Connection, work: Callable[[Sequence[TreeFile]], R]) -> None:
    read, before = 0, _address_space()
    while True:
        try:
            unit, seconds = channel.recv()
        except (EOFError, OSError):
            return
        size = sum(len(file.content) for file in unit)
        _limit(seconds, before + size * _MEMORY_PER_BYTE)
        try:
            answer: R | Lost = work(unit)
        except (RecursionError, MemoryError) as error:
            answer = Lost(f"too deeply nested or too large ({type(error).__name__})")
        except Exception as error:
            answer = Lost(f"{_said(error)}; this is a fault of the harness itself, please report it")
        except BaseException:  # a panic of the native parser
            return
        try:
            channel.send((answer,))
        except OSError:  # nobody waits for it any more
            return
        read += size
        if read > _BYTES_OF_GARBAGE or isinstance(answer, Lost):
            gc.collect()
            read = 0


def _said(error: Exception) -> str:
    try:
        return f"{type(error).__name__}: {error}".splitlines()[0][:200]
    except Exception:  # it is made of what was too much before
        return type(error).__name__


def _limit(seconds: float, memory: int) -> None:
    """What reading may take from now on: CPU time, and memory that the parser would else take all of.

    ``memory``, in bytes, is allowed beside it: what the process has already, and what so large a unit takes.
    """
    if sys.platform != "linux":
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _soft(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + seconds) + 1)
    _soft(resource.RLIMIT_AS, MEMORY_BYTES + STACK_BYTES + memory)
    _soft(resource.RLIMIT_CORE, 0)


def _address_space() -> int:
    """Bytes that this process has asked for, used or not."""
    if sys.platform != "linux":
        return 0
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()


def _soft(what: int, limit: int) -> None:
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
