"""Reads answers in a limited child process, so that code no parser survives ends that child and nothing else."""

from __future__ import annotations

import os
import select
import struct
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from harness.errors import MachineError
from harness.program import Program
from harness.source.facts import At, Facts, Reading, Unreadable
from harness.source.wire import JOB, REPLY, Job, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from harness.answer import SourceFile
    from harness.source.given import EntitySpec, Frame

WALL_SECONDS = 20.0
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
HEAD = struct.Struct("!I")


class Reader:
    """One child process, started when it is first needed and again after it died. Not for use by several threads."""

    def __init__(self, *, wall_seconds: float = WALL_SECONDS) -> None:
        self._wall = wall_seconds
        self._child: subprocess.Popen[bytes] | None = None

    def read(
        self,
        right: Sequence[SourceFile],
        wrong: Sequence[SourceFile],
        *,
        complete: str,
        entities: Mapping[str, EntitySpec],
        frame: Frame | None = None,
        refused: Sequence[str] = (),
    ) -> Reading:
        """As ``harness.source.reading.read``; code that kills the child comes back as unreadable, with the reason."""
        job = Job(tuple(right), tuple(wrong), complete, dict(entities), frame, tuple(refused))
        child = self._start()
        assert child.stdin is not None
        data = JOB.dump_json(job)
        try:
            child.stdin.write(HEAD.pack(len(data)) + data)
            child.stdin.flush()
            reply = self._receive(child)
        except (OSError, EOFError):
            status = self._stop()
            if status is None or status >= 0:
                raise MachineError(f"the process that reads code ended with status {status}") from None
            return _unreadable(right, refused, f"the parser did not survive it (signal {-status})")
        except TimeoutError:
            child.kill()
            self._stop()
            return _unreadable(right, refused, f"could not be parsed in {self._wall:.0f} s")
        except ValueError as error:
            self.close()
            raise MachineError(f"the process that reads code gave no reading: {error}") from None
        if reply.fault:
            raise MachineError(f"reading the code failed: {reply.fault}")
        return reply.reading or _unreadable(right, refused, reply.unreadable)

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.kill()
        self._stop()

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._stop()
            path = [folder for folder in sys.path if folder]
            start = f"import sys; sys.path[:] = {path!r}; from harness.source.child import serve; serve()"
            command = [sys.executable, "-I", "-X", "utf8", "-c", start]
            try:
                self._child = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    start_new_session=True,
                    cwd="/",
                    env=_ENVIRONMENT,
                )
            except OSError as error:
                raise MachineError(f"cannot start a process that reads code: {error}") from error
        return self._child

    def _stop(self) -> int | None:
        child, self._child = self._child, None
        if child is None:
            return None
        with suppress(subprocess.TimeoutExpired):  # one that is ending by itself tells how
            child.wait(0.2)
        with suppress(OSError):
            child.kill()
        status = child.wait()
        for stream in (child.stdin, child.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        return status

    def _receive(self, child: subprocess.Popen[bytes]) -> Reply:
        assert child.stdout is not None
        descriptor = child.stdout.fileno()
        deadline = time.monotonic() + self._wall
        data = bytearray()
        size = HEAD.size
        head = True
        while len(data) < size:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise TimeoutError
            part = os.read(descriptor, min(size - len(data), 1 << 20))
            if not part:
                raise EOFError
            data += part
            if head and len(data) == HEAD.size:
                size, head = HEAD.unpack(data)[0], False
                data.clear()
        return REPLY.validate_json(bytes(data))


def _unreadable(right: Sequence[SourceFile], refused: Sequence[str], reason: str) -> Reading:
    places = [At(file.path, file.lines[0] if file.lines else 1) for file in right] or [At("answer", 1)]
    facts = Facts(
        files=len(right), unreadable=tuple(Unreadable(place, reason) for place in places[:1]), refused=tuple(refused)
    )
    return Reading(facts, (), Program(()))
