"""The first message of a PostgreSQL connection: who wants to go where."""

from __future__ import annotations

import struct

MAX_BYTES = 10_000
_HEADER = struct.Struct("!II")
_ENCRYPTION = (80877103, 80877104)  # SSLRequest, GSSENCRequest
_CANCEL = 80877102
_MAJOR = 3


class StartupError(Exception):
    """Not a first message that PostgreSQL would take."""


def take(data: bytes) -> tuple[int, bool] | None:
    """Length of the first message in ``data`` and whether it asks for encryption; None when more is to come.

    Raises StartupError.
    """
    if len(data) < _HEADER.size:
        return None
    size, code = _HEADER.unpack_from(data)
    if not _HEADER.size <= size <= MAX_BYTES:
        raise StartupError("a first message of an impossible length")
    return None if len(data) < size else (size, code in _ENCRYPTION)


def check(message: bytes, *, role: str, database: str) -> None:
    """Let pass what opens a session of the role in the database, or cancels a query. Raises StartupError."""
    _, code = _HEADER.unpack_from(message)
    if code == _CANCEL:
        return
    if code >> 16 != _MAJOR:
        raise StartupError("an unknown protocol")
    names = _parameters(message[_HEADER.size :])
    if "replication" in names:
        raise StartupError("replication is not to be had here")
    if names.get("user") != role or names.get("database", role) != database:
        raise StartupError("only the role and the database of the answer can be reached here")


def refusal(why: str) -> bytes:
    """The server's way of saying no."""
    fields = b"".join(key + value.encode() + b"\0" for key, value in ((b"S", "FATAL"), (b"C", "28000"), (b"M", why)))
    return b"E" + struct.pack("!I", len(fields) + 5) + fields + b"\0"


def _parameters(body: bytes) -> dict[str, str]:
    """Names and values; where a name comes twice, nothing can be relied on."""
    parts = body.split(b"\0")
    found: dict[str, str] = {}
    for index in range(0, len(parts) - 1, 2):
        name, value = parts[index], parts[index + 1]
        if not name:
            break
        key = name.decode("utf-8", "replace")
        if key in found:
            raise StartupError(f"{key} comes twice")
        found[key] = value.decode("utf-8", "replace")
    return found
