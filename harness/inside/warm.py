"""Runs one complete answer before any fork, so that everything lazy has been imported and cached once."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import threading
from types import ModuleType
from typing import Any

import alembic
import sqlalchemy.dialects.postgresql.asyncpg
import sqlalchemy.dialects.postgresql.psycopg
import sqlalchemy.dialects.sqlite.aiosqlite
from fastapi.openapi.utils import get_openapi
from sqlalchemy.orm import clear_mappers
from sqlmodel import SQLModel
from sqlmodel.main import default_registry

from harness.inside import asgi, discover, engines, guard, memory

_REFERENCE = """
import io
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated
from fastapi import APIRouter, Depends, FastAPI, HTTPException
from fastapi.responses import JSONResponse
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import joinedload, selectinload
from sqlmodel import Field, Relationship, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

logger = logging.Logger("warm-up")
logger.addHandler(logging.StreamHandler(io.StringIO()))
engine = create_async_engine(URL)
factory = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)

class WarmProject(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
    tasks: list["WarmTask"] = Relationship(back_populates="project")

class WarmTaskCreate(SQLModel):
    title: str = Field(min_length=1, max_length=200)
    project_id: int | None = Field(default=None, foreign_key="warmproject.id")

class WarmTask(WarmTaskCreate, table=True):
    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(unique=True)
    project: WarmProject | None = Relationship(back_populates="tasks")

class WarmProjectRead(SQLModel):
    name: str

class WarmTaskRead(SQLModel):
    id: int
    title: str
    project: WarmProjectRead | None = None

@asynccontextmanager
async def lifespan(app):
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    yield

app = FastAPI(lifespan=lifespan)
router = APIRouter()

async def get_session() -> AsyncGenerator[AsyncSession, None]:
    async with factory() as session:
        yield session

@app.post("/tasks", response_model=WarmTaskRead, status_code=201)
async def create_task(data: WarmTaskCreate, session: Annotated[AsyncSession, Depends(get_session)]):
    task = WarmTask.model_validate(data)
    session.add(task)
    try:
        await session.commit()
    except IntegrityError:
        logger.exception("reads the sources of all that is on the stack")
        await session.rollback()
        raise HTTPException(409, "conflict")
    except SQLAlchemyError:
        await session.rollback()
        raise HTTPException(503, "unavailable")
    await session.refresh(task, attribute_names=["project"])
    return task

@router.get("/tasks/{task_id}", response_model=WarmTaskRead)
async def get_task(task_id: int, session: Annotated[AsyncSession, Depends(get_session)]):
    found = await session.exec(select(WarmTask).where(WarmTask.id == task_id).options(selectinload(WarmTask.project)))
    task = found.one_or_none()
    if task is None:
        raise HTTPException(404, "no such task")
    return task

@router.get("/sync")
def sync():
    return {"ok": True}

app.include_router(router)
"""


def warm_up() -> None:
    """Leaves no thread, event loop, table or mapper behind. RuntimeError: the reference answer does not work."""
    engines.sites()
    memory.machinery()
    folder = tempfile.mkdtemp()
    module = ModuleType("harness_warm")
    module.__dict__["URL"] = f"sqlite+aiosqlite:///{folder}/app.db"
    sys.modules[module.__name__] = module
    before = set(threading.enumerate())
    try:
        exec(compile(_REFERENCE, "harness_warm.py", "exec", dont_inherit=True), module.__dict__)
        asyncio.run(_exercise(module))
        for dialect in ("postgresql+asyncpg", "postgresql+psycopg"):
            engines.PRISTINE_ASYNC(f"{dialect}://u:p@localhost/d", pool_size=5)
        engines.PRISTINE_SYNC(f"sqlite:///{folder}/app.db").dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        del sys.modules[module.__name__]
        forget()
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
    guard.hidden(len(sys.modules))


def forget() -> None:
    """Clear what SQLModel keeps globally."""
    clear_mappers()
    SQLModel.metadata.clear()
    default_registry.dispose()
    default_registry._class_registry.clear()


async def _exercise(module: Any) -> None:
    lifespan = asgi.Lifespan(module.app)
    problem = await lifespan.start()
    if problem:
        raise RuntimeError(f"the warm-up does not start: {problem}")
    for route in discover.api_routes(module.app):
        get_openapi(title="warm-up", version="1", routes=[route.context])
    expected = [201, 409, 422, 200, 404]
    posts = ['{"title": "a"}', '{"title": "a"}', "{}"]
    messages = [{"method": "POST", "path": "/tasks", "body": body} for body in posts]
    messages += [{"method": "GET", "path": path} for path in ("/tasks/1", "/tasks/9")]
    headers = {"content-type": "application/json"}
    answers = [await asgi.exchange(module.app, {**message, "headers": headers}, {}) for message in messages]
    if [answer["status"] for answer in answers] != expected:
        raise RuntimeError(f"the warm-up does not work: {answers}")
    await lifespan.stop()
    await module.engine.dispose()


_ = (alembic, sqlalchemy)
