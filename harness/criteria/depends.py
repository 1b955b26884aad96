"""depends: the endpoint receives its session through Depends."""

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
    nothing_dynamic,
    passed,
)
from harness.source.facts import Receives

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.facts import EndpointFact, Facts
    from harness.verdicts import Evidence


def _static(subject: Subject) -> Opinion:
    endpoints = [each for each in subject.facts.endpoints if each.receives is not None and not _goes_on(each)]
    wrong = [each for each in endpoints if each.receives is not Receives.DEPENDS]
    if wrong:
        return failed(f"{wrong[0].name}: {wrong[0].why}", [at(each.at, each.why) for each in wrong])
    if endpoints:
        return passed("the endpoint receives its session through Depends")
    return no_occasion("no endpoint uses a session")


def _goes_on(endpoint: EndpointFact) -> bool:
    """A websocket that opens its sessions itself: it outlives the work that one session is for."""
    return endpoint.method == "websocket" and endpoint.receives is Receives.OPENS


def _find(facts: Facts) -> Iterator[Evidence]:
    for each in facts.endpoints:
        if each.method and each.receives in (Receives.BARE, Receives.CALLED):
            yield at(each.at, each.why)


def _advise(facts: Facts) -> Iterator[Evidence]:
    for each in facts.endpoints:
        if each.method and each.receives is Receives.OPENS and not each.is_sync_session:
            yield at(each.at, each.why)


CRITERION = Criterion(
    id="depends",
    title="The session comes through Depends",
    statement="The endpoint receives its session through Depends(dependency), as default, Annotated, or an alias of it.",
    why="Only then does FastAPI open one session a request, close it whatever happens, and let tests replace it.",
    remedy="Take `session: AsyncSession = Depends(get_session)` or `Annotated[AsyncSession, Depends(get_session)]`.",
    kind=Kind.STRUCTURE,
    example=Example(
        wrong="""
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from app.models import Task

app = FastAPI()
engine = create_async_engine("postgresql+asyncpg://localhost/app", pool_size=10, pool_pre_ping=True)
make_session = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with make_session() as session:
        yield session


@app.get("/tasks/{task_id}")
async def read_task(task_id: int, session: AsyncSession = get_session()) -> Task | None:  # !
    return await session.get(Task, task_id)
""",
        right="""
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from app.models import Task

app = FastAPI()
engine = create_async_engine("postgresql+asyncpg://localhost/app", pool_size=10, pool_pre_ping=True)
make_session = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with make_session() as session:
        yield session


@app.get("/tasks/{task_id}")
async def read_task(task_id: int, session: Annotated[AsyncSession, Depends(get_session)]) -> Task | None:
    return await session.get(Task, task_id)
""",
    ),
    sources=("https://fastapi.tiangolo.com/tutorial/dependencies/",),
    static=_static,
    dynamic=nothing_dynamic,
    find=_find,
    advise=_advise,
    fix="Safe, as FastAPI does not start with what is replaced: `Depends(get_session())` loses its brackets, and a bare session gets `Depends` of the one right dependency of the project, where there is exactly one and importing it leads in no circle.",
    passing=(
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session
SessionDep = Annotated[AsyncSession, Depends(get_session)]
@app.get("/tasks")
async def tasks(session: SessionDep):
    return (await session.exec(select(Task))).all()
"""
        ),
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session
class Service:
    def __init__(self, session: AsyncSession = Depends(get_session)):
        self.session = session
@app.get("/tasks")
async def tasks(service: Service = Depends(Service)):
    return (await service.session.exec(select(Task))).all()
"""
        ),
    ),
    failing=(
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
@app.middleware("http")
async def open_session(request: Request, call_next):
    async with make() as session:
        request.state.session = session
        return await call_next(request)
@app.post("/tasks")
async def create(data: TaskCreate, request: Request):
    session: AsyncSession = request.state.session  # ?
    session.add(Task(**data.model_dump()))
    await session.commit()
"""
        ),
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session
@app.get("/tasks")
async def tasks(session: Annotated[AsyncSession, get_session]):  # !
    return (await session.exec(select(Task))).all()
"""
        ),
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
@app.get("/tasks")
async def tasks():
    async with make() as session:  # ?
        return (await session.exec(select(Task))).all()
"""
        ),
    ),
)
