"""How a completion becomes the subject of the criteria: what is run, and where what was seen stands in its text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness import grading
from harness.cases import load_cases
from harness.grading import Grader
from harness.observations import ImportSeen, LazyLoad, Observations, Place
from harness.verdicts import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.program import Program
    from harness.verdicts import Grade

CASES = load_cases()
READABLE = "```python\nx = 1\n```\n"
TWO = """Do not do this:

```python
# WRONG
import os
limit = 3
```

Do this, in `main.py`:

```python
# main.py
import os

x = limit
```
"""
BODY = """Lazy loading is the cause.

```python
task = await session.get(Task, task_id)
return {"project": task.project.name}
```
"""


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(unsafe_no_sandbox=True) as grader:  # nothing is run
        yield grader


@pytest.fixture
def graded(grader: Grader, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Grade, list[Program]]]:
    """Grades a text; what is seen at run time is made from the program that would have been run."""

    def grade(
        text: str, case: str = "test-your-skill", see: Callable[[Program], dict[str, Any]] = lambda program: {}
    ) -> tuple[Grade, list[Program]]:
        run: list[Program] = []

        def observe(program: Program, **_: object) -> Observations:
            run.append(program)
            return Observations(ran=True, imports=(ImportSeen("main"),), **see(program))

        monkeypatch.setattr(grading, "observe", observe)
        return grader.grade(text, CASES[case], name="x"), run

    return grade


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        (READABLE, 1),
        ("```python\nx = = 1\n```\n\n" + READABLE, 0),
        ("```python\n" + "x = 1\n" * 60_000 + "```\n\n" + READABLE, 0),
        ("No code.\n", 0),
    ],
)
def test_only_what_can_be_read_is_run(graded: Callable[..., tuple[Grade, list[Program]]], text: str, runs: int) -> None:
    assert len(graded(text)[1]) == runs


def test_what_was_seen_is_shown_where_it_stands_in_the_completion(
    graded: Callable[..., tuple[Grade, list[Program]]],
) -> None:
    def see(program: Program) -> dict[str, Any]:
        wrong, right = (each.name for each in program.modules)
        places = [(right, 1), (right, 4), (right, 5), (right, 0), (wrong, 3), ("elsewhere", 7)]
        return {"lazy_loads": tuple(LazyLoad(Place(*place), "r1", "greenlet") for place in places)}

    grade, [program] = graded(TWO, see=see)
    wrong, right = (each.path for each in program.modules)
    assert [(each.path, each.line) for each in grade.verdicts["no-lazy-load"].evidence] == [
        (right, 12),
        (right, 15),
        (right, 5),
        (right, 0),
        (wrong, 6),
        ("elsewhere", 7),
    ]


def test_a_loose_body_is_judged_as_the_endpoint_of_the_prompt(
    graded: Callable[..., tuple[Grade, list[Program]]],
) -> None:
    grade, [program] = graded(BODY, "debug-missing-greenlet")
    assert "async def " in program.modules[-1].source
    verdict = grade.verdicts["no-lazy-load"]
    assert verdict.outcome is Outcome.FAIL
    assert [each.line for each in verdict.evidence] == [5]


@pytest.mark.parametrize(
    ("case", "criterion", "outcome"),
    [
        ("test-your-skill", "create-returns-task", Outcome.FAIL),
        ("request-scoping", "create-returns-task", Outcome.NOT_APPLICABLE),
        ("test-your-skill", "dependency-shape", Outcome.FAIL),
        ("request-scoping", "dependency-shape", Outcome.NOT_APPLICABLE),
    ],
)
def test_what_the_case_asks_for_is_judged(
    graded: Callable[..., tuple[Grade, list[Program]]], case: str, criterion: str, outcome: Outcome
) -> None:
    assert graded(READABLE, case)[0].verdicts[criterion].outcome is outcome
