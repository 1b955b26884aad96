"""What runs beside the answer inside the sandbox: loads it, hooks into it, drives it. Nobody believes it alone."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from typing import TYPE_CHECKING, Any

from harness.inside import guard, memory
from harness.inside.hooks import Hooks
from harness.inside.loader import ProgramLoader
from harness.inside.names import missing
from harness.inside.serve import Server
from harness.inside.warm import warm_up
from harness.sandbox import frames

if TYPE_CHECKING:
    import socket

__all__ = ["main", "warm_up"]


def main(job: dict[str, Any], channel: socket.socket, folder: str) -> None:
    """Load the program of ``job`` and answer requests on ``channel`` until it is closed.

    ``job`` is ``{"program": Program.to_json(), "database": Backend.job(), "environment": {name: value}, "key": what the
    journal is sealed with}``; a database file is ``folder/app.db``. Requests and replies: ``Server``. Before any code
    of the answer runs, it sends ``{"opening": true, "watched": [[what, address, word]], "channel": what it leads to}``.
    """
    program: dict[str, Any] = job["program"]
    os.chdir(folder)
    hooks = Hooks(folder, job.get("database", {"kind": "sqlite"}), job.get("environment", {}), job.pop("key", ""))
    loader = ProgramLoader(program, folder, hooks.places, hooks.stand_ins, hooks.journal)
    own = {name.partition(".")[0] for name in (*loader.program, *loader.virtual)}
    lacking = missing([entry for entry in program.get("imports", ()) if entry["module"].partition(".")[0] not in own])
    gc.disable()
    hooks.install()
    loop = asyncio.new_event_loop()
    hooks.sessions.follow_tasks(loop)
    end = f"socket:[{os.fstat(channel.fileno()).st_ino}]"
    frames.send(channel, {"opening": True, "watched": _watched(hooks), "channel": end})
    _close_off(hooks)
    loader.run()
    # not asyncio.run: the process ends right after, and what still runs has nothing to clean up
    loop.run_until_complete(Server(hooks, loader, program, lacking).run(channel))


def _close_off(hooks: Hooks) -> None:
    """From here on nobody finds by its name what works here, or what writes to memory."""
    for name in guard.hidden(len(sys.modules)):
        del sys.modules[name]
    guard.install(hooks.journal, hooks.places)


def _watched(hooks: Hooks) -> list[tuple[str, int, int]]:
    if not memory.works():
        return []
    found = [*memory.machinery(), *hooks.watched()]
    words = memory.read(address for _, address in found)
    return [(name, address, word) for (name, address), word in zip(found, words, strict=True)]
