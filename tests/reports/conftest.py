"""One evaluation with every kind of outcome, and golden files of what the reports make of it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from harness.cases import Case, load_cases
from harness.completions import Completion, Expected
from harness.evaluation import Evaluation, Judged
from harness.verdicts import Evidence, Grade, Outcome, Overall, State, Verdict

GOLDEN = Path(__file__).parent / "golden"

PASSED = Verdict(Outcome.PASS, "is SQLModel's AsyncSession", State.PASS, State.PASS)
FAILED = Verdict(
    Outcome.FAIL,
    "AsyncSession comes from sqlalchemy.ext.asyncio, which has no exec()",
    State.FAIL,
    State.NOT_APPLICABLE,
    (Evidence("app/database.py", 7, "from sqlalchemy.ext.asyncio import AsyncSession"),),
    "from sqlmodel.ext.asyncio.session import AsyncSession",
)
UNDECIDED = Verdict(Outcome.UNDECIDED, "the endpoint needs a package that is not here: `redis` |\x1b[31m")
NOT_APPLICABLE = Verdict(Outcome.NOT_APPLICABLE, "no endpoint creates anything")


def judged(
    name: str,
    overall: Overall,
    verdicts: dict[str, Verdict],
    expected: Expected | None = None,
    error: str = "",
) -> Judged:
    case = name.partition("/")[0] if "/" in name else "request-scoping"
    completion = Completion(case, name, "text", Path("answers") / name, expected=expected)
    grade = Grade(case, name, overall, verdicts, error=error, environment={"python": "3.11.7"})
    return Judged(completion, grade, expected.differences(grade) if expected else None)


def evaluation_of(*items: Judged, problems: tuple[str, ...] = ()) -> Evaluation:
    cases: dict[str, Case] = load_cases()
    return Evaluation(
        judged=items,
        cases=cases,
        problems=problems,
        environment={"python": "3.11.7"},
        started="2026-01-02T03:04:05+00:00",
        seconds=1.5,
    )


@pytest.fixture
def evaluation() -> Evaluation:
    label = Path("answers/session-factory/as-label-says.yaml")
    return evaluation_of(
        judged("test-your-skill/right.md", Overall.PASS, {"session-import": PASSED, "awaited": PASSED}),
        judged(
            "test-your-skill/wrong.md",
            Overall.FAIL,
            {"session-import": FAILED, "awaited": UNDECIDED, "create-returns-task": NOT_APPLICABLE},
        ),
        judged(
            "session-factory/as-expected.md",
            Overall.FAIL,
            {"session-import": FAILED},
            Expected(Overall.FAIL, {"session-import": Outcome.FAIL}),
        ),
        judged(
            "session-factory/otherwise.md",
            Overall.FAIL,
            {"session-import": FAILED, "pool-size": PASSED},
            Expected(Overall.PASS, {"session-import": Outcome.PASS, "pool-size": Outcome.PASS}, source=label),
        ),
        judged("runs.jsonl:3", Overall.ERROR, {}, error="the worker keeps dying"),
        problems=("answers/x.md: is not UTF-8 text",),
    )


class Golden(Protocol):
    def __call__(self, name: str, text: str) -> None: ...


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return check
