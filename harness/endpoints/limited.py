"""An HTTP client for servers that nobody vouches for: a reply that does not end is ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from httpx2 import AsyncByteStream, AsyncClient, Response
from pydantic_ai.models import create_async_httpx2_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MAX_REPLY_BYTES = 32 * 1024 * 1024


class ReplyTooLargeError(Exception):
    """The reply has more than ``MAX_REPLY_BYTES``."""

    def __init__(self) -> None:
        super().__init__(f"the reply has more than {MAX_REPLY_BYTES // 1024**2} MiB")


class _Limited(AsyncByteStream):
    def __init__(self, stream: AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for chunk in self._stream:
            read += len(chunk)
            if read > MAX_REPLY_BYTES:
                raise ReplyTooLargeError
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def limited_client() -> AsyncClient:
    """pydantic-ai's client, proxies of the environment included, with a limit on what it reads."""

    async def limit(response: Response) -> None:
        assert isinstance(response.stream, AsyncByteStream)
        response.stream = _Limited(response.stream)

    client = create_async_httpx2_client()
    client.event_hooks = {**client.event_hooks, "response": [limit]}
    return client
