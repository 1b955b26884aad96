"""error-handling: a failed INSERT or COMMIT becomes a deliberate HTTP error and leaves nothing behind."""

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

    from harness.observations import FaultRun, Outage
    from harness.source.facts import Facts
    from harness.verdicts import Evidence

_NAMES = {
    "integrity": "the INSERT violates a constraint",
    "commit": "the COMMIT fails",
    "deferred": "the COMMIT violates a constraint",
}


def _static(subject: Subject) -> Opinion:
    if subject.facts.lost:
        first = subject.facts.lost[0]
        return failed(first.how, [at(each.at, each.how) for each in subject.facts.lost])
    if not subject.writes_judged:
        return no_occasion("the prompt does not ask for error handling")
    return unknown("only the run tells")


def _dynamic(subject: Subject) -> Opinion:
    run = subject.run
    if not subject.writes_judged:
        return no_occasion("the prompt does not ask for error handling")
    if subject.import_failed:
        return subject.not_run
    if run.ran and not any(creation.row_stored for creation in run.creations):
        return no_occasion("nothing can be created, so no failure can be brought about")
    if run.stopped and run.stage.endswith("fault"):
        return failed(f"when an INSERT or a COMMIT fails: {run.stopped}")
    reached = [fault for fault in run.faults if fault.took_effect]
    broken = {each.endpoint for each in run.creations if each.row_stored and (each.exchange.status or 500) >= 500}
    wrong = [
        (fault.place, f"when {_NAMES[fault.fault]}: {why}")
        for fault in reached
        if (why := _fault(fault, works=fault.endpoint not in broken))
    ]
    wrong += [(outage.place, f"when the server is gone: {why}") for outage in run.outages if (why := _lost(outage))]
    if wrong and run.stand_ins_used:
        return unknown(f"depends on {', '.join(run.stand_ins_used)}, which is not installed here")
    if wrong:
        return failed(wrong[0][1], subject.places(wrong))
    if {fault.fault for fault in reached} >= {"integrity", "commit"}:
        if run.stand_ins_used:
            return unknown(f"depends on {', '.join(run.stand_ins_used)}, which is not installed here")
        if _elsewhere(subject, {fault.function for fault in reached}):
            return unknown("what fails in an endpoint that does not create was not brought about")
        return passed("a failed INSERT and a failed COMMIT are answered on purpose and leave nothing behind")
    return subject.not_run


def _elsewhere(subject: Subject, asked: set[str]) -> bool:
    """Whether the code loses writes of endpoints that the run did not make fail."""
    return any(not asked.issuperset(each.endpoints) for each in subject.facts.lost)


def _fault(fault: FaultRun, *, works: bool) -> str:
    """What is wrong. ``works``: the endpoint answers where nothing fails, so that the next request has to."""
    exchange = fault.exchange
    why = f" ({short(exchange.exception)})" if exchange.exception else ""
    if exchange.status is None:
        return f"the client gets no answer: {exchange.failure or 'the process ended'}"
    if exchange.unhandled:
        return f"the client gets an unhandled 500{why}"
    if exchange.status < 400:
        return f"the client gets {exchange.status} {exchange.body[:80]}"
    if fault.stored_now:
        return f"the client gets {exchange.status}, yet what it sent is stored"
    if fault.stored_later:
        return "the row of the failed request is stored by the next request"
    if not fault.others_can_write:
        return "the connection keeps its transaction: no other connection can write"
    following = fault.next_request
    if works and (following is None or following.status is None or not 200 <= following.status < 300):
        status = following.status if following is not None else None
        return f"the next request does not work: {status if status is not None else 'no answer'}"
    return ""


def _lost(outage: Outage) -> str:
    """What is wrong: not that the request fails, nor that the next one does, which finds out that its pool is stale."""
    told = outage.exchange.status
    if told is not None and 200 <= told < 300 and not outage.stored:
        return f"the client gets {told}, and nothing is stored"
    if not any(later.status is not None and later.status < 500 for later in outage.next_requests):
        return f"it is back, and {len(outage.next_requests)} requests in turn fail"
    return ""


def _find(facts: Facts) -> Iterator[Evidence]:
    for each in facts.lost:
        yield at(each.at, each.how)


def _advise(facts: Facts) -> Iterator[Evidence]:
    for each in facts.risks:
        yield at(each.at, each.kind.value)


CRITERION = Criterion(
    id="error-handling",
    title="Failures are told and undone",
    statement="When the INSERT or the COMMIT fails the client gets a deliberate HTTP error and nothing of it is stored.",
    why="A commit after `yield` fails when the 2xx is already sent; a failed COMMIT without rollback wedges SQLite and "
    "lets the next request store the row.",
    remedy="Commit in the endpoint inside `try`; on SQLAlchemyError (and OSError) `await session.rollback()` and raise "
    "an HTTPException with a fixed text: 409 for IntegrityError, 503 or 500 else.",
    kind=Kind.BEHAVIOUR,
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
        await session.commit()  # !


@app.post("/tasks")
async def create_task(task: Task, session: Annotated[AsyncSession, Depends(get_session)]) -> Task:
    session.add(task)
    return task
""",
        right="""
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from app.models import Task

app = FastAPI()
engine = create_async_engine("postgresql+asyncpg://localhost/app", pool_size=10, pool_pre_ping=True)
make_session = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with make_session() as session:
        yield session


@app.post("/tasks")
async def create_task(task: Task, session: Annotated[AsyncSession, Depends(get_session)]) -> Task:
    session.add(task)
    try:
        await session.commit()
    except IntegrityError as error:
        await session.rollback()
        raise HTTPException(409, "there is such a task already") from error
    except (SQLAlchemyError, OSError) as error:
        await session.rollback()
        raise HTTPException(503, "the task could not be stored, try again") from error
    return task
""",
    ),
    sources=(
        "https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/",
        "https://fastapi.tiangolo.com/tutorial/handling-errors/",
        "https://docs.sqlalchemy.org/en/20/orm/session_basics.html#rolling-back",
    ),
    static=_static,
    dynamic=_dynamic,
    find=_find,
    advise=_advise,
    passing=(
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session
        await session.commit()
@app.post("/tasks")
async def create(data: TaskCreate, session: AsyncSession = Depends(get_session, scope="function")):
    task = Task(**data.model_dump())
    session.add(task)
    return task
"""
        ),
        Sample(
            """
@app.post("/tasks")
async def create(data: TaskCreate, session: AsyncSession = Depends(get_session)):
    session.add(Task(**data.model_dump()))
    await session.commit()  # ?
"""
        ),
        Sample(
            """
@app.post("/tasks")
async def create(data: TaskCreate, session: AsyncSession = Depends(get_session)):
    session.add(Task(**data.model_dump()))
    try:
        await session.commit()
    except SQLAlchemyError as error:  # ?
        raise HTTPException(500, detail=str(error)) from error
"""
        ),
    ),
    failing=(
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make.begin() as session:  # !
        yield session
@app.post("/tasks")
async def create(data: TaskCreate, session: AsyncSession = Depends(get_session)):
    task = Task(**data.model_dump())
    session.add(task)
    return task
"""
        ),
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session
        await session.commit()  # !
@app.post("/tasks")
async def create(data: TaskCreate, session: AsyncSession = Depends(get_session)):
    task = Task(**data.model_dump())
    session.add(task)
    return task
"""
        ),
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session
@app.post("/tasks")
async def create(data: TaskCreate, session: AsyncSession = Depends(get_session)):
    task = Task(**data.model_dump())
    session.add(task)
    try:
        await session.commit()
    except IntegrityError:  # !
        await session.rollback()
        return HTTPException(409, "task exists")
    return task
"""
        ),
        Sample(
            """
async def create(data: TaskCreate, session: AsyncSession):
    try:
        session.add(Task(**data.model_dump()))
    except IntegrityError as error:  # !
        raise HTTPException(409, "task exists") from error
    await session.commit()
"""
        ),
        Sample(
            """
async def create(data: TaskCreate, session: AsyncSession):
    async with session.begin():
        task = Task(**data.model_dump())
        session.add(task)
        await session.commit()  # !
        await session.refresh(task)
"""
        ),
        Sample(
            """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        try:
            yield session
        except Exception:  # !
            await session.rollback()
@app.get("/tasks")
async def tasks(session: AsyncSession = Depends(get_session)):
    return (await session.exec(select(Task))).all()
"""
        ),
    ),
)
