"""no-lazy-load: no path triggers MissingGreenlet, masked ones included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.criteria.criterion import (
    Criterion,
    Example,
    Kind,
    Opinion,
    Sample,
    Subject,
    at,
    failed,
    no_occasion,
    passed,
    short,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.facts import Facts
    from harness.verdicts import Evidence


_NOT_REACHED = frozenset({401, 403, 404, 405, 422})


def _static(subject: Subject) -> Opinion:
    loads = subject.facts.lazy_loads
    if loads:
        return failed(loads[0].what, [at(each.at, each.what) for each in loads])
    if not subject.facts.endpoints:
        return no_occasion("no endpoint reads an object")
    return unknown("no certain lazy load can be read from the code")


def _dynamic(subject: Subject) -> Opinion:
    run = subject.run
    if subject.import_failed:
        return subject.not_run
    if run.lazy_loads:
        first = run.lazy_loads[0]
        places = subject.places((each.place, "an unloaded attribute is read here") for each in run.lazy_loads)
        return failed(f"MissingGreenlet: {short(first.message)}", places)
    expiring = any(each.expire_on_commit for each in run.dependencies) or any(
        each.expire_on_commit for each in run.sessions
    )
    for creation in run.creations if expiring else ():
        status = creation.exchange.status
        if status is not None and 200 <= status < 300 and creation.exchange.body.strip() in ("{}", "[{}]"):
            message = f"POST answers {status} with an expired object: {creation.exchange.body}"
            return failed(message, subject.places([(creation.place, message)]))
    reached = [each for each in run.exchanges if each.status is not None and each.status not in _NOT_REACHED]
    if reached:
        return passed(f"{len(reached)} requests read what they need without a lazy load")
    return subject.not_run


def _find(facts: Facts) -> Iterator[Evidence]:
    for each in facts.lazy_loads:
        yield at(each.at, each.what)


CRITERION = Criterion(
    id="no-lazy-load",
    title="No lazy load",
    statement="No path triggers MissingGreenlet: no unloaded relation, no expired attribute, no unloaded response field.",
    why="Attribute access cannot be awaited; the load fails, or is masked by `except SQLAlchemyError` or a body {}.",
    remedy='Load what is read: `selectinload`/`joinedload` in the query, `refresh(obj, ["relation"])`, an explicit '
    "query, or `await obj.awaitable_attrs.relation`.",
    kind=Kind.HAZARD,
    example=Example(
        wrong="""
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlmodel import Field, Relationship, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from app.database import get_session

app = FastAPI()


class Project(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    project: Project = Relationship()


@app.get("/tasks/{task_id}")
async def read_task(task_id: int, session: Annotated[AsyncSession, Depends(get_session)]) -> dict[str, str]:
    task = await session.get_one(Task, task_id)
    return {"project": task.project.name}  # !
""",
        right="""
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy.orm import selectinload
from sqlmodel import Field, Relationship, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from app.database import get_session

app = FastAPI()


class Project(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str


class Task(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    project: Project = Relationship()


@app.get("/tasks/{task_id}")
async def read_task(task_id: int, session: Annotated[AsyncSession, Depends(get_session)]) -> dict[str, str]:
    task = await session.get_one(Task, task_id, options=[selectinload(Task.project)])
    return {"project": task.project.name}
""",
    ),
    sources=(
        "https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#preventing-implicit-io-when-using-asyncsession",
        "https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html",
        "https://docs.sqlalchemy.org/en/20/errors.html#error-xd2s",
    ),
    static=_static,
    dynamic=_dynamic,
    find=_find,
    passing=(
        Sample(
            """
@app.get("/tasks/{task_id}")
async def read(task_id: int, session: AsyncSession = Depends(get_session)):
    task = await session.get(Task, task_id)
    project = await session.get(Project, task.project_id)
    return {"project": task.project.name}
"""
        ),
        Sample(
            """
@app.get("/tasks/{task_id}")
async def read(task_id: int, session: AsyncSession = Depends(get_session)):
    task = await session.get(Task, task_id, options=[selectinload(Task.project)])
    return {"project": task.project.name}
"""
        ),
    ),
    failing=(
        Sample(
            """
@app.get("/projects")
async def projects(session: AsyncSession = Depends(get_session)):
    found = (await session.exec(select(Project))).all()
    return [len(project.tasks) for project in found]  # !
""",
            also=("relation-loaded",),
        ),
        Sample(
            """
class Team(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
class Hero(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    team_id: int | None = Field(default=None, foreign_key="team.id")
    team: Team | None = Relationship()
    @property
    def label(self) -> str:
        return self.team.name
async def show(hero_id: int, session: AsyncSession):
    hero = await session.get(Hero, hero_id)
    print(hero.label)  # !
    hero.team_id = None
    await session.rollback()
    return hero.team_id  # !
""",
            also=("relation-loaded",),
        ),
        Sample(
            """
@app.get("/tasks/{task_id}")
async def read(task_id: int, session: AsyncSession = Depends(get_session)):
    task = await session.get(Task, task_id)
    return {"project": task.project.name}  # !
""",
            also=("relation-loaded",),
        ),
    ),
)
