"""Who may work at the same time: all workers side by side, or one of them alone."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Gate:
    """``together`` is for the usual work, ``alone`` for what must not be disturbed by it. For threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._working = 0
        self._wishing = 0
        self._alone = False

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Work beside others; whoever wishes to be alone goes first."""
        with self._changed:
            self._changed.wait_for(lambda: not self._alone and not self._wishing)
            self._working += 1
        try:
            yield
        finally:
            with self._changed:
                self._working -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Within ``together``: meanwhile nobody else works. Several who wish for it take turns."""
        with self._changed:
            self._working -= 1  # given up while waiting: two who wait for each other to finish would wait forever
            self._wishing += 1
            self._changed.notify_all()
            try:
                self._changed.wait_for(lambda: not self._alone and not self._working)
            except BaseException:
                self._working += 1
                raise
            finally:
                self._wishing -= 1
                self._changed.notify_all()
            self._alone = True
        try:
            yield
        finally:
            with self._changed:
                self._alone = False
                self._working += 1
                self._changed.notify_all()
