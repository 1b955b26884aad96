"""What one cell may use."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds.

    ``cpu_seconds`` covers the import and all requests of one cell, as ``total_seconds`` does by the clock;
    ``wall_seconds`` is for one ``ask``; ``disk_bytes`` is for
    the cell's folder as a whole, ``file_bytes`` for one file in it; ``output_bytes`` is what it may print.
    ``processes`` (threads included) holds for an ordinary user only, the kernel does not apply it to root: there
    seccomp lets no process start, and the zygote counts threads.
    """

    cpu_seconds: int = 20
    wall_seconds: float = 30.0
    total_seconds: float = 120.0
    memory_bytes: int = 1536 << 20
    file_bytes: int = 32 << 20
    disk_bytes: int = 64 << 20
    open_files: int = 128
    output_bytes: int = 1 << 20
    processes: int = 64

    def apply(self) -> None:
        """Limit the calling process for good. Raises OSError or ValueError."""
        self._set(resource.RLIMIT_CORE, 0)
        self._set(resource.RLIMIT_AS, self.memory_bytes)
        self._set(resource.RLIMIT_FSIZE, self.file_bytes)
        self._set(resource.RLIMIT_NOFILE, self.open_files)
        # SIGXCPU can be caught; one second later the hard limit's SIGKILL cannot.
        self._set(resource.RLIMIT_CPU, self.cpu_seconds, self.cpu_seconds + 1)
        if counts_processes():
            self._set(resource.RLIMIT_NPROC, self.processes)

    @staticmethod
    def _set(which: int, soft: int, hard: int | None = None) -> None:
        ceiling = resource.getrlimit(which)[1]
        wanted = soft if hard is None else hard
        if ceiling != resource.RLIM_INFINITY:
            wanted = min(wanted, ceiling)
        resource.setrlimit(which, (min(soft, wanted), wanted))


def counts_processes() -> bool:
    """Whether RLIMIT_NPROC means this sandbox: since Linux 5.14 it counts per user namespace, and never for root."""
    major, minor = (int(part) for part in os.uname().release.split(".")[:2])
    return os.getuid() != 0 and (major, minor) >= (5, 14)
