"""Small experiments, and a grader that judges by a word in the text."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from harness.cases import load_cases
from harness.endpoints.endpoint import Reply, Request
from harness.runs.experiment import Arm, Experiment
from harness.verdicts import Evidence, Grade, Outcome, Overall, State, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.cases import Case
    from harness.completions import Completion

CASES = {name: case for name, case in load_cases().items() if name in {"session-factory", "test-your-skill"}}


@dataclass(eq=False)
class Model:
    """An endpoint in memory."""

    name: str = "test:model"
    answer: Callable[[Request], Reply] = field(default=lambda request: Reply(f"fine {request.seed} {request.system}"))
    told: Mapping[str, object] = field(default_factory=dict)
    longest_answer: int | None = None
    counts_tokens: bool = True
    asked: list[Request] = field(default_factory=list)
    closed: int = 0

    @property
    def identity(self) -> Mapping[str, object]:
        return {"model": self.name}

    def open(self) -> None:
        return

    async def ask(self, request: Request) -> Reply:
        self.asked.append(request)
        return self.answer(request)

    def price(self, input_tokens: int, output_tokens: int) -> float | None:
        return 0.001 * (input_tokens + output_tokens)

    async def close(self) -> None:
        self.closed += 1


class Judge:
    """A grader: "wrong" in a text fails, "lost" is an error of the harness."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.judged: list[str] = []
        self._lock = threading.Lock()

    def __call__(self, **options: Any) -> Self:
        self.options = options
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def attempt(self, each: Completion, case: Case, database: str) -> Grade:
        with self._lock:
            self.judged.append(each.text)
        outcome = Outcome.FAIL if "wrong" in each.text else Outcome.PASS
        evidence = (Evidence("app.py", 3, "here \0 \ud800", 7),)
        verdict = Verdict(outcome, "because", State.FAIL, State.NOT_APPLICABLE, evidence, "do it")
        lost = "lost" in each.text
        return Grade(
            case=each.case,
            completion=each.name,
            overall=Overall.ERROR if lost else Overall(outcome.value),
            verdicts={} if lost else dict.fromkeys(case.criteria, verdict),
            database=database,
            error="the machine is tired" if lost else "",
            environment={"python": "3", "sandbox": {"a": True}},
        )


def experiment(
    model: Model | Sequence[Model], *, samples: int = 2, arms: Sequence[Arm] = (Arm("none"),), seed: int | None = 0
) -> Experiment:
    """Two cases."""
    return Experiment([model] if isinstance(model, Model) else list(model), CASES, arms, samples, seed)
