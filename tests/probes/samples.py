"""Right answers in several styles, and one-fault mutants of the plain one."""

from __future__ import annotations

from harness.program import Module, Program

RIGHT = """
import os
from collections.abc import AsyncGenerator
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import selectinload
from sqlmodel import Field, Relationship, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=5)
make_session = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
app = FastAPI()


class Project(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str


class TaskCreate(SQLModel):
    title: str = Field(min_length=1, max_length=100)
    done: bool = False
    project_id: int | None = Field(default=None, foreign_key="project.id")


class Task(TaskCreate, table=True):
    id: int | None = Field(default=None, primary_key=True)
    project: Project | None = Relationship()


async def get_session() -> AsyncGenerator[AsyncSession, None]:
    async with make_session() as session:
        yield session


@app.post("/tasks", status_code=201)
async def create_task(data: TaskCreate, session: AsyncSession = Depends(get_session)) -> Task:
    task = Task.model_validate(data)
    session.add(task)
    try:
        await session.commit()
    except IntegrityError:
        await session.rollback()
        raise HTTPException(409, "conflict")
    except SQLAlchemyError:
        await session.rollback()
        raise HTTPException(503, "try again")
    return task


@app.get("/tasks/{task_id}")
async def get_task(task_id: int, session: AsyncSession = Depends(get_session)):
    found = await session.exec(select(Task).where(Task.id == task_id).options(selectinload(Task.project)))
    task = found.one_or_none()
    if task is None:
        raise HTTPException(404)
    return {"title": task.title, "project": task.project.name if task.project else None}


@app.get("/tasks")
async def list_tasks(session: AsyncSession = Depends(get_session)) -> list[Task]:
    return list((await session.exec(select(Task))).all())
"""

_YIELD = """    async with make_session() as session:
        yield session
"""
_COMMIT = "        await session.commit()\n"

MUTATIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "wrong class": (("class_=AsyncSession, ", ""),),
    "expires": ((", expire_on_commit=False", ""),),
    "no close": ((_YIELD, "    yield make_session()\n"),),
    "commit after yield": (
        (_YIELD, _YIELD + _COMMIT),
        (_COMMIT + "    except Integ", "        pass\n    except Integ"),
    ),
    "no rollback": (("        await session.rollback()\n", ""),),
    "integrity only": (
        (
            "    except SQLAlchemyError:\n        await session.rollback()\n"
            '        raise HTTPException(503, "try again")\n',
            "",
        ),
    ),
    "swallowed": (
        ('        raise HTTPException(503, "try again")\n', ""),
        ('        raise HTTPException(409, "conflict")\n', ""),
    ),
    "empty body": (("-> Task:\n    task", ":\n    task"), ("    return task\n", "    return {}\n")),
    "flush only": ((_COMMIT, "        await session.flush()\n"),),
    "lazy load": ((".options(selectinload(Task.project))", ""),),
    "global session": (
        (_YIELD, "    yield shared\n"),
        ("app = FastAPI()\n", "app = FastAPI()\nshared = make_session()\n"),
    ),
    "never awaited": ((_COMMIT, "        session.commit()\n"),),
    "engine per request": (
        (
            _YIELD,
            _YIELD.replace(
                "make_session()",
                "AsyncSession(create_async_engine(os.environ['DATABASE_URL']), expire_on_commit=False)",
            ),
        ),
    ),
    "gathered": (
        (
            "    return list((await session.exec(select(Task))).all())",
            "    import asyncio\n    results = await asyncio.gather(*(session.exec(select(Task)) for _ in range(3)))\n"
            "    return list(results[0].all())",
        ),
    ),
    "loops": (("    task = Task.model_validate(data)\n", "    while True:\n        pass\n"),),
    "exits": (("    task = Task.model_validate(data)\n", "    os._exit(0)\n"),),
}


def program(*sources: str, names: tuple[str, ...] = (), dependency: str = "get_session") -> Program:
    """The sources as modules ``main``, ``names[0]``, ..."""
    modules = tuple(
        Module(name, f"{name.replace('.', '/')}.py", source)
        for name, source in zip(("main", *names), sources, strict=False)
    )
    return Program(modules, dependencies=(f"main:{dependency}",) if dependency else ())


def mutant(name: str) -> Program:
    """The right answer with one fault."""
    source = RIGHT
    for old, new in MUTATIONS[name]:
        assert old in source, (name, old)
        source = source.replace(old, new)
    return program(source)
