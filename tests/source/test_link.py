"""Where the names come from that a file leaves undefined."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.criteria.reading import reading, source_file

if TYPE_CHECKING:
    from harness.source.facts import Reading

DATABASE = """
import os
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
engine = create_async_engine(os.environ["DATABASE_URL"])
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session
"""


def supplied(found: Reading, module: str) -> dict[str, str]:
    return next(each.supplied for each in found.program.modules if each.name == module)


def unimported(found: Reading) -> list[tuple[str, bool]]:
    return [(each.name, each.complete) for each in found.facts.unimported]


def test_a_fragment_gets_well_known_names_and_the_context() -> None:
    found = reading(source_file("@app.get('/x')\nasync def f(session: AsyncSession = Depends(get_session)): ...\n"))
    assert supplied(found, "block1") == {
        "app": "_context:app",
        "AsyncSession": "sqlmodel.ext.asyncio.session:AsyncSession",
        "Depends": "fastapi:Depends",
        "get_session": "_context:get_session",
    }
    assert found.program.modules[0].name == "_context"
    assert not found.facts.class_uses
    assert not found.facts.dependencies


def test_complete_code_gets_the_context_and_no_imports() -> None:
    found = reading(source_file("engine = create_async_engine(DATABASE_URL)\nx: Task\n"), complete="everything")
    assert supplied(found, "block1") == {"DATABASE_URL": "_context:DATABASE_URL", "Task": "_context:Task"}
    assert unimported(found) == [("create_async_engine", True)]


def test_an_unnamed_block_may_rely_on_an_earlier_one() -> None:
    found = reading(
        source_file("from fastapi import HTTPException\nlimit = 3\n"),
        source_file("def f():\n    raise HTTPException(limit)\n", "block2"),
        complete="everything",
    )
    assert supplied(found, "block2") == {"HTTPException": "block1:HTTPException", "limit": "block1:limit"}


def test_a_block_may_rely_on_a_later_definition() -> None:
    found = reading(source_file("x = Later()\n"), source_file("class Later: ...\n", "block2"))
    assert supplied(found, "block1") == {"Later": "block2:Later"}


def test_a_named_file_does_not_see_what_another_file_imported() -> None:
    found = reading(
        source_file("from fastapi import HTTPException\n", "database", named=True),
        source_file("def f():\n    raise HTTPException(1)\n", "main", named=True),
        complete="everything",
    )
    assert unimported(found) == [("HTTPException", True)]


@pytest.mark.parametrize(
    ("line", "importer"),
    [
        ("from database import get_session", "main"),
        ("from app.database import get_session", "main"),
        ("from .database import get_session", "main"),
        ("from ..database import get_session", "routers.tasks"),
        ("from src.app.database import get_session", "main"),
    ],
)
def test_imports_between_files_resolve_by_their_ending(line: str, importer: str) -> None:
    code = f"{line}\nfrom fastapi import Depends\n@app.get('/x')\nasync def f(s=Depends(get_session)): ...\n"
    found = reading(source_file(DATABASE, "database", named=True), source_file(code, importer, named=True))
    assert [each.depended_on for each in found.facts.dependencies] == [True]
    assert not found.program.virtual


def test_the_readers_own_modules_are_supplied() -> None:
    found = reading(source_file("from app.models import Task, TaskCreate\nfrom app.auth import current_user\n"))
    assert found.program.virtual == {
        "app.models": {"Task": "_context:Task", "TaskCreate": "_context:TaskCreate"},
        "app.auth": {"current_user": ""},
    }


def test_a_module_of_the_readers_project_that_another_block_defines() -> None:
    found = reading(source_file(DATABASE), source_file("from app.db import get_session\n", "block2"))
    assert found.program.virtual == {"app.db": {"get_session": "block1:get_session"}}


def test_two_files_that_import_the_same_unknown_name_end() -> None:
    found = reading(
        source_file("from app.models import Gadget\n", "a", named=True),
        source_file("from app.models import Gadget\n", "b", named=True),
    )
    assert found.program.virtual == {"app.models": {"Gadget": ""}}


def test_a_package_that_exists_elsewhere_is_not_the_readers_project() -> None:
    found = reading(source_file("from loguru import logger\nimport structlog\n"))
    assert not found.program.virtual


def test_a_wrong_example_lends_imports_and_definitions() -> None:
    wrong = source_file("from fastapi import Depends\nsecret = 1\n", "wrong1")
    right = replace(source_file("x = Depends(lambda: secret)\n", "block2"), lines=(11, 12))
    found = reading(right, wrong=(wrong,))
    assert supplied(found, "block2") == {"Depends": "fastapi:Depends", "secret": "wrong1:secret"}
    assert [(m.name, m.lends) for m in found.program.modules] == [("wrong1", True), ("block2", False)]


def test_what_is_taken_on_trust_is_named() -> None:
    found = reading(
        source_file("import redis\nimport app.tasks\nfrom app.auth import user\nfrom app.models import Task\n")
    )
    assert found.facts.trusted == ("redis", "app.tasks", "app.auth.user")


def test_an_import_in_one_block_and_the_use_in_the_next() -> None:
    first = source_file("from sqlalchemy.ext.asyncio import AsyncSession\nfrom fastapi import Depends\n")
    second = source_file("async def f(session: AsyncSession = Depends(g)): ...\n", "block2")
    found = reading(first, second, complete="everything")
    assert [use.name for use in found.facts.class_uses] == ["sqlalchemy.ext.asyncio.AsyncSession"]


def test_an_engine_from_the_wrong_module_is_an_engine() -> None:
    code = "from sqlmodel import create_async_engine\ne = create_async_engine(DATABASE_URL, pool_size=20)\n"
    assert [(each.is_async, each.pool_size) for each in reading(source_file(code)).facts.engines] == [(True, True)]


def test_a_maker_that_is_left_out_makes_no_occasion() -> None:
    code = "async def get_session():\n    async with async_session_factory() as session:\n        yield session\n"
    assert [each.supplied for each in reading(source_file(code)).facts.dependencies] == [True]


def test_names_under_type_checking_are_not_there_at_run_time() -> None:
    code = """
from __future__ import annotations
from typing import TYPE_CHECKING
from fastapi import FastAPI
if TYPE_CHECKING:
    from decimal import Decimal as D
    from uuid import UUID as U
app = FastAPI()
@app.get("/x")
async def endpoint(amount: D): ...
def helper(key: U): ...
"""
    assert unimported(reading(source_file(code), complete="everything")) == [("D", True)]


def test_a_relation_to_a_model_that_is_left_out_gets_its_other_side() -> None:
    code = """
from sqlmodel import Field, Relationship, SQLModel
class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    project_id: int | None = Field(default=None, foreign_key="project.id")
    project: "Project | None" = Relationship(back_populates="items")
"""
    context = reading(source_file(code)).program.modules[0]
    assert "class Project(SQLModel, table=True):" in context.source
    assert "items: List['Task'] = Relationship(back_populates='project')" in context.source
    assert "class Task(" not in context.source


def test_a_schema_of_the_answers_own_model_has_its_fields() -> None:
    code = """
class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    headline: str
    weight: int = 3
async def f(data: TaskCreate) -> TaskRead: ...
"""
    context = reading(source_file(code)).program.modules[0].source
    assert "class TaskCreate(SQLModel):\n    headline: str\n    weight: int = 3\n" in context
    assert "class TaskRead(SQLModel):\n    id: int\n    headline: str\n" in context


def test_every_context_name_can_be_executed_as_source() -> None:
    names = "Task Project Worker TaskCreate TaskRead TaskUpdate TaskPublic TaskBase TaskWithProject app router settings"
    asked = f"x = [{', '.join([*names.split(), 'logger', 'DATABASE_URL', 'engine', 'async_session', 'SessionDep'])}]\n"
    context = reading(source_file(asked)).program.modules[0]
    assert context.ours
    compile(context.source, "_context.py", "exec")
