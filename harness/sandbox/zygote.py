"""The process that the cells are forked from: single-threaded, everything imported, one fork a job. Runs inside.

Orders arrive on a SEQPACKET socket as JSON, descriptors with them:

- first ``{"target", "warm_up", "limits", "box", "read_only", "alone", "sockets"}``; answered by
  ``{"event": "up", "layers"}`` or ``{"event": "failed", "why"}``
- ``{"order": "reader"}`` + the reader's socket: (re)start the row reader
- ``{"order": "open", "job": n}`` + channel, job, output: fork. When that process is gone:
  ``{"event": "ended", "job", "status", "signal", "cpu", "flooded"}``; ``flooded``: it was killed for its many threads
- ``{"order": "kill", "job": n}``: kill it if it is there
- ``{"order": "peek", "job": n, "addresses"}``: read words of its memory from outside; answered by
  ``{"event": "peeked", "job", "words", "channel", "gone"}``; ``words`` is None where this machine does not let them be
  read, and when the process is ``gone``
- ``{"order": "end", "job": n}``: kill it if it is there, sweep what it left, remove its folder; answered by
  ``{"event": "closed", "job", "swept", "clean"}``
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any

from harness.sandbox import child, landlock, linux, reader, seccomp
from harness.sandbox.limits import Limits, counts_processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ORDER_BYTES = 1 << 16
_ENVIRONMENT = ("PATH", "LANG")  # bubblewrap adds PWD
_WORD = 8
_COUNT_SECONDS = 0.02
_MOST_THREADS = 512  # far more than fit into the address space with stacks of the usual size: those get an error first
_NOT_COUNTED = (
    f"; RLIMIT_NPROC counts nothing for root and before Linux 5.14: seccomp lets no process start, "
    f"and more than {_MOST_THREADS} threads end the code"
)
_SWEEPS = 400
_SWEEP_PAUSE = 0.005


def main(control_fd: int) -> None:
    """Serve until the supervisor closes its end, then end the process."""
    control = socket.socket(fileno=control_fd)
    settings = json.loads(control.recv(ORDER_BYTES))
    for name in set(os.environ) - set(_ENVIRONMENT):
        del os.environ[name]
    try:
        linux.die_with_parent()
        linux.adopt_orphans()
        linux.set_dumpable(False)
        target = _resolve(settings["target"])
        if settings["warm_up"]:
            _resolve(settings["warm_up"])()
        confinement = child.Confinement(
            limits=Limits(**settings["limits"]),
            read_only=tuple(settings["read_only"]),
            landlock=landlock.abi() > 0,
            seccomp=seccomp.architecture() is not None,
            sockets=settings["sockets"],
        )
        threads = os.listdir("/proc/self/task")  # noqa: PTH208
        if len(threads) != 1:
            raise RuntimeError(f"{len(threads)} threads are alive after the warm-up; a fork would lose them")
    except BaseException as error:
        traceback.print_exc()
        control.send(json.dumps({"event": "failed", "why": f"{type(error).__name__}: {error}"[:2000]}).encode())
        os._exit(1)
    gc.collect()
    gc.freeze()
    layers = _layers()
    control.send(json.dumps({"event": "up", "layers": layers}).encode())
    sees = not layers["memory"].startswith("missing")
    _Zygote(control, target, confinement, settings["box"], alone=settings["alone"], sees=sees).serve()


def _resolve(name: str) -> Callable[..., object]:
    module, _, attribute = name.partition(":")
    found: Callable[..., object] = getattr(importlib.import_module(module), attribute)
    return found


def _layers() -> dict[str, str]:
    version = landlock.abi()
    machine = seccomp.architecture()
    processes = "" if counts_processes() else _NOT_COUNTED
    return {
        "landlock": f"ABI {version}" if version else "missing: the kernel has no Landlock",
        "seccomp": machine or f"missing: no table for {os.uname().machine}",
        "rlimits": f"on{processes}",
        "memory": "looked at from outside" if _sees_children() else "missing: the kernel does not let a parent look",
    }


def _sees_children() -> bool:
    """Whether the memory of a fork can be read here."""
    known = ctypes.c_uint64(0x5EA1)
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        linux.set_dumpable(True)  # as the cells are
        theirs.send(b"x")
        ours.close()
        theirs.recv(1)
        os._exit(0)
    theirs.close()
    try:
        ours.recv(1)
        return _words(pid, [ctypes.addressof(known)]) == [known.value]
    except OSError:
        return False
    finally:
        ours.close()
        os.waitpid(pid, 0)


def _words(pid: int, addresses: Iterable[int]) -> list[int]:
    """What is at the addresses in another process. Raises OSError."""
    memory = os.open(f"/proc/{pid}/mem", os.O_RDONLY)
    try:
        words = [os.pread(memory, _WORD, each) for each in addresses]
    finally:
        os.close(memory)
    if any(len(word) != _WORD for word in words):  # it is just giving its memory back
        raise ProcessLookupError(f"process {pid} is ending")
    return [int.from_bytes(word, sys.byteorder) for word in words]


class _Zygote:
    def __init__(
        self,
        control: socket.socket,
        target: Callable[..., object],
        confinement: child.Confinement,
        box: str,
        *,
        alone: bool,
        sees: bool,
    ) -> None:
        self._control = control
        self._target = target
        self._confinement = confinement
        self._box = box
        self._sees = sees  # the memory of its forks
        self._counts = not counts_processes()
        self._flooded = False
        self._alone = alone  # in a pid namespace: whatever else runs there is a leftover
        self._job = 0
        self._reader: int | None = None
        self._pid: int | None = None
        self._pidfd: int | None = None

    def serve(self) -> None:
        while True:
            watched = [self._control.fileno()] + ([] if self._pidfd is None else [self._pidfd])
            counted = self._pid if self._counts else None
            ready, _, _ = select.select(watched, [], [], None if counted is None else _COUNT_SECONDS)
            if counted is not None and _threads(counted) > _MOST_THREADS:
                self._flooded = True
                self._kill(counted)
            if self._pidfd in ready:
                self._reap()
            if self._control.fileno() in ready:
                data, fds, _, _ = socket.recv_fds(self._control, ORDER_BYTES, 8)
                if not data:
                    self._sweep()
                    os._exit(0)
                self._obey(json.loads(data), fds)

    def _obey(self, order: dict[str, Any], fds: list[int]) -> None:
        try:
            match order["order"]:
                case "reader":
                    self._start_reader(*fds)
                case "open":
                    self._open(order["job"], *fds)
                case "kill" if order["job"] == self._job and self._pid is not None:
                    self._kill(self._pid)
                case "peek":
                    self._peek(order["job"], order["addresses"])
                case "end":
                    self._end(order["job"])
        finally:
            for fd in fds:
                os.close(fd)

    def _tell(self, event: str, **fields: Any) -> None:
        self._control.send(json.dumps({"event": event, **fields}).encode())

    def _start_reader(self, fd: int) -> None:
        if self._reader is not None:
            self._kill(self._reader)
            os.waitpid(self._reader, 0)
        self._reader = os.fork()
        if self._reader == 0:
            try:
                self._control.close()
                self._confinement.put_on(self._box, limited=False)
                reader.serve(socket.socket(fileno=fd), self._box)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)

    def _open(self, job: int, channel: int, content: int, output: int) -> None:
        self._job = job
        folder = f"{self._box}/{job}"
        os.mkdir(folder, 0o700)  # noqa: PTH102
        pid = os.fork()
        if pid == 0:
            child.live(self._target, self._confinement, folder, channel, content, output)
        self._pid = pid
        self._pidfd = os.pidfd_open(pid)

    def _reap(self) -> None:
        assert self._pid is not None
        assert self._pidfd is not None
        _, status, usage = os.wait4(self._pid, 0)
        os.close(self._pidfd)
        self._pid = self._pidfd = None
        code = os.waitstatus_to_exitcode(status)
        self._tell(
            "ended",
            job=self._job,
            status=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            cpu=round(usage.ru_utime + usage.ru_stime, 4),
            flooded=self._flooded,
        )
        self._flooded = False

    def _peek(self, job: int, addresses: list[int]) -> None:
        words: list[int] | None = None
        channel = ""
        if self._pid is not None and job == self._job:
            with contextlib.suppress(OSError):
                channel = os.readlink(f"/proc/{self._pid}/fd/{child.CHANNEL}")  # noqa: PTH115
                words = _words(self._pid, addresses)
        self._tell("peeked", job=job, words=words, channel=channel, gone=self._sees and words is None)

    def _end(self, job: int) -> None:
        if job != self._job:
            return
        if self._pid is not None:
            self._kill(self._pid)
            self._reap()
        swept = self._sweep()
        self._tell("closed", job=job, swept=swept, clean=_remove(f"{self._box}/{job}"))

    def _sweep(self) -> int:
        """Kill every process that a job left behind; how many there were. Gives up by ending the zygote."""
        swept = 0
        for _ in range(_SWEEPS):
            left = self._leftovers()
            for pid in left:
                self._kill(pid)
            swept += self._collect()
            if not left:
                return swept
            time.sleep(_SWEEP_PAUSE)
        os._exit(1)

    def _leftovers(self) -> list[int]:
        if self._alone:
            found = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
        else:
            with open(f"/proc/self/task/{os.getpid()}/children") as children:  # noqa: PTH123
                found = [int(pid) for pid in children.read().split()]
        return [pid for pid in found if pid not in (1, os.getpid(), self._reader)]

    def _collect(self) -> int:
        """Reap what is dead, the row reader apart."""
        count = 0
        while True:
            try:
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return count
            if found is None:
                return count
            os.waitpid(found.si_pid, 0)
            if found.si_pid == self._reader:
                self._reader = None
            else:
                count += 1

    @staticmethod
    def _kill(pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _threads(pid: int) -> int:
    """How many threads a child has; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123
            return int(stat.read().rpartition(b")")[2].split()[17])
    except OSError:
        return 0


def _remove(folder: str) -> bool:
    """Whether it is gone: names nested too deep stay, for the end of the whole tmpfs to take them."""
    for _ in range(3):  # a folder that had to be opened up first is emptied in the next round
        with contextlib.suppress(RecursionError):
            shutil.rmtree(folder, onerror=_open_up)
        if not os.path.lexists(folder):
            return True
    return False


def _open_up(_function: object, path: str, _: object) -> None:
    for item in (os.path.dirname(path), path):  # noqa: PTH120
        with contextlib.suppress(OSError):
            if os.path.isdir(item) and not os.path.islink(item):  # noqa: PTH112, PTH114
                os.chmod(item, 0o700)  # noqa: PTH101
