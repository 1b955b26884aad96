"""The life of one fork of the zygote: confine itself, say so, run the target, go. Runs inside."""

from __future__ import annotations

import json
import os
import resource
import socket
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.sandbox import frames, landlock, linux, seccomp

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.sandbox.limits import Limits

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
CHANNEL = 3


@dataclass(frozen=True, slots=True)
class Confinement:
    """What every fork puts on: limits, and the layers that the kernel was seen to have."""

    limits: Limits
    read_only: tuple[str, ...]
    landlock: bool
    seccomp: bool
    sockets: bool = False  # Unix stream sockets may be connected: a folder of them is in sight

    def put_on(self, writable: str, *, limited: bool = True) -> None:
        """Confine the calling process for good. Raises OSError; then the process must not go on."""
        linux.die_with_parent()
        if limited:
            self.limits.apply()
        else:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if self.landlock:
            landlock.restrict(read=(*self.read_only, "/etc/ld.so.cache", *_DEVICES), write=(writable, "/dev/null"))
        if self.seccomp:
            seccomp.install(sockets=self.sockets and limited)


def live(
    target: Callable[[dict[str, Any], socket.socket, str], object],
    confinement: Confinement,
    folder: str,
    channel_fd: int,
    job_fd: int,
    output_fd: int,
) -> None:
    """Never returns: ends the process with status 0 when the target returned, 1 when it raised."""
    status = 1
    try:
        channel = _arrange(channel_fd, output_fd, folder, job_fd)
        job = _read_job()
        try:
            confinement.put_on(folder)
        except (OSError, ValueError) as error:
            frames.send(channel, {"confined": False, "why": f"{type(error).__name__}: {error}"})
            os._exit(1)
        frames.send(channel, {"confined": True})
        target(job, channel, folder)
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:  # the process ends here, whatever it was
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status & 0xFF)


def _arrange(channel_fd: int, output_fd: int, folder: str, job_fd: int) -> socket.socket:
    """Channel to 3, job to 4, output to 1 and 2, nothing else open; the folder is home."""
    high = [os.dup(fd) for fd in (channel_fd, job_fd, output_fd)]
    while min(high) <= CHANNEL + 1:
        high = [os.dup(fd) for fd in high]
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(high[2], 1)
    os.dup2(high[2], 2)
    os.dup2(high[0], CHANNEL, inheritable=False)
    os.dup2(high[1], CHANNEL + 1, inheritable=False)
    os.closerange(CHANNEL + 2, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # what was printed must survive a kill
    os.setsid()
    os.chdir(folder)
    os.environ["HOME"] = os.environ["TMPDIR"] = folder
    linux.set_dumpable(True)
    try:
        with open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123
            score.write("1000")
    except OSError:
        pass
    return socket.socket(fileno=CHANNEL)


def _read_job() -> dict[str, Any]:
    with os.fdopen(CHANNEL + 1, "rb") as file:
        file.seek(0)
        job = json.loads(file.read())
    assert isinstance(job, dict)
    return job
