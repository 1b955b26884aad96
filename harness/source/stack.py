"""What reading deeply nested code may take: the recursion that is allowed, on a stack that bears it, and memory."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

MEMORY_BYTES = 1536 << 20
"""Of address space, in a process that reads and does nothing else."""
STACK_BYTES = 256 << 20
_RECURSION = 6_000


def on_a_deep_stack(work: Callable[..., object], *arguments: Any) -> None:
    """Do the work in a thread of this process, to its end."""
    sys.setrecursionlimit(_RECURSION)
    threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=work, args=arguments)
    thread.start()
    thread.join()
