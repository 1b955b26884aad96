"""A loose body becomes the endpoint of the prompt; everything else stays as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.source.framing import framed
from harness.source.given import Frame
from tests.criteria.reading import source_file

FRAME = Frame("@app.get('/x')\nasync def f(session):\n", "task", "task = await fetch()", "return task.title")


@pytest.mark.parametrize(
    ("body", "inside"),
    [
        ("task = await one()\nreturn task", ["task = await one()", "return task"]),
        (
            "result = await all()\ntask = result.first()",
            ["result = await all()", "task = result.first()", "return task.title"],
        ),
        ("return task.name", ["task = await fetch()", "return task.name"]),
        ("await refresh(task)", ["task = await fetch()", "await refresh(task)", "return task.title"]),
    ],
)
def test_a_body_becomes_the_endpoint(body: str, inside: list[str]) -> None:
    [file] = framed([replace(source_file(body + "\n"), partial=True, lines=tuple(range(11, 20)))], FRAME)
    assert not file.partial
    assert file.source.splitlines() == ["@app.get('/x')", "async def f(session):", *(f"    {line}" for line in inside)]
    assert len(file.lines) >= len(file.source.splitlines())
    assert set(file.lines) <= set(range(11, 20))


@pytest.mark.parametrize(
    "code",
    ["class Task(SQLModel):\n    ...\n", "project: Project = Relationship()\n", "task = await one()\n...\n", "x = 1\n"],
)
def test_what_is_no_body_stays(code: str) -> None:
    [file] = framed([replace(source_file(code), partial=True)], FRAME)
    assert file.source == code


@pytest.mark.parametrize(
    ("code", "added"),
    [
        ("class Task(SQLModel):\n    p: P = Relationship(sa_relationship_kwargs={'lazy': 'selectin'})\n", True),
        ('class Task(Base):\n    p = relationship(lazy="joined")\n', True),
        ("class Task(SQLModel):\n    p: P = Relationship(sa_relationship_kwargs={'lazy': 'raise'})\n", False),
        ("class Task(SQLModel):\n    p: P = Relationship()\n", False),
    ],
)
def test_models_that_load_by_themselves_are_tried_with_the_endpoint_of_the_prompt(code: str, added: bool) -> None:
    models = replace(source_file(code), lines=(11, 12))
    first, *more = framed([models], FRAME)
    assert first is models
    assert [(file.source.splitlines()[-2:], set(file.lines), file.partial) for file in more] == (
        [(["    task = await fetch()", "    return task.title"], {12}, False)] if added else []
    )


def test_an_answer_with_a_function_is_not_framed() -> None:
    body = replace(source_file("return task\n"), partial=True)
    function = source_file("async def get_task(): ...\n", "block2")
    assert framed([body, function], FRAME) == [body, function]
    assert framed([body], None) == [body]
