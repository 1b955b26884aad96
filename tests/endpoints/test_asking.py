from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from harness.endpoints.asking import Answered, Asker, Patience
from harness.endpoints.budget import LONGEST_ANSWER, Budget, BudgetSpentError, Spent
from harness.endpoints.endpoint import AskError, Reply, Request, Trouble
from harness.endpoints.limiter import Limiter
from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

PASSING = AskError("broken", Trouble.PASSING)
UNREACHABLE = AskError("nobody there", Trouble.UNREACHABLE)
REPLY = Reply("fine", input_tokens=10, output_tokens=20, cost=0.5)


@dataclass
class Scripted:
    """An endpoint that gives what it is told to, one after the other; the last one for ever."""

    script: list[Reply | AskError]
    name: str = "scripted"
    counts_tokens: bool = True
    longest_answer: int | None = None
    dollars: float | None = 0.01
    asked: int = 0
    told: Mapping[str, object] = field(default_factory=dict)
    identity: Mapping[str, object] = field(default_factory=dict)

    def open(self) -> None:
        return

    async def ask(self, request: Request) -> Reply:
        self.asked += 1
        await asyncio.sleep(0)
        said = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(said, AskError):
            raise said
        return said

    def price(self, input_tokens: int, output_tokens: int) -> float | None:
        return None if self.dollars is None else self.dollars * (input_tokens + output_tokens)

    async def close(self) -> None:
        return


def asking(
    endpoint: Scripted,
    *,
    patience: Patience | None = None,
    limiter: Limiter | None = None,
    budget: Budget | None = None,
) -> tuple[Answered, list[float]]:
    """The answer, and how long was waited before each new try."""
    waits: list[float] = []

    async def once() -> Answered:
        async def sleep(seconds: float) -> None:
            waits.append(seconds)

        asker = Asker(endpoint, Limiter(4), Budget(), patience or Patience(), sleep=sleep)
        return await asker.ask(Request("?"), lambda: asyncio.sleep(0))

    return asyncio.run(once()), waits


def test_passing_trouble_is_tried_again_after_growing_waits() -> None:
    answered, waits = asking(Scripted([PASSING, PASSING, PASSING, REPLY]))
    assert answered == Answered(REPLY, 4)
    assert [low <= wait <= high for wait, low, high in zip(waits, (0.5, 1, 2), (1, 2, 4), strict=True)] == [True] * 3


def test_waits_have_an_end() -> None:
    assert max(Patience().wait(failed, None) for failed in range(1, 2000)) <= 60


def test_retry_after_goes_before_and_being_busy_is_no_failed_try() -> None:
    busy = AskError("busy", Trouble.BUSY, retry_after=0.01)
    answered, waits = asking(Scripted([*[busy] * 20, REPLY]))
    assert answered.tries == 21
    assert all(0.01 <= wait <= 0.11 for wait in waits)


def test_being_told_to_come_back_now_is_no_reason_to_ask_without_end() -> None:
    busy = AskError("busy", Trouble.BUSY, retry_after=0.0)
    _, waits = asking(Scripted([*[busy] * 4, REPLY]))
    assert [low <= wait <= high for wait, low, high in zip(waits, (0.5, 1, 2, 4), (1, 2, 4, 8), strict=True)] == [
        True
    ] * 4


@pytest.mark.parametrize("trouble", [Trouble.BUSY, Trouble.PASSING])
def test_an_endpoint_that_asks_to_wait_for_longer_than_patience_lasts_is_given_up(trouble: Trouble) -> None:
    """Nobody waits for the hour that it asks for."""
    endpoint = Scripted([AskError("come back later", trouble, retry_after=3600)])

    async def all_of_them() -> list[str]:
        asker = Asker(endpoint, Limiter(1), Budget(), Patience())
        asked = (asker.ask(Request("?"), lambda: asyncio.sleep(0)) for _ in range(4))
        done = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 60)
        assert {type(each) for each in done} == {AskError}
        return [str(each) for each in done]

    assert set(asyncio.run(all_of_them())) == {"come back later (tried 1 time, the next in 3600 s)"}
    assert endpoint.asked == 1


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (PASSING, 3),
        (AskError("no", Trouble.REFUSED), 1),
        (AskError("bad key", Trouble.HOPELESS), 1),
        (AskError("wait an hour", Trouble.BUSY, retry_after=3600), 1),
    ],
)
def test_giving_up(error: AskError, asked: int) -> None:
    endpoint = Scripted([error])
    with pytest.raises(AskError, match=str(error)):
        asking(endpoint, patience=Patience(tries=3))
    assert endpoint.asked == asked


def test_after_hopeless_trouble_nothing_is_sent_any_more() -> None:
    endpoint = Scripted([AskError("bad key", Trouble.HOPELESS)])

    async def twice() -> None:
        asker = Asker(endpoint, Limiter(1), Budget(), Patience())
        for _ in range(2):
            with pytest.raises(AskError, match="bad key"):
                await asker.ask(Request("?"), lambda: asyncio.sleep(0))

    asyncio.run(twice())
    assert endpoint.asked == 1


@pytest.mark.parametrize(
    ("script", "asked"),
    [
        ([UNREACHABLE], 3),  # nobody is there: one request has shown it for all
        ([REPLY, UNREACHABLE], 7),  # it was there, and may come back
        ([PASSING, UNREACHABLE], 9),
        ([PASSING], 9),  # somebody is there
    ],
)
def test_what_was_never_reached_is_given_up_after_one_request(script: list[Reply | AskError], asked: int) -> None:
    endpoint = Scripted(list(script))

    async def thrice() -> None:
        asker = Asker(endpoint, Limiter(1), Budget(), Patience(tries=3), sleep=lambda seconds: asyncio.sleep(0))
        for number in range(3):
            if number or script[0] is not REPLY:
                with pytest.raises(AskError, match="tried 3 times"):
                    await asker.ask(Request("?"), lambda: asyncio.sleep(0))
            else:
                await asker.ask(Request("?"), lambda: asyncio.sleep(0))

    asyncio.run(thrice())
    assert endpoint.asked == asked


def test_the_limit_is_halved_once_for_all_that_were_on_their_way_and_grows_again() -> None:
    async def story() -> list[int]:
        limiter, limits = Limiter(8), []
        slots = [await limiter.enter() for _ in range(8)]
        for slot in slots:
            limiter.leave(slot, busy=True)
        limits.append(int(limiter.limit))
        limiter.leave(await limiter.enter(), busy=True)
        limits.append(int(limiter.limit))
        for _ in range(40):
            limiter.leave(await limiter.enter(), answered=True)
        return [*limits, int(limiter.limit), limiter.halved, limiter.running]

    assert asyncio.run(story()) == [4, 2, 8, 2, 0]


def test_never_more_at_once_than_the_limit_and_a_pause_is_for_all() -> None:
    async def story() -> tuple[int, float]:
        limiter, together, most = Limiter(5), 0, 0

        async def work() -> None:
            nonlocal together, most
            slot = await limiter.enter()
            together += 1
            most = max(most, together)
            await asyncio.sleep(0.001)
            together -= 1
            limiter.leave(slot, answered=True)

        await asyncio.gather(*(work() for _ in range(40)))
        limiter.leave(await limiter.enter(), busy=True, pause=0.2)
        loop = asyncio.get_running_loop()
        began = loop.time()
        limiter.leave(await limiter.enter())
        return most, loop.time() - began

    most, waited = asyncio.run(story())
    assert most == 5
    assert waited >= 0.19


def test_a_slot_is_given_back_when_who_waits_for_it_is_gone() -> None:
    async def story() -> int:
        limiter = Limiter(1)
        first = await limiter.enter()
        gone = asyncio.create_task(limiter.enter())
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        limiter.leave(first)
        limiter.leave(await asyncio.wait_for(limiter.enter(), 5))
        return limiter.running

    assert asyncio.run(story()) == 0


def test_a_slot_is_given_back_when_it_comes_too_late() -> None:
    async def story() -> int:
        limiter = Limiter(1)
        first = await limiter.enter()
        gone = asyncio.create_task(limiter.enter())
        await asyncio.sleep(0)
        limiter.leave(first)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        limiter.leave(await asyncio.wait_for(limiter.enter(), 5))
        return limiter.running

    assert asyncio.run(story()) == 0


def test_the_limiter_hears_how_each_request_went() -> None:
    busy = AskError("busy", Trouble.BUSY, retry_after=0.2)
    endpoint = Scripted([busy, PASSING, *[REPLY] * 13])
    sent: list[float] = []

    async def story() -> list[float]:
        limiter, loop = Limiter(8), asyncio.get_running_loop()
        asker = Asker(endpoint, limiter, Budget(), Patience(base=0.001))

        async def before() -> None:
            sent.append(loop.time())

        limits = []
        for _ in range(13):
            await asker.ask(Request("?"), before)
            limits.append(limiter.limit)
        return limits

    limits = asyncio.run(story())
    assert len(sent) == endpoint.asked == 15, "each try is told before it is sent"
    assert limits[0] == pytest.approx(4.25), "halved once, by being busy, and grown by an answer"
    assert limits == sorted(limits)
    assert limits[-1] > 6.5


def test_when_one_request_is_told_to_wait_the_others_wait_as_well() -> None:
    endpoint = Scripted([AskError("busy", Trouble.BUSY, retry_after=0.3), REPLY])

    async def story() -> float:
        loop, sent = asyncio.get_running_loop(), list[float]()

        async def before() -> None:
            sent.append(loop.time())

        asker = Asker(endpoint, Limiter(1), Budget(), Patience(base=0.001))
        await asyncio.gather(*(asker.ask(Request("?"), before) for _ in range(3)))
        return sent[1] - sent[0]

    assert asyncio.run(story()) >= 0.29


async def room(budget: Budget, request: Request | None = None, longest: int | None = None) -> Spent | None:
    """What is set aside for one request, which then takes nothing; None where there is no room."""
    try:
        reserved = await budget.reserve(Scripted([REPLY], longest_answer=longest), request or Request("?"))
    except BudgetSpentError:
        return None
    budget.settle(reserved, None)
    return reserved


@pytest.mark.parametrize(
    ("replies", "tokens"),
    [
        ([], 21),  # the prompt's one, and the longest answer there may be
        ([Reply("", input_tokens=1, output_tokens=2)], 21),
        ([Reply("", input_tokens=100, output_tokens=50), Reply("", input_tokens=1, output_tokens=1)], 150),
        ([Reply("")], 21),
    ],
)
def test_what_is_set_aside_is_no_less_than_the_largest_so_far(replies: list[Reply], tokens: int) -> None:
    async def story() -> tuple[Spent | None, Spent | None, Spent]:
        budget = Budget(max_tokens=10**6, max_cost=10**6)
        for reply in replies:
            budget.settle(await budget.reserve(Scripted([REPLY], longest_answer=20), Request("?")), reply)
        long = Request("word " * 400, "skill " * 400)
        return await room(budget, longest=20), await room(budget, long, 20), budget.spent

    reserved, longer, spent = asyncio.run(story())
    assert reserved == Spent(tokens, pytest.approx(0.21))
    assert longer is not None
    assert longer.tokens >= 800 + 20, "the skill's tokens are counted with the prompt's"
    told = [(each.input_tokens or 0) + (each.output_tokens or 0) for each in replies]
    assert spent == Spent(sum(told) or 21 * len(replies), pytest.approx(0.21 * len(replies)))


@pytest.mark.parametrize("limit", ["max_tokens", "max_cost"])
def test_a_budget_may_be_used_to_its_last_token_and_cent(limit: str) -> None:
    async def story(most: float) -> Spent | None:
        return await room(Budget(**{limit: most}), longest=24)  # type: ignore[arg-type]

    enough = {"max_tokens": 25, "max_cost": 0.25}[limit]
    assert asyncio.run(story(enough)) is not None
    assert asyncio.run(story(enough * 0.99)) is None


def test_without_a_limit_the_longest_answer_is_a_guess_until_one_was_seen() -> None:
    async def story() -> list[Spent | None]:
        budget = Budget(max_tokens=10**6)
        first = await room(budget)
        budget.settle(await budget.reserve(Scripted([REPLY]), Request("?")), REPLY)
        return [first, await room(budget)]

    assert asyncio.run(story()) == [Spent(LONGEST_ANSWER + 1), Spent(30, 0.5)]


@pytest.mark.parametrize(("limits", "sent"), [({"max_tokens": 100}, 3), ({"max_cost": 1.7}, 3), ({}, 10)])
def test_a_budget_ends_asking_before_it_is_passed(limits: dict[str, float], sent: int) -> None:
    endpoint = Scripted([REPLY], longest_answer=20)

    async def story() -> Spent:
        budget = Budget(**limits)  # type: ignore[arg-type]
        asker = Asker(endpoint, Limiter(10), budget, Patience())
        done = await asyncio.gather(
            *(asker.ask(Request("?"), lambda: asyncio.sleep(0)) for _ in range(10)), return_exceptions=True
        )
        assert {type(each) for each in done} <= {Answered, BudgetSpentError}
        return budget.spent

    spent = asyncio.run(story())
    assert endpoint.asked == sent
    assert spent == Spent(30 * sent, 0.5 * sent)


def test_after_one_request_that_the_budget_has_no_room_for_no_smaller_one_is_sent() -> None:
    """Else the arm with the shorter prompt would get the rest of the budget for itself."""
    endpoint = Scripted([REPLY], longest_answer=20)

    async def story() -> list[str]:
        asker = Asker(endpoint, Limiter(1), Budget(max_tokens=100), Patience())
        prompts = [Request("?"), Request("long " * 200), Request("?")]
        asked = [asker.ask(each, lambda: asyncio.sleep(0)) for each in prompts]
        return [type(each).__name__ for each in await asyncio.gather(*asked, return_exceptions=True)]

    assert asyncio.run(story()) == ["Answered", "BudgetSpentError", "BudgetSpentError"]
    assert endpoint.asked == 1


def test_a_request_that_failed_and_that_no_budget_is_left_for_is_a_failure() -> None:
    """It was sent: it is not one that was never asked for."""
    endpoint = Scripted([AskError("cut", Trouble.PASSING, paid=True)], longest_answer=20)

    async def story() -> None:
        asker = Asker(endpoint, Limiter(1), Budget(max_tokens=30), Patience(base=0.001))
        await asker.ask(Request("?"), lambda: asyncio.sleep(0))

    with pytest.raises(AskError, match=r"cut \(tried 1 time: no budget for more\)"):
        asyncio.run(story())
    assert endpoint.asked == 1


def test_what_was_on_its_way_counts_as_much_as_the_largest_request_before() -> None:
    budget = Budget(max_tokens=10**6)
    endpoint, request = Scripted([REPLY]), Request("?")
    budget.go_on([(endpoint, request, None, None), (endpoint, request, 700, 0.5), (endpoint, request, 300, 0.25)])
    assert budget.spent == Spent(1700, 1.25)


def test_a_failure_that_may_have_been_paid_counts() -> None:
    endpoint = Scripted([AskError("cut", Trouble.REFUSED, paid=True)])

    async def story() -> int:
        budget = Budget(max_tokens=10**6)
        with pytest.raises(AskError):
            await Asker(endpoint, Limiter(1), budget, Patience()).ask(Request("?"), lambda: asyncio.sleep(0))
        return budget.spent.tokens

    assert asyncio.run(story()) == LONGEST_ANSWER + 1


@pytest.mark.parametrize(
    ("limits", "endpoint", "says"),
    [
        ({"max_cost": 1}, Scripted([REPLY], dollars=None), "--max-cost: no price is known for scripted"),
        ({"max_tokens": 1}, Scripted([REPLY], counts_tokens=False), "--max-tokens: scripted does not tell"),
    ],
)
def test_a_budget_that_cannot_be_kept_is_refused(limits: dict[str, float], endpoint: Scripted, says: str) -> None:
    with pytest.raises(InputError, match=says):
        Budget(**limits).check(endpoint)  # type: ignore[arg-type]
