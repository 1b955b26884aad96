"""Shows that the sandbox holds: the same attempts succeed outside and are refused inside.

A check that only looks inside would also be content when its code never ran, or when the attempt can succeed nowhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.sandbox import frames, layout
from harness.sandbox.errors import CellError
from harness.sandbox.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TARGET = "harness.sandbox.selftest:inside"
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Check:
    """One forbidden thing: what became of it outside (``control``) and ``inside``; "done" or the error's name."""

    name: str
    control: str
    inside: str

    @property
    def ok(self) -> bool:
        """Possible outside, refused inside."""
        return self.control == "done" and self.inside != "done"


@dataclass(frozen=True, slots=True)
class SelfTest:
    """``ran_inside`` is the proof that the attempts really ran there; ``layers`` as ``Sandbox.layers``."""

    layers: dict[str, str]
    ran_inside: bool
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether untrusted code may be run here."""
        return self.ran_inside and all(check.ok for check in self.checks)

    @property
    def failures(self) -> tuple[str, ...]:
        """One line for each thing that is not as it must be."""
        lines = [] if self.ran_inside else ["the self-test's code did not run inside"]
        for check in self.checks:
            if check.inside == "done":
                lines.append(f"{check.name} is possible inside")
            elif check.control != "done":
                lines.append(f"{check.name} could not be tried: outside it gave {check.control}")
        return tuple(lines)


def self_test(*, unsafe_no_sandbox: bool = False, sockets: bool = False) -> SelfTest:
    """Try everything in a fresh sandbox and in a plain process. About a quarter of a second. Raises MachineError.

    ``sockets``: in one that lets a folder of sockets be reached.
    """
    with (
        _bait() as bait,
        tempfile.TemporaryDirectory(prefix="harness-sockets-") as folder,
        Sandbox(
            target=_TARGET,
            warm_up=None,
            unsafe_no_sandbox=unsafe_no_sandbox,
            sockets=Path(folder) if sockets else None,
        ) as sandbox,
    ):
        control = _outside(bait)
        token = secrets.token_hex(16)
        try:
            with sandbox.open({"token": token}) as cell:
                reply = cell.ask({"bait": bait})
        except CellError:
            reply = {}
        ran = reply.get("proof") == _digest(token)
        results = reply.get("results", {})
        missing = {layer for layer, state in sandbox.layers.items() if state.startswith("missing")}
        checks = tuple(
            Check(name, control.get(name, "lost"), results.get(name, "lost"))
            for name in _ATTEMPTS
            if not missing.issuperset(_REFUSED_BY.get(name, ("any",)))
        )
        return SelfTest(sandbox.layers, ran, checks)


def inside(job: dict[str, Any], channel: socket.socket, _folder: str) -> None:
    """The sandbox's target: make the attempts and tell of them."""
    request = frames.receive(channel)
    assert request is not None
    results = attempt(request["bait"])
    frames.send(channel, {"nonce": request["nonce"], "proof": _digest(job["token"]), "results": results})


def attempt(bait: dict[str, Any]) -> dict[str, str]:
    """Try each forbidden thing on the bait: name -> "done" or the name of the error."""
    results = {}
    for name, action in _ATTEMPTS.items():
        try:
            action(bait)
            results[name] = "done"
        except Exception as error:
            results[name] = type(error).__name__
    return results


def _read_canary(bait: dict[str, Any]) -> None:
    if Path(bait["canary"]).read_text() != bait["content"]:
        raise ValueError("another file")


def _write_outside(bait: dict[str, Any]) -> None:
    Path(bait["written"]).write_text("x")


def _connect(bait: dict[str, Any]) -> None:
    socket.create_connection(("127.0.0.1", bait["port"]), timeout=2).close()


def _open_socket(_: dict[str, Any]) -> None:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()


def _connect_local(bait: dict[str, Any]) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(bait["socket"])


def _open_datagrams(_: dict[str, Any]) -> None:
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).close()


def _signal_parent(_: dict[str, Any]) -> None:
    os.kill(os.getppid(), 0)  # signal 0: only whether it would be allowed


def _read_parent(_: dict[str, Any]) -> None:
    Path(f"/proc/{os.getppid()}/environ").read_bytes()


def _fork(_: dict[str, Any]) -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def _execute(_: dict[str, Any]) -> None:
    subprocess.run([sys.executable, "-I", "-S", "-c", ""], check=True, stdin=subprocess.DEVNULL)


_ATTEMPTS: dict[str, Callable[[dict[str, Any]], None]] = {
    "reading a file of this machine": _read_canary,
    "writing outside the folder": _write_outside,
    "connecting to this machine": _connect,
    "opening a network socket": _open_socket,
    "connecting to a local socket of this machine": _connect_local,
    "opening a local datagram socket": _open_datagrams,
    "signalling the parent process": _signal_parent,
    "reading the parent's environment": _read_parent,
    "starting a process": _fork,
    "running a program": _execute,
}

# Without these layers an attempt succeeds inside, and does no harm there: the layers tell that they are missing.
_REFUSED_BY = {
    "opening a network socket": ("seccomp",),
    "opening a local datagram socket": ("seccomp",),
    "signalling the parent process": ("seccomp", "landlock"),
    "starting a process": ("seccomp",),
    "running a program": ("seccomp", "landlock"),
}


@contextlib.contextmanager
def _bait() -> Iterator[dict[str, Any]]:
    """A secret file, a path to write to, a listening port and a local socket, all of this machine."""
    with (
        tempfile.TemporaryDirectory(prefix="harness-canary-") as folder,
        socket.create_server(("127.0.0.1", 0)) as port,
        socket.socket(socket.AF_UNIX) as local,
    ):
        path = str(Path(folder, "socket"))
        local.bind(path)
        local.listen()
        content = secrets.token_hex(16)
        canary = Path(folder, "canary")
        canary.write_text(content)
        yield {
            "canary": str(canary),
            "content": content,
            "written": str(Path(folder, "written")),
            "port": port.getsockname()[1],
            "socket": path,
        }


_OUTSIDE = """\
import json, sys
sys.path[:0] = sys.argv[2:]
from harness.sandbox.selftest import attempt
print(json.dumps(attempt(json.loads(sys.argv[1]))))
"""


def _outside(bait: dict[str, Any]) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-I", "-c", _OUTSIDE, json.dumps(bait), *layout.find().import_path],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=_SECONDS,
        check=False,
    )
    results: dict[str, str] = json.loads(done.stdout) if done.returncode == 0 else {}
    return results


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
