"""A worker that runs untrusted code: one zygote, one cell at a time."""

from __future__ import annotations

import json
import os
import socket
from typing import TYPE_CHECKING, Any, Self

from harness.sandbox import bwrap
from harness.sandbox.cell import Cell
from harness.sandbox.errors import SandboxUnavailable, ZygoteDied
from harness.sandbox.limits import Limits
from harness.sandbox.link import Link
from harness.sandbox.output import Output
from harness.sandbox.rows import RowReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

_GREETING_SECONDS = 60.0


class Sandbox:
    """One worker: bubblewrap -> single-threaded zygote -> a fork per job, plus a row reader.

    ``target`` names ``main(job: dict, channel: socket.socket, folder: str)``, which is run in each fork, once confined;
    ``warm_up`` names a function without arguments that runs once before all forks. Both are imported inside;
    ``import_from`` are folders to import them from beside the installed packages. ``sockets`` is a folder of Unix
    sockets that code inside may connect to; ``self.sockets`` is its path there. ``layers`` says which walls stand.

    Start it in a thread that lives as long as it does: the kernel ends it together with that thread. Raises
    SandboxUnavailable when there is no bubblewrap (unless ``unsafe_no_sandbox``), ZygoteDied when the inside cannot
    start.
    """

    def __init__(
        self,
        *,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        unsafe_no_sandbox: bool = False,
        target: str = "harness.inside:main",
        warm_up: str | None = "harness.inside:warm_up",
        import_from: Iterable[Path] = (),
        sockets: Path | None = None,
    ) -> None:
        self._limits = limits
        self._isolated = not unsafe_no_sandbox
        self._target = target
        self._warm_up = warm_up
        self._import_from = tuple(import_from)
        self._sockets = sockets
        self.sockets = None if sockets is None else bwrap.SOCKETS if self._isolated else str(sockets)
        self._jobs = 0
        self._closed = False
        self._cell: Cell | None = None
        self._link = self._start()
        self._reader = RowReader(self._link)
        self.layers: dict[str, str] = dict(self._link.layers)

    def open(self, job: Mapping[str, Any]) -> Cell:
        """Fork a cell for ``job`` (JSON, any size up to a few MB). The cell before must be closed.

        A zygote that has died is replaced. Raises SandboxUnavailable; ZygoteDied when the new one dies too, or the
        fork could not be confined; RuntimeError when a cell is open, or after ``close``.
        """
        if self._closed:
            raise RuntimeError("the sandbox is closed")
        if self._cell is not None and not self._cell.closed:
            raise RuntimeError("a sandbox runs one cell at a time: close the one before")
        content = json.dumps(job).encode()
        if self._link.alive:
            try:
                return self._fork(content)
            except ZygoteDied:
                pass
        self._reader.close()
        self._link.kill()
        self._link = self._start()
        self._reader = RowReader(self._link)
        return self._fork(content)

    def close(self) -> None:
        """End everything that runs inside. May be called twice."""
        self._closed = True
        if self._cell is not None:
            self._cell.close()
        self._reader.close()
        self._link.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> Link:
        return Link(
            limits=self._limits,
            target=self._target,
            warm_up=self._warm_up,
            import_from=self._import_from,
            isolated=self._isolated,
            sockets=self._sockets,
        )

    def _fork(self, content: bytes) -> Cell:
        self._jobs += 1
        ours, theirs = socket.socketpair()
        reading, writing = os.pipe2(os.O_CLOEXEC)
        memory = os.memfd_create("job")
        output = Output(reading, self._limits.output_bytes)
        try:
            with open(memory, "wb", closefd=False) as file:
                file.write(content)
            self._link.order({"order": "open", "job": self._jobs}, [theirs.fileno(), memory, writing])
        except BaseException:
            ours.close()
            output.close()
            raise
        finally:
            theirs.close()
            os.close(memory)
            os.close(writing)
        cell = self._cell = Cell(self._link, self._reader, self._limits, self._jobs, ours, output)
        try:
            greeting = cell.greeting(_GREETING_SECONDS)
        except BaseException:
            cell.close()
            raise
        if not greeting["confined"]:
            cell.close()
            raise SandboxUnavailable(f"a fork could not be confined: {greeting['why']}")
        return cell
