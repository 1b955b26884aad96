"""The supervisor's end of the row reader."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from harness.sandbox import frames, reader
from harness.sandbox.errors import RowReadError

if TYPE_CHECKING:
    from harness.sandbox.link import Link

_REPLY_SECONDS = 10.0


class _LostError(RowReadError):
    """The reader process is gone or does not answer."""


class RowReader:
    """Asks a zygote for a row reader when it is first needed, and for another one when that is lost."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._channel: socket.socket | None = None

    def ask(self, op: str, **fields: Any) -> list[list[Any]]:
        """One request, its rows; asked again once of a fresh reader. Raises RowReadError; ZygoteDied."""
        try:
            return self._ask(op, **fields)
        except _LostError:
            return self._ask(op, **fields)

    def _ask(self, op: str, **fields: Any) -> list[list[Any]]:
        channel = self._channel or self._start()
        try:
            frames.send(channel, {"op": op, **fields})
            reply = frames.receive(channel, reader.MAX_REPLY)
        except (OSError, frames.FrameError) as error:
            self.close()
            raise _LostError(f"the row reader was lost: {error or type(error).__name__}") from error
        if reply is None:
            self.close()
            raise _LostError("the row reader was lost: the database file may have crashed it")
        if "error" in reply:
            raise RowReadError(reply["error"])
        rows: list[list[Any]] = reply["rows"]
        return rows

    def close(self) -> None:
        """Give the reader up."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            self._link.order({"order": "reader"}, [theirs.fileno()])
        ours.settimeout(_REPLY_SECONDS)
        self._channel = ours
        return ours
