"""How many requests at once: halved when the endpoint is busy, grown again while it is not."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slot:
    """The right to send one request; ``era`` counts how often the limit had been halved by then."""

    era: int


class Limiter:
    """Starts with ``most`` requests at once, never has more, and at least one; for one event loop.

    The limit is halved once for all requests that were on their way together, and grows by one for each full round of
    answers. An endpoint that asks for a pause gets it from all requests.
    """

    def __init__(self, most: int) -> None:
        self.limit = float(most)
        self.running = 0
        self.halved = 0
        self._most = most
        self._until = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._alarm: asyncio.TimerHandle | None = None

    async def enter(self) -> Slot:
        """Wait for a slot."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(Slot(self.halved))
            raise
        return Slot(self.halved)

    def leave(self, slot: Slot, *, answered: bool = False, busy: bool = False, pause: float | None = None) -> None:
        """Give the slot back, and say how it went; ``pause`` is in seconds."""
        self.running -= 1
        if answered:
            self.limit = min(self._most, self.limit + 1 / self.limit)
        if busy and slot.era == self.halved:
            self.limit = max(1.0, self.limit / 2)
            self.halved += 1
        if busy and pause:
            self._until = max(self._until, asyncio.get_running_loop().time() + pause)
        self._admit()

    def _admit(self) -> None:
        """Let in as many as may be, first come first served."""
        loop = asyncio.get_running_loop()
        if self._until > loop.time():
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm = loop.call_at(self._until, self._admit)
            return
        while self._waiting and self.running < int(self.limit):
            turn = self._waiting.popleft()
            if not turn.done():
                self.running += 1
                turn.set_result(None)
