"""A server that speaks OpenAI's chat-completions protocol and answers at once, in a process of its own."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = "```python\nx = 1\n```\n" * 50
"""The answer, with a number before it: some thousand characters, as answers are."""


@contextmanager
def answering() -> Iterator[str]:
    """Gives the server's address, which ends in ``/v1``."""
    root = Path(__file__).resolve().parent.parent
    with subprocess.Popen([sys.executable, "-m", __name__], cwd=root, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
        server.terminate()


async def _serve() -> None:
    answered = 0

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal answered
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                length = int(head.partition("content-length:")[2].partition("\r\n")[0])
                await reader.readexactly(length)
                answered += 1
                choice = {"index": 0, "message": {"role": "assistant", "content": f"{answered}\n{TEXT}"}}
                body = json.dumps(
                    {
                        "id": f"chatcmpl-{answered}",
                        "object": "chat.completion",
                        "created": 1_750_000_000,
                        "model": "small",
                        "choices": [choice | {"finish_reason": "stop"}],
                        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
                    }
                ).encode()
                head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(connection, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
