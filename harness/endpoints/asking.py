"""Asking an endpoint: as many requests at once as it bears, again after passing trouble, within the budget."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.endpoints.budget import BudgetSpentError
from harness.endpoints.endpoint import AskError, Trouble

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from harness.endpoints.budget import Budget
    from harness.endpoints.endpoint import Endpoint, Reply, Request
    from harness.endpoints.limiter import Limiter


@dataclass(frozen=True, slots=True)
class Patience:
    """When to give up on one request: ``tries`` that failed (being told to wait is none), ``seconds`` in all.

    Waits grow from ``base`` to ``longest`` seconds, with jitter; ``Retry-After`` goes before, unless it is "now".
    """

    tries: int = 5
    seconds: float = 1800.0
    base: float = 1.0
    longest: float = 60.0

    def wait(self, tries: int, retry_after: float | None) -> float:
        """Seconds before the next try, after so many ``tries`` (at least 1)."""
        jitter = random.random()
        if retry_after:
            return retry_after + self.base * 0.1 * jitter
        return min(self.longest, self.base * 2.0 ** min(tries - 1, 30)) * (0.5 + 0.5 * jitter)


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply, and how many tries it took."""

    reply: Reply
    tries: int


class Asker:
    """Asks one endpoint. After hopeless trouble (a wrong key, no such model) everything else fails at once with it;
    so it does when one request has been tried in vain and no connection was ever made, and when the endpoint asks to
    wait for longer than patience lasts. After one request that the budget has no room for nothing more is sent: smaller
    ones that came after it would be of the arm with the shorter prompt only.

    ``before`` is awaited before each request is sent, ``sleep`` to wait.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        limiter: Limiter,
        budget: Budget,
        patience: Patience,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.endpoint = endpoint
        self.limiter = limiter
        self._budget = budget
        self._patience = patience
        self._sleep = sleep
        self._hopeless = ""
        self._spent = False
        self._reached = False

    async def ask(self, request: Request, before: Callable[[], Awaitable[object]]) -> Answered:
        """The reply. Raises ``AskError`` when trying again is no use, ``BudgetSpentError``."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience.seconds
        failed = tries = 0
        trouble: AskError | None = None
        while True:
            try:
                return Answered(await self._once(request, before), tries + 1)
            except BudgetSpentError:
                if trouble is None:
                    raise
                raise AskError(f"{trouble} (tried {_times(tries)}: no budget for more)", trouble.trouble) from trouble
            except AskError as error:
                if error.trouble in {Trouble.REFUSED, Trouble.HOPELESS}:
                    raise
                trouble, tries = error, tries + 1
                failed += error.trouble is not Trouble.BUSY
                wait = self._patience.wait(tries, error.retry_after)
                if failed >= self._patience.tries:
                    given_up = AskError(f"{error} (tried {_times(tries)})", error.trouble)
                    if not self._reached:
                        self._hopeless = str(given_up)
                    raise given_up from error
                if loop.time() + wait > deadline:
                    given_up = AskError(f"{error} (tried {_times(tries)}, the next in {wait:.0f} s)", error.trouble)
                    if self._too_long(error):
                        self._hopeless = str(given_up)
                    raise given_up from error
            await self._sleep(wait)

    async def _once(self, request: Request, before: Callable[[], Awaitable[object]]) -> Reply:
        slot = await self.limiter.enter()
        reply, trouble = None, None
        try:
            if self._hopeless:
                raise AskError(self._hopeless, Trouble.HOPELESS)
            if self._spent:
                raise BudgetSpentError
            try:
                reserved = await self._budget.reserve(self.endpoint, request)
            except BudgetSpentError:
                self._spent = True
                raise
            try:
                await before()
                reply = await self.endpoint.ask(request)
                self._reached = True
            except AskError as error:
                trouble = error
                self._reached = self._reached or error.trouble is not Trouble.UNREACHABLE
                if error.trouble is Trouble.HOPELESS:
                    self._hopeless = str(error)
                raise
            finally:
                self._budget.settle(reserved, reply, paid=trouble is None or trouble.paid)
        finally:
            busy = trouble is not None and trouble.trouble is Trouble.BUSY
            pause = trouble.retry_after if trouble is not None and not self._too_long(trouble) else None
            self.limiter.leave(slot, answered=reply is not None, busy=busy, pause=pause)
        return reply

    def _too_long(self, trouble: AskError) -> bool:
        return (trouble.retry_after or 0.0) > self._patience.seconds


def _times(tries: int) -> str:
    return f"{tries} time{'s' if tries > 1 else ''}"
