"""Right answers written very differently."""

from __future__ import annotations

from harness.program import Module, Program

_HEAD = """
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID, uuid4
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession
"""
_ENGINE = """
engine = create_async_engine("postgresql+asyncpg://u:p@db/app", pool_size=5,
                             connect_args={"server_settings": {"jit": "off"}}, isolation_level="READ COMMITTED")
make_session = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
"""
_SESSION = """
async def get_session() -> AsyncGenerator[AsyncSession, None]:
    async with make_session() as session:
        yield session
"""
_MODEL = """
class TaskCreate(SQLModel):
    title: str
class Task(TaskCreate, table=True):
    id: int | None = Field(default=None, primary_key=True)
"""
_CREATE = """
    task = Task.model_validate(data)
    session.add(task)
    try:
        await session.commit()
    except SQLAlchemyError as error:
        await session.rollback()
        raise HTTPException(409 if isinstance(error, IntegrityError) else 503, "not stored")
    return task
"""

STYLES: dict[str, str] = {
    "handlers": _HEAD
    + _ENGINE
    + _SESSION
    + _MODEL
    + """
app = FastAPI()
@app.exception_handler(SQLAlchemyError)
async def failed(request: Request, error: SQLAlchemyError):
    return JSONResponse({"detail": "database"}, 503)
SessionDep = Annotated[AsyncSession, Depends(get_session)]
@app.post("/tasks")
async def create_task(data: TaskCreate, session: SessionDep) -> Task:
    async with session.begin():
        task = Task.model_validate(data)
        session.add(task)
    return task
""",
    "router only, uuid key, refresh": _HEAD
    + _ENGINE
    + _SESSION
    + """
class TaskCreate(SQLModel):
    title: str
class Task(TaskCreate, table=True):
    __tablename__ = "tasks"
    __table_args__ = {"schema": "public"}
    id: UUID = Field(default_factory=uuid4, primary_key=True)
router = APIRouter(prefix="/tasks")
@router.post("/", status_code=201, response_model=Task)
async def create_task(data: TaskCreate, session: AsyncSession = Depends(get_session)):
"""
    + _CREATE.replace("    return task", "    await session.refresh(task)\n    return task"),
    "bare endpoint": _HEAD
    + _ENGINE
    + _SESSION
    + _MODEL
    + """
async def create_task(data: TaskCreate, session: AsyncSession = Depends(get_session)) -> Task:
"""
    + _CREATE,
    "manager class and lifespan engine": _HEAD
    + _MODEL
    + """
class Manager:
    def __init__(self, url):
        self.engine = create_async_engine(url)
        self.make = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)
@asynccontextmanager
async def lifespan(app):
    app.state.manager = Manager(os.environ["DATABASE_URL"])
    async with app.state.manager.engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    yield
    await app.state.manager.engine.dispose()
async def get_session(request: Request) -> AsyncGenerator[AsyncSession, None]:
    async with request.app.state.manager.make() as session:
        yield session
def create_app() -> FastAPI:
    app = FastAPI(lifespan=lifespan)
    @app.post("/tasks", status_code=201)
    async def create_task(data: TaskCreate, session: AsyncSession = Depends(get_session)) -> Task:
"""
    + _CREATE.replace("\n    ", "\n        ")
    + """
    return app
""",
    "declarative base, function scope": _HEAD
    + _ENGINE
    + """
from sqlalchemy import func, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
class Base(DeclarativeBase):
    pass
class Task(Base):
    __tablename__ = "tasks"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    made: Mapped[str] = mapped_column(server_default=text("NOW()"))
class TaskCreate(BaseModel):
    title: str
class TaskRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int
    title: str
async def get_session():
    async with make_session() as session:
        try:
            yield session
            await session.commit()
        except SQLAlchemyError:
            await session.rollback()
            raise HTTPException(503, "not stored")
app = FastAPI()
@app.post("/tasks", response_model=TaskRead)
async def create_task(data: TaskCreate, session: AsyncSession = Depends(get_session, scope="function")):
    task = Task(title=data.title)
    session.add(task)
    await session.flush()
    return task
""",
    "service with middleware and catch-all": _HEAD
    + _ENGINE
    + _SESSION
    + _MODEL
    + """
app = FastAPI()
@app.middleware("http")
async def timing(request: Request, call_next):
    response = await call_next(request)
    response.headers["x-time"] = "1"
    return response
@app.exception_handler(Exception)
async def failed(request: Request, error: Exception):
    return JSONResponse({"detail": "failed"}, 500)
class Tasks:
    def __init__(self, session: Annotated[AsyncSession, Depends(get_session)]):
        self.session = session
    async def create(self, data: TaskCreate) -> Task:
        task = Task.model_validate(data)
        try:
            self.session.add(task)
            await self.session.commit()
        except SQLAlchemyError:
            await self.session.rollback()
            raise
        return task
@app.post("/tasks")
async def create_task(data: TaskCreate, tasks: Annotated[Tasks, Depends()]) -> Task:
    return await tasks.create(data)
""",
}

PACKAGE = Program(
    modules=(
        Module("_context", "_context.py", _HEAD + _MODEL, ours=True),
        Module("app.database", "app/database.py", _HEAD + _ENGINE + _SESSION),
        Module(
            "app.routers.tasks",
            "app/routers/tasks.py",
            _HEAD
            + "from ..database import get_session\nfrom app.models import Task, TaskCreate\nrouter = APIRouter()\n"
            + '@router.post("/tasks")\n'
            + "async def create_task(data: TaskCreate, session: AsyncSession = Depends(get_session)) -> Task:\n"
            + _CREATE,
        ),
        Module(
            "main",
            "main.py",
            "from fastapi import FastAPI\nfrom src.app.routers import tasks\napp = FastAPI()\n"
            'app.include_router(tasks.router, prefix="/api")\n',
        ),
    ),
    virtual={"app.models": {"Task": "_context:Task", "TaskCreate": "_context:TaskCreate"}},
    dependencies=("app.database:get_session",),
)
