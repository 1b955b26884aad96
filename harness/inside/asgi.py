"""Speaks ASGI to an app directly: lifespan and single requests, without a client library in between."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from harness.inside.loader import text_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context

MAX_BODY = 64 << 10
_START_SECONDS = 15.0
_AFTER_RESPONSE_SECONDS = 3.0
_LEFT_RUNNING_SECONDS = 9.0


class Lifespan:
    """Startup of one app; it is left running until it is stopped."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None
        self.state: dict[str, Any] = {}

    async def start(self) -> str:
        """Returns what went wrong, or nothing."""
        self._messages.put_nowait({"type": "lifespan.startup"})
        self._task = asyncio.create_task(self._run())
        try:
            return await asyncio.wait_for(self._started, _START_SECONDS)
        except TimeoutError:
            return "the startup did not end"

    async def stop(self) -> None:
        """Shut the app down."""
        self._messages.put_nowait({"type": "lifespan.shutdown"})
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=_START_SECONDS)

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        try:
            await self._app(scope, self._messages.get, self._send)
        except BaseException as error:
            self._settle(f"{type(error).__name__}: {text_of(error)}")
            if not isinstance(error, Exception):
                raise
        self._settle("")

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "lifespan.startup.failed":
            self._settle(str(message.get("message", ""))[-2000:] or "the startup failed")
        elif message["type"] == "lifespan.startup.complete":
            self._settle("")

    def _settle(self, problem: str) -> None:
        if not self._started.done():
            self._started.set_result(problem)


class Leftovers:
    """Waits for the tasks that requests leave running; for what is endless, only some seconds in the whole run.

    ``started_by`` gives those of one task.
    """

    def __init__(self, started_by: Callable[[asyncio.Task[Any]], set[asyncio.Task[Any]]]) -> None:
        self._started_by = started_by
        self._seconds = _LEFT_RUNNING_SECONDS

    async def settle(self, request: asyncio.Task[Any]) -> None:
        """What the request has started is done, or has had its time."""
        clock = asyncio.get_running_loop().time
        end = clock() + _AFTER_RESPONSE_SECONDS
        while (left := self._started_by(request)) and (room := min(end - clock(), self._seconds)) > 0:
            begun = clock()
            await asyncio.wait(left, timeout=room)
            self._seconds -= clock() - begun


async def exchange(
    app: Any,
    message: dict[str, Any],
    state: dict[str, Any],
    context: Context | None = None,
    leftovers: Leftovers | None = None,
) -> dict[str, Any]:
    """One request (``method``, ``path``, ``query``, ``headers``, ``body``), in a context, and its response.

    Returns ``{"status", "body", "type", "exception"}``; ``status`` is None without a response. It comes back once the
    app is done with the request, exit code of dependencies, background tasks and ``leftovers`` included, or a few
    seconds after a response that is followed by something endless.
    """
    call = _Call(message)
    task = asyncio.create_task(call.run(app, dict(state)), context=context)
    answered = asyncio.create_task(call.complete.wait())
    await asyncio.wait({task, answered}, return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        await asyncio.wait({task}, timeout=_AFTER_RESPONSE_SECONDS)
    answered.cancel()
    if leftovers is not None:
        await leftovers.settle(task)
    exception = ""
    if task.done() and not task.cancelled() and (error := task.exception()) is not None:
        exception = f"{type(error).__name__}: {text_of(error)}"
    body = bytes(call.body[:MAX_BODY]).decode("utf-8", "replace")
    return {"status": call.status, "body": body, "type": call.content_type, "exception": exception}


class _Call:
    def __init__(self, message: dict[str, Any]) -> None:
        self._message = message
        self._sent = False
        self.complete = asyncio.Event()
        self.status: int | None = None
        self.content_type = ""
        self.body = bytearray()

    async def run(self, app: Any, state: dict[str, Any]) -> None:
        message = self._message
        body = (message.get("body") or "").encode()
        headers = [(b"host", b"testserver"), (b"content-length", str(len(body)).encode())]
        headers += [
            (key.lower().encode(), str(value).encode()) for key, value in (message.get("headers") or {}).items()
        ]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": message["method"],
            "scheme": "http",
            "path": message["path"],
            "raw_path": quote(message["path"]).encode(),
            "query_string": (message.get("query") or "").encode(),
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 50000),
            "server": ("testserver", 80),
            "state": state,
        }

        async def receive() -> dict[str, Any]:
            if not self._sent:
                self._sent = True
                return {"type": "http.request", "body": body, "more_body": False}
            await self.complete.wait()
            return {"type": "http.disconnect"}

        async def send(event: dict[str, Any]) -> None:
            if event["type"] == "http.response.start":
                self.status = event["status"]
                for key, value in event.get("headers", ()):
                    if bytes(key).lower() == b"content-type":
                        self.content_type = bytes(value).decode("latin-1")
            elif event["type"] == "http.response.body":
                room = MAX_BODY - len(self.body)
                self.body += event.get("body", b"")[: max(room, 0)]
                if not event.get("more_body", False):
                    self.complete.set()

        with contextlib.suppress(asyncio.CancelledError):
            await app(scope, receive, send)
