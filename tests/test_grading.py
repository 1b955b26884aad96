"""One completion graded, and what becomes of the harness's own faults."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import grading
from harness.cases import load_cases
from harness.completions import Completion
from harness.errors import InputError, MachineError
from harness.grading import Grader
from harness.verdicts import Outcome, Overall, Verdict, overall

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = load_cases()
CASE = CASES["test-your-skill"]
LOOPS = "```python\nwhile True:\n    pass\n```\n"
EXITS = "```python\nimport os\nos._exit(0)\n```\n"


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader() as grader:
        yield grader


def completion(text: str, name: str) -> Completion:
    return Completion(case=CASE.id, name=name, text=text, source=Path("x.md"))


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (["pass", "not_applicable"], Overall.PASS),
        (["pass", "undecided"], Overall.UNDECIDED),
        (["pass", "undecided", "fail"], Overall.FAIL),
        ([], Overall.PASS),
    ],
)
def test_overall(outcomes: list[str], expected: Overall) -> None:
    assert overall({str(i): Verdict(Outcome(each), "because") for i, each in enumerate(outcomes)}) is expected


@pytest.mark.parametrize("text", ["", "I cannot help with that.", "```python\n```\n", "\0" * 10, "``" * 1000])
def test_a_completion_without_code_fails_with_a_reason(grader: Grader, text: str) -> None:
    grade = grader.grade(text, CASE, name="empty")
    assert grade.overall is Overall.FAIL
    assert grade.verdicts["imports"].reason == "the completion holds no Python code"
    assert grade.verdicts["create-returns-task"].outcome is Outcome.FAIL


def test_code_that_is_too_large_is_refused(grader: Grader) -> None:
    grade = grader.grade("```python\n" + "x = 1\n" * 60_000 + "```\n", CASE, name="large")
    assert grade.verdicts["imports"].outcome is Outcome.FAIL
    assert "larger than the limit" in grade.verdicts["imports"].reason


def test_the_environment_names_versions_and_layers(grader: Grader) -> None:
    grade = grader.grade(EXITS, CASE, name="exits")
    assert {"python", "sqlalchemy", "sqlmodel", "fastapi", "sandbox"} <= set(grade.environment)
    assert grade.database == "sqlite"


def test_an_answer_that_ends_its_process_fails_and_the_next_is_graded(grader: Grader) -> None:
    grades = list(grader.grade_all([completion(EXITS, "exits"), completion("no code", "none")], CASES))
    assert [grade.completion for grade in grades] == ["exits", "none"]
    assert grades[0].verdicts["imports"].reason == "does not import: exited with status 0"
    assert grades[1].verdicts["imports"].reason == "the completion holds no Python code"


@pytest.mark.parametrize(
    ("error", "reason"), [(MachineError("no more zygotes"), "no more zygotes"), (KeyError("x"), "KeyError")]
)
def test_a_fault_of_the_harness_is_an_error_and_the_run_goes_on(
    grader: Grader, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def broken(*_: object, **__: object) -> object:
        raise error

    monkeypatch.setattr(grading, "observe", broken)
    grades = list(grader.grade_all([completion(LOOPS, "loops"), completion("no code", "none")], CASES))
    assert grades[0].overall is Overall.ERROR
    assert reason in grades[0].error
    assert not grades[0].verdicts
    assert grades[1].overall is Overall.FAIL


def test_another_database_is_refused() -> None:
    with pytest.raises(InputError, match="'mysql' is not a database that is known"):
        Grader(databases=["sqlite", "mysql://u:p@h/d"])


def test_workers_grade_side_by_side_in_order() -> None:
    texts = [EXITS, "none", "```python\nx = 1\n```", "```python\nx = = 1\n```"] * 3
    with Grader(jobs=2) as grader:
        grades = list(grader.grade_all([completion(text, str(i)) for i, text in enumerate(texts)], CASES))
    assert [grade.completion for grade in grades] == [str(i) for i in range(12)]
    assert [grade.verdicts["imports"].outcome for grade in grades] == [
        Outcome.FAIL,
        Outcome.FAIL,
        Outcome.PASS,
        Outcome.FAIL,
    ] * 3


RIGHT_READ = """The relation is lazy loaded, which async code cannot do.

```python
@app.get("/tasks/{task_id}")
async def get_task(task_id: int, session: AsyncSession = Depends(get_session)):
    task = await session.get(Task, task_id, options=[selectinload(Task.project)])
    return {"title": task.title, "project": task.project.name}
%s
```
"""


@pytest.mark.parametrize(
    ("more", "expected", "reason"),
    [
        ("", Overall.PASS, ""),
        ('\n\n@app.get("/tasks")\nasync def tasks():\n    while True: pass\n', Overall.FAIL, "cpu limit"),
        ('\n\n@app.get("/tasks")\nasync def tasks():\n    import os; os._exit(0)\n', Overall.FAIL, "exited"),
        ("\n\nimport asyncio\nasyncio.sleep = None\n", Overall.UNDECIDED, "to its end"),
    ],
)
def test_what_cuts_a_run_short_or_its_reports_off_never_passes(
    grader: Grader, more: str, expected: Overall, reason: str
) -> None:
    grade = grader.grade(RIGHT_READ % more, CASES["debug-missing-greenlet"], name="x")
    assert grade.overall is expected
    assert not reason or any(reason in verdict.reason for verdict in grade.verdicts.values())


def test_a_file_name_that_leaves_the_folder_does_not_cost_the_code(grader: Grader) -> None:
    grade = grader.grade("`/app/tasks.py`:\n\n" + RIGHT_READ % "", CASES["debug-missing-greenlet"], name="x")
    assert grade.verdicts["imports"].outcome is Outcome.PASS
