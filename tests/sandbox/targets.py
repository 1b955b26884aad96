"""What runs inside in these tests: says what it finds, or misbehaves as it is told."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

from harness.sandbox import frames

if TYPE_CHECKING:
    import socket


def main(job: dict[str, Any], channel: socket.socket, folder: str) -> None:
    """Do what ``job["first"]`` says, then what each request says under ``do``."""
    if "first" in job:
        exec(job["first"], {"job": job, "channel": channel, "folder": folder})
    late: list[dict[str, Any]] = []
    while (request := frames.receive(channel)) is not None:
        names: dict[str, Any] = {"request": request, "channel": channel, "folder": folder, "job": job, "late": late}
        try:
            exec(request.get("do", ""), names)
        except Exception as error:
            names["reply"] = {"error": f"{type(error).__name__}: {error}", "errno": getattr(error, "errno", None)}
        if "silent" not in names:
            frames.send(channel, {"nonce": request["nonce"], **names.get("reply", {})})


def warm_up() -> None:
    """Leave a trace that every fork inherits."""
    sys.warmed = True  # type: ignore[attr-defined]


def thread_up() -> None:
    """A warm-up that forgets a thread."""
    threading.Thread(target=threading.Event().wait, daemon=True).start()
