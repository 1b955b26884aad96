"""What ends the process from outside, seen to as Ctrl-C is."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def ended_like_ctrl_c() -> Iterator[None]:
    """SIGTERM, and SIGHUP where nobody has it ignored, interrupt what is inside: the commands it runs are ended.

    Those have sessions of their own, and would go on, and cost, without anyone who reads what they say.
    """
    before = {each: signal.getsignal(each) for each in _SIGNALS}
    taken = [each for each, handler in before.items() if handler is signal.SIG_DFL]
    for each in taken:
        signal.signal(each, _interrupt)
    try:
        yield
    finally:
        for each in taken:
            signal.signal(each, signal.SIG_DFL)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """As Ctrl-C just now does: an event loop has a way of its own. In the background of a shell it does nothing."""
    handler = signal.getsignal(signal.SIGINT)
    (handler if callable(handler) else signal.default_int_handler)(number, frame)
