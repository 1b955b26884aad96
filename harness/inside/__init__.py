"""What runs beside the answer inside the sandbox: loads it, hooks into it, drives it. Nobody believes it alone."""

from __future__ import annotations

import asyncio
import gc
import os
from typing import TYPE_CHECKING, Any

from harness.inside.hooks import Hooks
from harness.inside.loader import ProgramLoader
from harness.inside.names import missing
from harness.inside.serve import Server
from harness.inside.warm import warm_up

if TYPE_CHECKING:
    import socket

__all__ = ["main", "warm_up"]


def main(job: dict[str, Any], channel: socket.socket, folder: str) -> None:
    """Load the program of ``job`` and answer requests on ``channel`` until it is closed.

    ``job`` is ``{"program": Program.to_json(), "database": Backend.job(), "environment": {name: value}}``; a database
    file is ``folder/app.db``. Requests and replies: ``Server``.
    """
    program: dict[str, Any] = job["program"]
    os.chdir(folder)
    hooks = Hooks(folder, job.get("database", {"kind": "sqlite"}), job.get("environment", {}))
    loader = ProgramLoader(program, folder, hooks.places, hooks.stand_ins)
    own = {name.partition(".")[0] for name in (*loader.program, *loader.virtual)}
    lacking = missing([entry for entry in program.get("imports", ()) if entry["module"].partition(".")[0] not in own])
    gc.disable()
    hooks.install()
    loader.run()
    # not asyncio.run: the process ends right after, and what still runs has nothing to clean up
    asyncio.new_event_loop().run_until_complete(Server(hooks, loader, program, lacking).run(channel))
