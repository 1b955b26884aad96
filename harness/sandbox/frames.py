"""Frames on a stream socket: 4 bytes of big-endian length, then that many bytes of a UTF-8 JSON object."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

MAX_REPLY = 1 << 20
"""Bytes of JSON in one reply from a cell."""

_HEADER = struct.Struct("!I")


class FrameError(Exception):
    """The peer sent something that is not a frame."""


def encode(message: Mapping[str, Any]) -> bytes:
    """One frame. Raises TypeError or ValueError when ``message`` is not JSON."""
    body = json.dumps(message).encode()
    return _HEADER.pack(len(body)) + body


def decode(body: bytes) -> dict[str, Any]:
    """The JSON object in ``body``, whoever wrote it. Raises FrameError."""
    try:
        message = json.loads(body.decode())
        if b"\\ud" in body or b"\\uD" in body:
            json.dumps(message, ensure_ascii=False).encode()  # half of a surrogate pair would break whoever prints it
    except (ValueError, RecursionError) as error:
        raise FrameError(f"a frame that is not JSON ({type(error).__name__})") from None
    if not isinstance(message, dict):
        raise FrameError("a frame that is not a JSON object")
    return message


class FrameBuffer:
    """Cuts what arrives into frames, and refuses a large one by its header, before its body is there."""

    def __init__(self, limit: int = MAX_REPLY) -> None:
        self._limit = limit
        self._bytes = bytearray()

    def feed(self, data: bytes) -> None:
        """Add what arrived."""
        self._bytes += data

    def take(self) -> dict[str, Any] | None:
        """The next frame, None when it is not complete. Raises FrameError."""
        if len(self._bytes) < _HEADER.size:
            return None
        (length,) = _HEADER.unpack_from(self._bytes)
        if length > self._limit:
            raise FrameError(f"a frame of {length} bytes (at most {self._limit})")
        end = _HEADER.size + length
        if len(self._bytes) < end:
            return None
        body = bytes(self._bytes[_HEADER.size : end])
        del self._bytes[:end]
        return decode(body)


def send(channel: socket.socket, message: Mapping[str, Any]) -> None:
    """Send one frame and wait until it is handed over."""
    channel.sendall(encode(message))


def receive(channel: socket.socket, limit: int = 1 << 26) -> dict[str, Any] | None:
    """Wait for one frame; None when the peer has closed. Raises FrameError, and what the socket raises."""
    header = _exactly(channel, _HEADER.size)
    if header is None:
        return None
    (length,) = _HEADER.unpack(header)
    if length > limit:
        raise FrameError(f"a frame of {length} bytes (at most {limit})")
    body = _exactly(channel, length)
    return None if body is None else decode(body)


def _exactly(channel: socket.socket, size: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < size:
        part = channel.recv(min(size - len(parts), 1 << 20))
        if not part:
            return None
        parts += part
    return bytes(parts)
