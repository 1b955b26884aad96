"""What is read of a reply: one that does not end is ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import httpx2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MAX_REPLY_BYTES = 32 * 1024 * 1024


class UnusableReplyError(Exception):
    """The reply is not read to its end; says why."""


class _Limited(httpx.AsyncByteStream, httpx2.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream | httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for chunk in self._stream:
            read += len(chunk)
            if read > MAX_REPLY_BYTES:
                raise UnusableReplyError(f"the reply has more than {MAX_REPLY_BYTES // 1024**2} MiB")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def limit_replies(client: httpx.AsyncClient | httpx2.AsyncClient) -> None:
    """Let ``client`` read at most ``MAX_REPLY_BYTES`` of a reply, and none that is compressed, as that hides its size.

    Both raise ``UnusableReplyError``, inside what the SDK above the client makes of it.
    """

    async def limit(response: httpx.Response | httpx2.Response) -> None:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise UnusableReplyError("the reply is compressed, which was not asked for")
        assert isinstance(response.stream, httpx.AsyncByteStream | httpx2.AsyncByteStream)
        response.stream = _Limited(response.stream)

    client.headers["accept-encoding"] = "identity"
    client.event_hooks = {**client.event_hooks, "response": [*client.event_hooks["response"], limit]}
