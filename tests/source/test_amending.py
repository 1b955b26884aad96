"""Pieces of models amend the models that the harness supplies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.source.given import EntitySpec, Frame
from harness.source.reading import read
from tests.criteria.reading import source_file

ENTITIES = {
    "Task": EntitySpec({"title": "str"}, {"project": "Project"}),
    "Project": EntitySpec({"name": "str"}),
}
EAGER = 'Relationship(sa_relationship_kwargs={"lazy": "selectin"})'
ENDPOINT = """
@app.get("/tasks/{task_id}")
async def get_task(task_id: int, session: AsyncSession = Depends(get_session)):
    task = await session.get(Task, task_id)
    return {"project": task.project.name}
"""


def supplied(piece: str) -> tuple[str, bool]:
    """The source of the supplied models, and whether the endpoint is told to load lazily."""
    files = [replace(source_file(piece), partial=True), source_file(ENDPOINT, "block2")]
    reading = read(files, [], complete="nothing", entities=ENTITIES)
    [context] = [module for module in reading.program.modules if module.ours]
    return context.source, bool(reading.facts.lazy_loads)


@pytest.mark.parametrize(
    ("piece", "bases", "lazy"),
    [
        ("class Task(AsyncAttrs, SQLModel, table=True):\n    ...\n", "AsyncAttrs, SQLModel", ""),
        ("class Project(AsyncAttrs, SQLModel, table=True):\n    ...\n", "SQLModel", ""),
        (f"class Task(SQLModel, table=True):\n    ...\n    project: Project = {EAGER}\n", "SQLModel", "selectin"),
        (f"project: Project = {EAGER}\n", "SQLModel", "selectin"),
        ("project: Project = Relationship()\n", "SQLModel", ""),
        (f"owner: Project = {EAGER}\n", "SQLModel", ""),
    ],
)
def test_a_piece_amends_the_supplied_model(piece: str, bases: str, lazy: str) -> None:
    source, is_lazy = supplied(piece)
    assert f"class Task({bases}, table=True):" in source
    assert ("'lazy': '" in source) is bool(lazy)
    assert lazy in source
    assert is_lazy is not bool(lazy)


@pytest.mark.parametrize(
    ("piece_of", "endpoint_of", "lazy"),
    [(None, None, False), ("A", "A", False), ("A", "B", True), ("A", None, True), (None, "B", True)],
)
def test_a_piece_of_one_option_does_not_load_for_another(
    piece_of: str | None, endpoint_of: str | None, lazy: bool
) -> None:
    piece = replace(source_file(f"project: Project = {EAGER}\n"), partial=True, option=piece_of)
    endpoint = replace(source_file(ENDPOINT, "block2"), option=endpoint_of)
    facts = read([piece, endpoint], [], complete="nothing", entities=ENTITIES).facts
    assert bool(facts.lazy_loads) is lazy


def test_an_attribute_alone_is_tried_with_the_endpoint_of_the_prompt() -> None:
    head = (
        "@app.get('/tasks/{task_id}')\nasync def get_task(task_id: int, session: AsyncSession = Depends(get_session)):"
    )
    frame = Frame(head, "task", "task = await session.get(Task, task_id)", "return task.project.name")
    piece = replace(source_file(f"project: Project = {EAGER}\n"), partial=True)
    facts = read([piece], [], complete="nothing", entities=ENTITIES, frame=frame).facts
    assert [(each.name, each.receives is not None) for each in facts.endpoints] == [("get_task", True)]
    assert not facts.lazy_loads
