"""Other ways to run an answer, with the face of a ``Sandbox``: the same questions, the same rows, no isolation."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from harness.sandbox import Cell, Limits, Sandbox, layout, reader
from harness.sandbox.output import Output
from harness.sandbox.rows import RowReader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.sandbox.link import Link

LIMITS = Limits(cpu_seconds=10, wall_seconds=15)
"""Those that completions are graded with."""

ROOT = Path(__file__).resolve().parent.parent
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
_GREETING_SECONDS = 60.0
_BOOT = """\
import sys
_, function, count, *arguments = sys.argv
given, paths = arguments[:int(count)], arguments[int(count):]
sys.argv[1:] = []
sys.path[:] = [p for p in sys.path if not p.endswith(("site-packages", "dist-packages"))] + paths
from benchmarks import inside
getattr(inside, function)(*[int(each) if each.isdigit() else each for each in given])
"""


def forks_without_layers() -> Sandbox:
    """The product's own zygote and forks with every wall taken away."""
    return Sandbox(
        limits=LIMITS, unsafe_no_sandbox=True, warm_up="benchmarks.inside:without_layers", import_from=[ROOT]
    )


class Peer(ABC):
    """Runs one answer at a time, each in a folder of its own; rows are read by a thread of this process."""

    sockets: str | None = None

    def __init__(self) -> None:
        self.layers: dict[str, str] = {}
        self._box = tempfile.mkdtemp(prefix="harness-bench-")
        self._jobs = 0
        self._channel: socket.socket | None = None
        self._idle, self.control = socket.socketpair()  # nothing ever arrives there
        self._reader = RowReader(self._link)

    def open(self, job: Mapping[str, Any]) -> Cell:
        """See ``Sandbox.open``."""
        self._jobs += 1
        folder = f"{self._box}/{self._jobs}"
        Path(folder).mkdir()
        ours, theirs = socket.socketpair()
        reading, writing = os.pipe2(os.O_CLOEXEC)
        memory = os.memfd_create("job")
        with open(memory, "wb", closefd=False) as file:
            file.write(json.dumps(job).encode())
        self._begin([theirs.fileno(), memory, writing], folder)
        theirs.close()
        os.close(memory)
        os.close(writing)
        self._channel = ours
        cell = Cell(self._link, self._reader, LIMITS, self._jobs, ours, Output(reading, LIMITS.output_bytes))
        cell.greeting(_GREETING_SECONDS)
        return cell

    def close(self) -> None:
        """End what runs, remove the folders."""
        self._reader.close()
        self._idle.close()
        self.control.close()
        shutil.rmtree(self._box, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def _begin(self, fds: Sequence[int], folder: str) -> None:
        """Let the answer behind channel, job and output be run."""

    @abstractmethod
    def _wait(self) -> None:
        """Wait until it is over: its channel has been shut."""

    # what a cell asks of its link

    @property
    def _link(self) -> Link:
        return cast("Link", self)

    def order(self, order: Mapping[str, Any], fds: Sequence[int] = ()) -> None:
        """``reader`` and ``end``, as a zygote obeys them."""
        if order["order"] == "reader":
            channel = socket.socket(fileno=os.dup(fds[0]))
            threading.Thread(target=reader.serve, args=(channel, self._box), daemon=True).start()
        elif self._channel is not None:
            self._channel.shutdown(socket.SHUT_RDWR)
            self._channel = None
            self._wait()
            shutil.rmtree(f"{self._box}/{self._jobs}")

    def event(self, *kinds: str, seconds: float, job: int | None = None) -> dict[str, Any]:
        """What is asked for has happened by then."""
        ended = {"status": 0, "signal": None, "cpu": 0.0, "flooded": False}
        return {"event": kinds[0], "swept": 0, "clean": True, **ended}

    def kill(self) -> None:
        """Give up: no cell can be opened any more."""
        self.close()


class Cold(Peer):
    """A Python started for each answer, which imports everything."""

    _process: subprocess.Popen[bytes]

    def _begin(self, fds: Sequence[int], folder: str) -> None:
        self._process = _start("cold", [*map(str, fds), folder], fds)

    def _wait(self) -> None:
        self._process.wait()


class Warm(Peer):
    """One process that has imported and warmed up everything runs all answers, and tidies up after each."""

    def __init__(self) -> None:
        super().__init__()
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = _start("warm", [str(theirs.fileno())], [theirs.fileno()])
        self._wait()

    def _begin(self, fds: Sequence[int], folder: str) -> None:
        socket.send_fds(self._orders, [folder.encode()], list(fds))

    def _wait(self) -> None:
        if not self._orders.recv(16):
            raise RuntimeError("the warm process is gone")

    def close(self) -> None:
        self._orders.close()
        self._process.wait()
        super().close()


def _start(function: str, arguments: Sequence[str], fds: Sequence[int]) -> subprocess.Popen[bytes]:
    here = layout.find([ROOT])
    command = [here.executable, "-I", "-B", "-X", "utf8", "-c", _BOOT, function, str(len(arguments)), *arguments]
    return subprocess.Popen(
        [*command, *here.import_path], env=_ENVIRONMENT, stdin=subprocess.DEVNULL, cwd="/", pass_fds=fds
    )
