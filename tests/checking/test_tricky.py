"""Snippets that mislead a naive reader, each as one file and split over two: exactly the marked lines are found."""

from __future__ import annotations

import pytest

from tests.checking.trees import errors, found

CONTEXT = """
import asyncio, os, sys, tempfile, warnings, functools
from typing import Annotated, Optional
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from sqlalchemy import Column, DateTime, func, event
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncAttrs, async_sessionmaker, create_async_engine
from sqlalchemy.orm import joinedload, selectinload
from sqlmodel import Field, Relationship, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession
DATABASE_URL = "sqlite+aiosqlite:///./app.db"
engine = create_async_engine(DATABASE_URL)
app = FastAPI()
class Owner(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    name: str = "own"
    projects: list["Project"] = Relationship(back_populates="owner")
class Project(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    name: str
    owner_id: Optional[int] = Field(default=None, foreign_key="owner.id")
    owner: Optional["Owner"] = Relationship(back_populates="projects")
    tasks: list["Task"] = Relationship(back_populates="project")
class Task(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    title: str = Field(unique=True)
    project_id: Optional[int] = Field(default=None, foreign_key="project.id")
    project: Optional["Project"] = Relationship(back_populates="tasks")
class TaskCreate(SQLModel):
    title: str
    project_id: Optional[int] = None
class TaskRead(SQLModel):
    id: int
    title: str
class ProjectRead(SQLModel):
    id: int
    name: str
"""
CONTEXT_NAMES = (
    "Annotated, APIRouter, AsyncAttrs, AsyncGenerator, AsyncSession, BackgroundTasks, Column, DateTime, Depends, "
    "Field, HTTPException, IntegrityError, JSONResponse, Optional, Owner, Project, ProjectRead, Relationship, Request, "
    "SQLAlchemyError, SQLModel, Task, TaskCreate, TaskRead, app, async_sessionmaker, asynccontextmanager, asyncio, "
    "create_async_engine, datetime, engine, func, functools, joinedload, select, selectinload"
)

SNIPPETS = {
    "the class through a module alias": """
import sqlmodel.ext.asyncio.session as sms
make = async_sessionmaker(engine, class_=sms.AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as s:
        yield s
""",
    "shadowed by the right class before any use": """
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
async def get_session():
    async with AsyncSession(engine, expire_on_commit=False) as s:
        yield s
""",
    "configured later": """
make = async_sessionmaker(engine, class_=AsyncSession)
make.configure(expire_on_commit=False)
async def get_session():
    async with make() as s:
        yield s
""",
    "partial of the class": """
open_session = functools.partial(AsyncSession, engine, expire_on_commit=False)
async def get_session():
    async with open_session() as s:
        yield s
""",
    "a maker that is called session": """
async_session = session = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with session() as s:
        yield s
""",
    "opened one call further down": """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
@asynccontextmanager
async def session_scope():
    async with make() as s:
        yield s
async def get_session():
    async with session_scope() as s:
        yield s
@app.post("/tasks")
async def create(data: TaskCreate, session: AsyncSession = Depends(get_session)):
    task = Task(**data.model_dump())
    session.add(task)
    await session.commit()
    return task
""",
    "a plain def hands the coroutine on": """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session

def save(session: AsyncSession, obj):
    session.add(obj)
    return session.commit()
@app.post("/tasks")
async def create(data: TaskCreate, session: AsyncSession = Depends(get_session)):
    task = Task(**data.model_dump())
    await save(session, task)
    return task
""",
    "a sync session inside run_sync": """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session

def rename(session, task_id: int) -> str:
    task = session.get(Task, task_id)
    name = task.project.name          # lazy load inside the greenlet: fine
    task.title = name + "!"
    session.commit()
    return name
@app.get("/tasks/{task_id}")
async def read(task_id: int, session: AsyncSession = Depends(get_session)):
    return {"project": await session.run_sync(rename, task_id)}
""",
    "the target is in the session already": """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session

@app.get("/tasks/{task_id}")
async def read(task_id: int, session: AsyncSession = Depends(get_session)):
    task = await session.get(Task, task_id)
    project = await session.get(Project, task.project_id)
    return {"project": task.project.name}      # no SELECT is sent here
""",
    "loaded by refresh": """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session

@app.get("/tasks/{task_id}")
async def read(task_id: int, session: AsyncSession = Depends(get_session)):
    task = await session.get(Task, task_id)
    await session.refresh(task, ["project"])
    return {"project": task.project.name}
""",
    "a column that is called like a relation": """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session

@app.get("/tasks/{task_id}")
async def read(task_id: int, session: AsyncSession = Depends(get_session)):
    stmt = select(Task.title, Project.name.label("project")).join(Project).where(Task.id == task_id)
    task = (await session.exec(stmt)).one()
    return {"project": task.project}
""",
    "a registered handler answers": """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session
@app.post("/tasks")
async def create(data: TaskCreate, session: AsyncSession = Depends(get_session)):
    task = Task(**data.model_dump())
    session.add(task)
    await session.commit()
    return task

@app.exception_handler(SQLAlchemyError)
async def conflict(request: Request, exc: SQLAlchemyError):
    return JSONResponse({"detail": "conflict"}, status_code=409)
""",
    "every gathered coroutine opens its own": """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session

async def load(task_id: int):
    async with make() as session:
        return await session.get(Task, task_id, options=[selectinload(Task.project)])
@app.get("/tasks/{task_id}")
async def read(task_id: int):
    a, b = await asyncio.gather(load(task_id), load(task_id))
    return {"project": a.project.name}      # detached but loaded
""",
    "rebound to the wrong class": """
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)  # ! session-import
async def get_session():
    async with make() as s:
        yield s
""",
    "annotated right, made wrong": """
make = async_sessionmaker(engine, expire_on_commit=False)  # ! session-factory
async def get_session() -> AsyncGenerator[AsyncSession, None]:
    async with make() as session:
        yield session
""",
    "the configured maker is not used": """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():  # ! expire-on-commit
    async with AsyncSession(engine) as session:
        yield session
""",
    "the call overrides the maker": """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():  # ! expire-on-commit
    async with make(expire_on_commit=True) as session:
        yield session
""",
    "returned instead of yielded": """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        return session  # ! dependency-shape
@app.post("/tasks")
async def create(data: TaskCreate, session: AsyncSession = Depends(get_session)):
    task = Task(**data.model_dump())
    session.add(task)
    await session.commit()
    return task
""",
    "Annotated without Depends": """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session

@app.post("/tasks")
async def create(data: TaskCreate, session: Annotated[AsyncSession, get_session]):  # ! depends
    session.add(Task(**data.model_dump())); await session.commit()
""",
    "imported for type checkers only": """
from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from mystubs import AsyncSession as S
from sqlmodel.ext.asyncio.session import AsyncSession
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session

@app.post("/tasks")
async def create(data: TaskCreate, session: Annotated[S, Depends(get_session)]):  # ! imports
    task = Task(**data.model_dump()); session.add(task); await session.commit()
    return task
""",
    "await takes the whole chain": """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session

@app.get("/tasks/{task_id}")
async def read(task_id: int, session: AsyncSession = Depends(get_session)):
    rows = await session.exec(select(Task.title, Project.name).join(Project)).all()  # ! awaited
    return [tuple(r) for r in rows]
""",
    "loaded by a property": """
class Project(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    name: str
class Task(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    title: str
    project_id: Optional[int] = Field(default=None, foreign_key="project.id")
    project: Optional[Project] = Relationship()
    @property
    def label(self) -> str: return f"{self.project.name}: {self.title}"
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session

@app.get("/tasks/{task_id}")
async def read(task_id: int, session: AsyncSession = Depends(get_session)):
    task = await session.get(Task, task_id)
    return {"label": task.label}  # ! no-lazy-load
""",
    "loaded one level short": """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session

@app.get("/tasks/{task_id}")
async def read(task_id: int, session: AsyncSession = Depends(get_session)):
    stmt = select(Task).options(selectinload(Task.project)).where(Task.id == task_id)
    task = (await session.exec(stmt)).one()
    return {"project": task.project.name, "owner": task.project.owner.name}  # ! no-lazy-load
""",
    "expired by onupdate": """
class Task(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    title: str
    updated_at: Optional[datetime] = Field(sa_column=Column(DateTime, server_default=func.now(), onupdate=func.now()))
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session

@app.post("/tasks")
async def create(data: TaskCreate, session: AsyncSession = Depends(get_session)):
    task = Task(id=2, title=data.title); session.add(task); await session.commit()
    return task
@app.put("/tasks/{task_id}")
async def rename(task_id: int, data: TaskCreate, session: AsyncSession = Depends(get_session)):
    task = await session.get(Task, task_id)
    task.title = data.title
    await session.commit()
    return {"title": task.title, "updated_at": task.updated_at}  # ! no-lazy-load
""",
    "cached": """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
@functools.lru_cache
def _session() -> AsyncSession: return make()  # ! request-scope
async def get_session():
    async with _session() as session:
        yield session
@app.post("/tasks")
async def create(data: TaskCreate, session: AsyncSession = Depends(get_session)):
    task = Task(**data.model_dump())
    session.add(task)
    await session.commit()
    return task
""",
    "a try that nothing reaches": """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session

@app.post("/tasks")
async def create(data: TaskCreate, session: AsyncSession = Depends(get_session)):
    task = Task(**data.model_dump())
    try:
        session.add(task)
    except IntegrityError as exc:  # ! error-handling
        await session.rollback()
        raise HTTPException(409, "task exists") from exc
    await session.commit()
    return task
""",
    "returned instead of raised": """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session

@app.post("/tasks")
async def create(data: TaskCreate, session: AsyncSession = Depends(get_session)):
    task = Task(**data.model_dump()); session.add(task)
    try:
        await session.commit()
    except IntegrityError:  # ! error-handling
        await session.rollback()
        return HTTPException(409, "task exists")
    return task
""",
}


@pytest.mark.parametrize("snippet", SNIPPETS.values(), ids=list(SNIPPETS))
def test_in_one_file(snippet: str) -> None:
    tree = CONTEXT + snippet
    assert found(tree) == errors(tree)


@pytest.mark.parametrize("snippet", SNIPPETS.values(), ids=list(SNIPPETS))
def test_split_over_modules(snippet: str) -> None:
    future, _, rest = snippet.strip("\n").rpartition("from __future__ import annotations\n")
    tree = f"#: app/context.py{CONTEXT}#: app/tasks.py\n{future}{_}from .context import {CONTEXT_NAMES}\n{rest}\n"
    assert found(tree) == errors(tree)
