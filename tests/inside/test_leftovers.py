"""What a request leaves running is waited for, unless it is endless."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from harness.inside import asgi


async def app(scope: Any, receive: Any, send: Any) -> None:
    async def store() -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        scope["state"]["stored"].append(scope["path"])

    scope["state"]["running"].append(asyncio.get_running_loop().create_task(store()))
    await send({"type": "http.response.start", "status": 201, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


async def ask(leftovers: asgi.Leftovers | None, state: dict[str, Any]) -> None:
    answer = await asgi.exchange(app, {"method": "POST", "path": "/tasks"}, state, None, leftovers)
    assert answer["status"] == 201


@pytest.mark.parametrize(("waits", "stored"), [(True, ["/tasks"]), (False, [])])
def test_the_answer_comes_when_what_was_started_is_done(waits: bool, stored: list[str]) -> None:
    async def main() -> list[str]:
        state: dict[str, Any] = {"stored": [], "running": []}
        leftovers = asgi.Leftovers(lambda _: {each for each in state["running"] if not each.done()})
        await ask(leftovers if waits else None, state)
        return list(state["stored"])

    assert asyncio.run(main()) == stored


def test_the_endless_is_not_waited_for_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def main() -> None:
        endless = asyncio.create_task(asyncio.sleep(3600))
        leftovers = asgi.Leftovers(lambda _: {endless})

        async def wait(_: Any, timeout: float) -> None:
            waited.append(timeout)
            clock[0] += timeout

        clock = [0.0]
        monkeypatch.setattr(asyncio, "wait", wait)
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: clock[0])
        for _ in range(5):
            await leftovers.settle(endless)
        assert not endless.done()
        endless.cancel()

    asyncio.run(main())
    assert waited == [3.0, 3.0, 3.0]
