"""The samples beside each criterion, checked as source trees: exactly that criterion, on exactly the marked lines."""

from __future__ import annotations

import pytest

from harness.checking.judge import CHECKED, judge
from harness.criteria import CRITERIA, Criterion, Sample
from harness.source.survey import TreeFile

HEAD = """
import asyncio, functools, os
from contextlib import asynccontextmanager
from typing import Annotated
from fastapi import Depends, FastAPI, HTTPException, Request
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import joinedload, selectinload
from sqlmodel import Field, Relationship, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession
class Project(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
    tasks: list["Task"] = Relationship(back_populates="project")
class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(unique=True)
    project_id: int | None = Field(default=None, foreign_key="project.id")
    project: Project | None = Relationship(back_populates="tasks")
class TaskCreate(SQLModel):
    title: str
DATABASE_URL = os.environ["DATABASE_URL"]
engine = create_async_engine(DATABASE_URL)
app = FastAPI()
"""
DEPENDENCY = """
async def get_session():
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session
"""
SAMPLES = [
    (criterion, sample)
    for criterion in CRITERIA.values()
    if criterion.id in CHECKED
    for sample in (*criterion.passing, *criterion.failing)
    if "= =" not in sample.code  # what cannot be parsed is not a finding
]
LEVELS = {"!": "error", "?": "advice"}


@pytest.mark.parametrize(
    ("criterion", "sample"), SAMPLES, ids=[f"{criterion.id}-{i}" for i, (criterion, _) in enumerate(SAMPLES)]
)
def test_sample(criterion: Criterion, sample: Sample) -> None:
    head = "" if sample.complete else HEAD
    if "Depends(get_session)" in sample.code and "def get_session" not in sample.code:
        head += DEPENDENCY
    if sample.complete and "DATABASE_URL" in sample.code:
        head = 'DATABASE_URL = "sqlite+aiosqlite:///app.db"\n'
    findings, unread = judge([TreeFile("main", "main.py", (head + sample.code).encode())], advice=True)
    assert not unread
    begin = head.count("\n")
    lines = sample.code.splitlines()
    expected = {
        (number, LEVELS[line[-1]]) for number, line in enumerate(lines, 1) if line.rstrip().endswith(("# !", "# ?"))
    }
    of_criterion = {(each.line - begin, each.level.value) for each in findings if each.criterion == criterion.id}
    assert of_criterion == expected
    others = {each.criterion for each in findings if each.criterion != criterion.id and each.level == "error"}
    assert others <= set(sample.also)
