"""What asking may cost: nothing is sent that could lead beyond it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import InputError
from harness.skills.tokens import estimated_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.endpoints.endpoint import Endpoint, Reply, Request

LONGEST_ANSWER = 8192
"""Tokens that an answer is taken to have before one was seen, where no limit was given."""


class BudgetSpentError(Exception):
    """The next request could lead beyond the budget."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens of prompts and answers together, and US dollars."""

    tokens: int = 0
    cost: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.tokens + other.tokens, self.cost + other.cost)

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.tokens - other.tokens, self.cost - other.cost)


def told(spent: Spent, endpoints: Iterable[Endpoint]) -> dict[str, float | None]:
    """``{"tokens": ..., "cost": ...}``; the cost is None where of no endpoint the price is known."""
    priced = spent.cost or any(endpoint.price(1, 1) is not None for endpoint in endpoints)
    return {"tokens": spent.tokens, "cost": spent.cost if priced else None}


class Budget:
    """``max_cost`` in US dollars, ``max_tokens`` for all requests together; None is no limit. For one event loop.

    What is on its way counts with an estimate: the prompt's tokens and those of the longest answer that may come
    (the limit that the endpoint was given), and no less than the largest request so far took. The
    first request goes alone, so that there is one.
    """

    def __init__(
        self,
        *,
        max_cost: float | None = None,
        max_tokens: int | None = None,
        spent: Spent | None = None,
    ) -> None:
        self.spent = spent or Spent()
        self._max_cost, self._max_tokens = max_cost, max_tokens
        self._largest = Spent()
        self._reserved = Spent()
        self._running = 0
        self._waiting: list[asyncio.Future[None]] = []

    def check(self, endpoint: Endpoint) -> None:
        """Raises ``InputError`` for an endpoint whose spending cannot be told."""
        if self._max_cost is not None and endpoint.price(1, 1) is None:
            raise InputError(f"--max-cost: no price is known for {endpoint.name}: limit it with --max-tokens")
        if self._max_tokens is not None and not endpoint.counts_tokens:
            raise InputError(f"--max-tokens: {endpoint.name} does not tell how many tokens it uses")

    async def reserve(self, endpoint: Endpoint, request: Request) -> Spent:
        """Set aside what a request may take, when need be after waiting for others to end.

        Raises ``BudgetSpentError`` when there is too little left even then.
        """
        while True:
            wanted = self._estimate(endpoint, request)
            alone = self._limited and self._largest == Spent() and self._running
            if not alone and self._fits(self.spent + self._reserved + wanted):
                self._reserved += wanted
                self._running += 1
                return wanted
            if not self._running:
                raise BudgetSpentError
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn

    def settle(self, reserved: Spent, reply: Reply | None, *, paid: bool = False) -> None:
        """What was really used takes the place of what was set aside; a failure that may be ``paid`` uses all of it."""
        self._reserved -= reserved
        self._running -= 1
        if reply is not None:
            used = (reply.input_tokens, reply.output_tokens)
            tokens = reserved.tokens if None in used else sum(each or 0 for each in used)
            used_up = Spent(tokens, reserved.cost if reply.cost is None else reply.cost)
            self.spent += used_up
            self._largest = Spent(max(self._largest.tokens, tokens), max(self._largest.cost, used_up.cost))
        elif paid:
            self.spent += reserved
        waiting, self._waiting = self._waiting, []
        for turn in waiting:
            if not turn.done():
                turn.set_result(None)

    def go_on(self, sent: Sequence[tuple[Endpoint, Request, int | None, float | None]]) -> None:
        """Requests that were sent before: the tokens and US dollars that they used; where None, an estimate counts."""
        for _, _, tokens, cost in sent:
            self._largest = Spent(max(self._largest.tokens, tokens or 0), max(self._largest.cost, cost or 0.0))
        for endpoint, request, tokens, cost in sent:
            estimate = self._estimate(endpoint, request) if tokens is None or cost is None else Spent()
            self.spent += Spent(estimate.tokens if tokens is None else tokens, estimate.cost if cost is None else cost)

    def _estimate(self, endpoint: Endpoint, request: Request) -> Spent:
        if not self._limited:
            return Spent()
        prompt = estimated_tokens(request.system) + estimated_tokens(request.prompt)
        seen = self._largest
        answer = endpoint.longest_answer or (0 if seen.tokens else LONGEST_ANSWER)
        cost = (endpoint.price(prompt, answer) or 0.0) if self._max_cost is not None else 0.0
        return Spent(max(prompt + answer, seen.tokens), max(cost, seen.cost))

    @property
    def _limited(self) -> bool:
        return self._max_cost is not None or self._max_tokens is not None

    def _fits(self, total: Spent) -> bool:
        return (self._max_cost is None or total.cost <= self._max_cost) and (
            self._max_tokens is None or total.tokens <= self._max_tokens
        )
