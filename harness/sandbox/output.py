"""What a cell prints: read from a pipe as far as the limit, its tail kept."""

from __future__ import annotations

import os

TAIL_CHARACTERS = 4_000
_TAIL_BYTES = 4 * TAIL_CHARACTERS
_CHUNK = 1 << 16


class Output:
    """The reading end of the pipe. ``flooded`` once more than ``limit`` bytes have come."""

    def __init__(self, fd: int, limit: int) -> None:
        os.set_blocking(fd, False)
        self._fd = fd
        self._limit = limit
        self._count = 0
        self._kept = bytearray()

    def fileno(self) -> int:
        """The descriptor, for a selector."""
        return self._fd

    @property
    def flooded(self) -> bool:
        return self._count > self._limit

    def read(self) -> bool:
        """Take one chunk; False at the end of the pipe or when nothing is there."""
        try:
            data = os.read(self._fd, _CHUNK)
        except BlockingIOError:
            return False
        self._count += len(data)
        self._kept += data
        del self._kept[:-_TAIL_BYTES]
        return bool(data)

    def drain(self) -> None:
        """Take what is there, as far as the limit."""
        while not self.flooded and self.read():
            pass

    def tail(self) -> str:
        """The last characters; bytes that are not UTF-8 are replaced."""
        return self._kept.decode("utf-8", "replace")[-TAIL_CHARACTERS:]

    def close(self) -> None:
        """Close the pipe: who still writes to it gets an error."""
        os.close(self._fd)
