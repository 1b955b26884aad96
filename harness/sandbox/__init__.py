"""Isolation and speed: runs untrusted code in forks of a warm process inside bubblewrap. No rule lives here."""

from harness.sandbox.cell import Cell
from harness.sandbox.ending import CellExit
from harness.sandbox.errors import (
    CellEnded,
    CellError,
    CellProtocolError,
    CellTimeout,
    RowReadError,
    SandboxUnavailable,
    ZygoteDied,
)
from harness.sandbox.limits import Limits
from harness.sandbox.sandbox import Sandbox
from harness.sandbox.selftest import Check, SelfTest, self_test

__all__ = [
    "Cell",
    "CellEnded",
    "CellError",
    "CellExit",
    "CellProtocolError",
    "CellTimeout",
    "Check",
    "Limits",
    "RowReadError",
    "Sandbox",
    "SandboxUnavailable",
    "SelfTest",
    "ZygoteDied",
    "self_test",
]
