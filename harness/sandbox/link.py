"""The supervisor's end of one zygote process."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from harness.sandbox import bwrap, layout
from harness.sandbox.errors import SandboxUnavailable, ZygoteDied

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from harness.sandbox.limits import Limits

_EVENT_BYTES = 1 << 16
_START_SECONDS = 120.0
_GRACE_SECONDS = 2.0
_LOG_TAIL = 2_000

_BOOT = """\
import sys
_, fd, *paths = sys.argv
sys.argv[1:] = []
sys.path[:] = [p for p in sys.path if not p.endswith(("site-packages", "dist-packages"))] + paths
from harness.sandbox.zygote import main
main(int(fd))
"""


class Link:
    """One zygote, in bubblewrap or (``isolated`` False) as a plain process. Raises MachineError when it fails."""

    def __init__(
        self,
        *,
        limits: Limits,
        target: str,
        warm_up: str | None,
        import_from: Iterable[Path],
        isolated: bool,
        sockets: Path | None = None,
    ) -> None:
        here = layout.find(import_from)
        self._folder: str | None = None
        if isolated:
            box, found = bwrap.BOX, bwrap.find()
            layers = {"bubblewrap": str(found), "namespaces": bwrap.NAMESPACES}
        else:
            box = self._folder = tempfile.mkdtemp(prefix="harness-box-")
            layers = dict.fromkeys(("bubblewrap", "namespaces"), "missing: turned off")
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        interpreter = [here.executable, "-I", "-B", "-X", "utf8", "-c", _BOOT, str(theirs.fileno()), *here.import_path]
        command = bwrap.command(found, here, limits, interpreter, sockets) if isolated else interpreter
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._events: list[dict[str, Any]] = []
        self.alive = True
        try:
            self._process = subprocess.Popen(
                command,
                env=bwrap.ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                cwd="/",
                pass_fds=(theirs.fileno(),),
            )
        except OSError as error:
            raise SandboxUnavailable(f"{command[0]} does not start: {error}") from error
        finally:
            theirs.close()
        try:
            self.order(
                {
                    "target": target,
                    "warm_up": warm_up,
                    "limits": asdict(limits),
                    "box": box,
                    "read_only": here.read_only,
                    "alone": isolated,
                    "sockets": sockets is not None,
                }
            )
            up = self.event("up", "failed", seconds=_START_SECONDS)
            if up["event"] == "failed":
                raise ZygoteDied(f"the sandbox does not start: {up['why']}")
        except TimeoutError:
            self.kill()
            raise ZygoteDied(f"the sandbox does not start: nothing heard in {_START_SECONDS:.0f} s") from None
        except BaseException:
            self.kill()
            raise
        self.layers: dict[str, str] = {**layers, **up["layers"]}

    @property
    def control(self) -> socket.socket:
        """Readable when an event may have arrived."""
        return self._control

    def order(self, order: Mapping[str, Any], fds: Sequence[int] = ()) -> None:
        """Hand over an order and descriptors. Raises ZygoteDied."""
        try:
            socket.send_fds(self._control, [json.dumps(order).encode()], fds)
        except OSError as error:
            raise self._dead() from error

    def event(self, *kinds: str, seconds: float, job: int | None = None) -> dict[str, Any]:
        """Wait for the next event of these kinds; others stay for later. Raises ZygoteDied; TimeoutError.

        With ``job``, what is told late about other jobs is dropped.
        """
        end = time.monotonic() + seconds
        while True:
            if job is not None:
                self._events = [event for event in self._events if event.get("job") == job]
            for index, event in enumerate(self._events):
                if event["event"] in kinds:
                    return self._events.pop(index)
            self._control.settimeout(max(0.0, end - time.monotonic()) or 1e-6)
            try:
                data = self._control.recv(_EVENT_BYTES)
            except TimeoutError:
                raise
            except OSError as error:
                raise self._dead() from error
            if not data:
                raise self._dead()
            self._events.append(json.loads(data))

    def kill(self) -> None:
        """End the process and all that runs in its namespaces. May be called twice."""
        self.alive = False
        self._control.close()  # the zygote ends by itself, and the namespaces with it
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _dead(self) -> ZygoteDied:
        self.alive = False
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.2)
        size = os.fstat(self._log.fileno()).st_size
        lines = os.pread(self._log.fileno(), _LOG_TAIL, max(0, size - _LOG_TAIL)).decode("utf-8", "replace").split("\n")
        said = next((line.strip() for line in reversed(lines) if line.strip()), "")
        status = self._process.poll()
        parts = ["" if status is None else f"exit status {status}", said]
        return ZygoteDied("the sandbox's zygote is gone: " + ("; ".join(part for part in parts if part) or "no reason"))
