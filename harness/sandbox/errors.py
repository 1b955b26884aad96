"""What can end a conversation with the inside, and what can be wrong with the machine."""

from __future__ import annotations

from harness.errors import MachineError


class CellError(Exception):
    """The code in a cell did not do what was asked; ``reason`` is one line that says what happened."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CellEnded(CellError):  # noqa: N818 - what happened, not whose fault
    """The process is gone: it ended itself, hit a limit, or was ended for flooding its output."""


class CellTimeout(CellError):  # noqa: N818
    """No reply within the wall limit. The process may still run; a late reply is dropped."""


class CellProtocolError(CellError):
    """A reply that is too large, not a JSON object, or does not echo the nonce of a waiting request."""


class RowReadError(CellError):
    """The row reader could not do it: no database file, not a regular file, or what SQLite said."""


class SandboxUnavailable(MachineError):  # noqa: N818
    """This machine cannot isolate code; the message says what to install or to allow."""


class ZygoteDied(MachineError):  # noqa: N818
    """The process that the cells are forked from is gone; opening the next cell starts a new one."""
