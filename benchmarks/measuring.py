"""What the benchmarks share: CPU time and memory of this process and all that it started, how often to measure."""

from __future__ import annotations

import argparse
import os
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TICK = os.sysconf("SC_CLK_TCK")
_FIRST_TIME = 11  # utime, stime, cutime, cstime: counted from behind the command's name


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds: passed, and used by this process (``own``) and by all processes (``cpu``, to about 10 ms for each)."""

    wall: float
    cpu: float
    own: float


class Watch:
    """Measures from when it is made until ``span``."""

    def __init__(self) -> None:
        self._cpu, self._own = _cpu()
        self._start = time.perf_counter()

    def span(self) -> Span:
        wall = time.perf_counter() - self._start
        cpu, own = _cpu()
        return Span(wall, cpu - self._cpu, own - self._own)


def descendants(pid: int | str = "self") -> Iterator[int]:
    """The processes below one, those nearest to it first within each branch."""
    try:
        lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return
    for child in (int(word) for text in lists for word in text.split()):
        yield child
        yield from descendants(child)


def is_python(pid: int) -> bool:
    """Whether a process is an interpreter: bubblewrap stands between this process and a zygote."""
    return Path(f"/proc/{pid}/comm").read_text().startswith("python")


def rss(pid: int | str = "self") -> float:
    """Resident memory in MB (10**6 bytes), shared pages included."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError(f"process {pid} has no memory")


def _cpu() -> tuple[float, float]:
    own = _seconds(resource.RUSAGE_SELF)
    total = own + _seconds(resource.RUSAGE_CHILDREN)
    for pid in descendants():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[_FIRST_TIME : _FIRST_TIME + 4])) / _TICK
    return total, own


def _seconds(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def count(text: str) -> int:
    """How many rounds or the like, for argparse: at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number
