"""How a cell ended, in numbers and in words."""

from __future__ import annotations

import contextlib
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.sandbox.limits import Limits


@dataclass(frozen=True, slots=True)
class CellExit:
    """How a cell ended. ``status`` or ``signal`` is None, both are when the machine failed.

    ``swept`` counts the processes it left behind; ``output`` is the tail of what it printed (at most 4,000 characters);
    ``reason`` is "closed" when it was still there and well when it was closed.
    """

    status: int | None
    signal: int | None
    cpu_seconds: float
    swept: int
    output: str
    reason: str


def describe(ended: Mapping[str, Any], limits: Limits) -> str:
    """One line for the zygote's report: "exited with status 0", "cpu limit: ...", "thread limit: ...", "killed by
    SIGSEGV"."""
    number = ended["signal"]
    if ended["flooded"]:
        return "thread limit: far too many threads"
    if number is None:
        return f"exited with status {ended['status']}"
    if number == signal.SIGXCPU or (number == signal.SIGKILL and ended["cpu"] >= limits.cpu_seconds):
        return f"cpu limit: {limits.cpu_seconds} s used up"
    with contextlib.suppress(ValueError):
        return f"killed by {signal.Signals(number).name}"
    return f"killed by signal {number}"
