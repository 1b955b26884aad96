"""The same work by other evaluation tools, run in their own environment: NAME URL REQUESTS AT_ONCE PROMPT.

Prints milliseconds a request as JSON: passed, and CPU time of the process.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def pydantic_evals(url: str, requests: int, at_once: int, prompt: str) -> Callable[[], object]:
    """A dataset of as many cases, each asked through pydantic-ai, and one evaluator."""
    from pydantic_ai.direct import model_request
    from pydantic_ai.messages import ModelRequest
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider
    from pydantic_evals import Case, Dataset
    from pydantic_evals.evaluators import Contains

    model = OpenAIChatModel("small", provider=OpenAIProvider(base_url=url, api_key="none"))

    async def ask(text: str) -> str:
        response = await model_request(model, [ModelRequest.user_text_prompt(text)], model_settings={"max_retries": 0})
        return response.text or ""

    cases: list[Any] = [Case(name=str(number), inputs=prompt) for number in range(requests)]
    dataset: Any = Dataset(name="asking", cases=cases, evaluators=[Contains(value="python")])
    return lambda: asyncio.run(dataset.evaluate(ask, max_concurrency=at_once, progress=False))


def inspect_ai(url: str, requests: int, at_once: int, prompt: str) -> Callable[[], object]:
    """A task of as many samples, its own model layer, one scorer, its log."""
    import inspect_ai as inspect
    from inspect_ai.dataset import Sample
    from inspect_ai.scorer import includes
    from inspect_ai.solver import generate

    samples = [Sample(input=prompt, target="python", id=number) for number in range(requests)]
    task = inspect.Task(dataset=samples, solver=generate(), scorer=includes())
    options: dict[str, Any] = {"display": "none", "max_connections": at_once, "max_samples": at_once}
    options["model_args"] = {"responses_api": False}
    return lambda: inspect.eval(task, model="openai/small", model_base_url=url, log_dir="logs", **options)


def main() -> None:
    """Run one of them."""
    name, url, requests, at_once, prompt = sys.argv[1:]
    makers = {"pydantic_evals": pydantic_evals, "inspect_ai": inspect_ai}
    makers[name](url, 20, int(at_once), prompt)()  # imports, and the first connections
    work = makers[name](url, int(requests), int(at_once), prompt)
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps([wall / int(requests) * 1000, cpu / int(requests) * 1000]))


if __name__ == "__main__":
    main()
