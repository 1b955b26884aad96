"""A server on the loopback that speaks the protocols of models, and has every fault."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from tests.endpoints import protocols

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Script = Callable[[dict[str, Any]], "Answer"]


@dataclass(frozen=True)
class Answer:
    """What a request gets: a completion with ``text``, unless a fault is named.

    ``finish`` is in the words of chat completions, or in those of the protocol that is spoken.
    """

    text: str = "done"
    finish: str = "stop"
    refusal: str | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    fault: str = ""  # hang, cut, truncated, empty, type, loris, endless, refuse, overloaded, compressed
    delay: float = 0.0


class Server:
    """A context manager; ``url`` ends in ``/v1``, ``root`` does not. ``script`` answers each request, by its JSON.

    ``requests`` are the bodies it got, ``headers`` the headers, ``together`` the most requests at once,
    ``connected`` how many connections there are now.
    """

    def __init__(self, script: Script | Iterable[Answer] | None = None) -> None:
        if script is None or callable(script):
            self.script: Script = script or (lambda request: Answer())
        else:
            waiting = deque(script)
            self.script = lambda request: waiting.popleft() if len(waiting) > 1 else waiting[0]
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.now = self.together = self.connected = 0
        self.prompts: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.root}/v1"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._end = asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected += 1
        try:
            await self._converse(reader, writer)
        finally:
            self.connected -= 1
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.strip().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                request = json.loads(await reader.readexactly(int(headers.get("content-length", 0))))
                self.requests.append(request)
                self.headers.append(headers)
                self.now += 1
                self.together = max(self.together, self.now)
                try:
                    if not await self._answer(writer, first, request):
                        break
                finally:
                    self.now -= 1

    async def _answer(self, writer: asyncio.StreamWriter, first: str, request: dict[str, Any]) -> bool:
        answer = self.script(request)
        path = first.split()[1].partition("?")[0]
        await asyncio.sleep(answer.delay)
        kind, body = protocols.reply(path, answer, request, len(self.requests))
        match answer.fault:
            case "hang":
                await asyncio.sleep(3600)
            case "refuse":
                writer.transport.abort()
                return False
            case "cut":
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n")
                writer.write(body[:40])
                await writer.drain()
                return False
            case "truncated":
                body = body[: len(body) // 2]
            case "type":
                body, kind = b"<html>Gateway</html>", "text/html"
            case "compressed":
                kind, body = f"{kind}\r\ncontent-encoding: gzip", gzip.compress(body)
            case "loris":
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n")
                for _ in range(5000):
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.02)
            case "endless":
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
                for _ in range(200):
                    writer.write(b" " * 1024 * 1024)
                    await writer.drain()
                return False
        extra = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        head = f"HTTP/1.1 {answer.status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n{extra}\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        return True
