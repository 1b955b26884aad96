"""Processes that read code: as many as there are cores, and code that no parser survives ends one of them at most."""

from __future__ import annotations

import multiprocessing
import multiprocessing.context
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Generic, TypeVar

from harness.check.findings import Finding, Unread
from harness.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from harness.source.survey import TreeFile

Judged = tuple[list[Finding], list[Unread]]
R = TypeVar("R")

_SECONDS = 30.0
_SECONDS_PER_BYTE = 1 / 20_000
_STACK_BYTES = 256 << 20
_RECURSION = 6_000


@dataclass(slots=True)
class _Worker(Generic[R]):
    process: BaseProcess
    channel: Connection
    unit: list[TreeFile] | None = None
    deadline: float = 0.0


def worked(
    units: Sequence[Sequence[TreeFile]], work: Callable[[Sequence[TreeFile]], R], *, jobs: int, patience: float = 1.0
) -> Iterator[tuple[list[TreeFile], R | None]]:
    """Do the work for each unit in one of ``jobs`` processes; in the order in which it is done.

    ``work`` must be a module's function. None: the unit ended its process, or took longer than ``patience`` times what
    reading it may take. Raises MachineError when no process can be started.
    """
    todo = [list(unit) for unit in sorted(units, key=lambda unit: sum(len(file.content) for file in unit))]
    workers: list[_Worker[R]] = []
    try:
        while todo or any(worker.unit for worker in workers):
            for worker in workers:
                if worker.unit is None and todo:
                    _give(worker, todo.pop(), patience)
            while todo and len(workers) < jobs:
                workers.append(_start(work))
                _give(workers[-1], todo.pop(), patience)
            for worker in _ready(workers):
                unit = worker.unit
                assert unit is not None
                result = _result(worker)
                worker.unit = None
                if result is None:
                    _end(worker)
                    workers.remove(worker)
                yield unit, result
    finally:
        for worker in workers:
            _end(worker)


def judged(
    units: Sequence[Sequence[TreeFile]], work: Callable[[Sequence[TreeFile]], Judged], *, jobs: int
) -> Iterator[tuple[Sequence[TreeFile], Judged]]:
    """As ``worked``; a unit that ends its process or takes too long is taken apart.

    Each of its files is parsed alone, and those that cannot be are left out and reported.
    """
    for unit, result in worked(units, work, jobs=jobs):
        if result is not None:
            yield unit, result
        else:
            yield from _apart(unit, work)


def _apart(
    unit: Sequence[TreeFile], work: Callable[[Sequence[TreeFile]], Judged]
) -> Iterator[tuple[Sequence[TreeFile], Judged]]:
    """The unit without the files that end the process by themselves."""
    if len(unit) == 1:
        reason = "cannot be read: the parser does not survive it"
        yield unit, ([], [Unread(unit[0].path, 1, 1, reason)])
        return
    alone = list(judged([[file] for file in unit], _parsed, jobs=1))
    killers = {file.module for files, (_, unread) in alone for file in files if unread}
    rest = [file for file in unit if file.module not in killers]
    yield [], ([], [entry for _, (_, unread) in alone for entry in unread])
    if killers:
        yield from judged([rest], work, jobs=1) if rest else ()
    else:  # each can be read, all together cannot
        yield from judged([[file] for file in unit], work, jobs=1)


def _parsed(files: Sequence[TreeFile]) -> Judged:
    """Only parse: what cannot be parsed is reported when the rest is judged."""
    from harness.source.survey import survey

    survey(files)
    return [], []


def _context() -> multiprocessing.context.ForkContext | multiprocessing.context.SpawnContext:
    """A fork has everything imported already; elsewhere than on Linux it is not safe."""
    if sys.platform == "linux":
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


def _start(work: Callable[[Sequence[TreeFile]], R]) -> _Worker[R]:
    context = _context()
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, work), daemon=True)
    try:
        process.start()
    except OSError as error:
        raise MachineError(f"cannot start a process that reads code: {error}") from error
    theirs.close()
    return _Worker(process, ours)


def _give(worker: _Worker[R], unit: list[TreeFile], patience: float) -> None:
    worker.unit = unit
    seconds = _SECONDS + sum(len(file.content) for file in unit) * _SECONDS_PER_BYTE
    worker.deadline = time.monotonic() + patience * seconds
    with suppress(OSError):  # one that has ended already is found out by waiting for its answer
        worker.channel.send(unit)


def _ready(workers: Sequence[_Worker[R]]) -> list[_Worker[R]]:
    """Wait until some have answered, have ended or are late."""
    busy = [worker for worker in workers if worker.unit is not None]
    left = min(worker.deadline for worker in busy) - time.monotonic()
    channels = wait([worker.channel for worker in busy], max(left, 0))
    now = time.monotonic()
    return [worker for worker in busy if worker.channel in channels or worker.deadline <= now]


def _result(worker: _Worker[R]) -> R | None:
    """What it answered; None when it has ended or is late."""
    try:
        if not worker.channel.poll():
            return None
        result = worker.channel.recv()
    except (OSError, EOFError):
        return None
    if isinstance(result, BaseException):
        raise result
    done: R = result
    return done


def _end(worker: _Worker[R]) -> None:
    worker.channel.close()
    worker.process.kill()
    worker.process.join()


def _serve(channel: Connection, work: Callable[[Sequence[TreeFile]], object]) -> None:
    sys.setrecursionlimit(_RECURSION)
    threading.stack_size(_STACK_BYTES)
    thread = threading.Thread(target=_answer, args=(channel, work))
    thread.start()
    thread.join()


def _answer(channel: Connection, work: Callable[[Sequence[TreeFile]], object]) -> None:
    while True:
        try:
            unit: Sequence[TreeFile] = channel.recv()
        except EOFError:
            return
        try:
            result = work(unit)
        except Exception as error:
            result = error
        except BaseException:  # a panic of the native parser
            return
        channel.send(result)
