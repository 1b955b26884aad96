"""Fixed answers are really right: graded before and after, in the sandbox, on SQLite."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.cases import load_cases
from harness.completions import Completion
from harness.grading import Grader
from harness.verdicts import Outcome, Overall
from tests.fixes.mending import mended

if TYPE_CHECKING:
    from harness.verdicts import Grade

CASE = "test-your-skill"
DB = """\
from collections.abc import AsyncGenerator

from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

engine = create_async_engine("postgresql+asyncpg://localhost/app")
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)


async def get_session() -> AsyncGenerator[AsyncSession, None]:
    async with make() as session:
        yield session
"""
MAIN = """\
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from database import get_session


class TaskCreate(SQLModel):
    title: str
    description: str | None = None


class Task(TaskCreate, table=True):
    id: int | None = Field(default=None, primary_key=True)


app = FastAPI()


@app.post("/tasks", status_code=201)
async def create_task(data: TaskCreate, session: AsyncSession = Depends(get_session)) -> Task:
    task = Task.model_validate(data)
    session.add(task)
    try:
        await session.commit()
    except IntegrityError as error:
        await session.rollback()
        raise HTTPException(409, "there is such a task") from error
    except (SQLAlchemyError, OSError) as error:
        await session.rollback()
        raise HTTPException(503, "try again later") from error
    return task
"""
SQLMODELS = "from sqlmodel.ext.asyncio.session import AsyncSession"
SQLALCHEMYS = "from sqlalchemy.ext.asyncio import AsyncSession"
WITH = "    async with make() as session:\n        yield session\n"
FAULTS = {
    "session-import": [(SQLMODELS, SQLALCHEMYS)],
    "session-factory": [("class_=AsyncSession, ", "")],
    "session-factory (the sync maker)": [
        (
            "import async_sessionmaker, create_async_engine",
            "import create_async_engine\nfrom sqlalchemy.orm import sessionmaker",
        ),
        ("= async_sessionmaker(", "= sessionmaker("),
    ],
    "expire-on-commit": [(", expire_on_commit=False", "")],
    "awaited": [("await session.commit()", "session.commit()")],
    "awaited (needless)": [("session.add(task)", "await session.add(task)")],
    "dependency-shape": [(WITH, "    session = make()\n    yield session\n")],
    "dependency-shape (returned)": [
        (WITH, "    async with make() as session:\n        return session\n"),
        ("AsyncGenerator[AsyncSession, None]:", "AsyncSession:"),
    ],
    "dependency-shape (a manager)": [
        ("async def get_session", "@asynccontextmanager\nasync def get_session"),
        ("import AsyncGenerator\n", "import AsyncGenerator\nfrom contextlib import asynccontextmanager\n"),
    ],
    "depends": [(" = Depends(get_session)", "")],
    "depends (called)": [("Depends(get_session)", "Depends(get_session())")],
    "imports": [("FastAPI, HTTPException", "FastAPI")],
}


def wrong(name: str) -> dict[str, str | bytes]:
    files = {"database.py": DB, "main.py": MAIN}
    for old, new in FAULTS[name]:
        assert any(old in code for code in files.values())
        files = {path: code.replace(old, new) for path, code in files.items()}
    return dict(files)


def answer(name: str, files: dict[str, str | bytes]) -> Completion:
    """The files as a completion shows them."""
    parts = [
        f"`{path}`:\n\n```python\n{code.decode() if isinstance(code, bytes) else code}```\n"
        for path, code in files.items()
    ]
    return Completion(case=CASE, name=name, text="\n".join(parts), source=Path("x.md"))


@pytest.fixture(scope="module")
def grades() -> dict[str, Grade]:
    completions = [answer("right", {"database.py": DB, "main.py": MAIN})]
    for name in FAULTS:
        files = wrong(name)
        contents, _ = mended(files, unsafe=True)
        completions += [answer(f"{name}: before", files), answer(f"{name}: after", dict(contents))]
    with Grader(jobs=2) as grader:
        return dict(zip([each.name for each in completions], grader.grade_all(completions, load_cases()), strict=True))


def test_the_answer_that_is_made_wrong_is_right(grades: dict[str, Grade]) -> None:
    assert grades["right"].overall is Overall.PASS, textwrap.shorten(str(grades["right"].verdicts), 2000)


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_fixed_is_right(grades: dict[str, Grade], name: str) -> None:
    criterion = name.partition(" (")[0]
    assert grades[f"{name}: before"].verdicts[criterion].outcome is Outcome.FAIL
    after = grades[f"{name}: after"]
    assert after.verdicts[criterion].outcome is Outcome.PASS
    assert after.overall is Overall.PASS, textwrap.shorten(str(after.verdicts), 2000)
