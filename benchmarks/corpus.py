"""Source files to check: varied FastAPI and SQLModel code without a fault, 80 to 140 lines each, the same each time."""

from __future__ import annotations

import random
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHORTEST, LONGEST = 80, 140

_THINGS = (
    "Book Invoice Customer Ticket Vehicle Recipe Patient Course Sensor Booking Product Shipment Article Device "
    "Playlist Contract Employee Museum Planet Reservation"
).split()
_FIELDS = (
    "title: str = Field(index=True, max_length=200)",
    "name: str",
    "note: str | None = None",
    "amount: int = Field(default=0, ge=0)",
    "price: float = 0.0",
    "is_active: bool = True",
    'status: str = Field(default="open", max_length=20)',
    "email: str | None = Field(default=None, max_length=320)",
    "created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))",
    "position: int = 0",
)
_IMPORTS = """\
from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, status
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel import Field, SQLModel, func, select
from sqlmodel.ext.asyncio.session import AsyncSession
"""
_ENGINES = (
    """\
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: str = "postgresql+asyncpg://app@localhost/app"
    echo: bool = False
    pool_size: int = 10


settings = Settings()
engine = create_async_engine(settings.database_url, echo=settings.echo, pool_size=settings.pool_size)
""",
    """\
import os

DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///app.db")
engine = create_async_engine(DATABASE_URL, pool_pre_ping=True)
""",
    """\
import os

OPTIONS = {"pool_size": 5, "max_overflow": 10, "pool_recycle": 1800}
engine = create_async_engine(os.environ["DATABASE_URL"], **OPTIONS)
""",
)
_MAKERS = (
    """
async_session = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
logger = logging.getLogger(__name__)


async def get_session() -> AsyncGenerator[AsyncSession, None]:
    async with async_session() as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(get_session)]
""",
    """
SessionLocal = async_sessionmaker(bind=engine, class_=AsyncSession, autoflush=False, expire_on_commit=False)
logger = logging.getLogger("app")


async def get_db() -> AsyncGenerator[AsyncSession, None]:
    async with SessionLocal() as session:
        try:
            yield session
        except Exception:
            await session.rollback()
            raise


SessionDep = Annotated[AsyncSession, Depends(get_db)]
""",
    """
logger = logging.getLogger(__name__)


async def session_scope() -> AsyncGenerator[AsyncSession, None]:
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(session_scope)]
""",
)
_MODELS = """

class ${thing}Base(SQLModel):
$fields


class ${thing}(${thing}Base, table=True):
    id: int | None = Field(default=None, primary_key=True)


class ${thing}Create(${thing}Base):
    pass


class ${thing}Update(SQLModel):
    note: str | None = None
    status: str | None = None
"""
_ROUTERS = (
    """

router = APIRouter(prefix="/${things}", tags=["${things}"])
""",
    """

@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None, None]:
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    yield
    await engine.dispose()


router = FastAPI(title="${thing} service", lifespan=lifespan)
""",
)
_CREATES = (
    """

@router.post("/", response_model=${thing}, status_code=status.HTTP_201_CREATED)
async def create_${item}(data: ${thing}Create, session: SessionDep) -> ${thing}:
    ${item} = ${thing}.model_validate(data)
    session.add(${item})
    try:
        await session.commit()
    except SQLAlchemyError as error:
        await session.rollback()
        logger.exception("the ${item} was not stored")
        raise HTTPException(status_code=409, detail="could not be stored") from error
    await session.refresh(${item})
    return ${item}
""",
    """

@router.post("/", response_model=${thing}, status_code=201)
async def add_${item}(*, data: ${thing}Create, session: SessionDep) -> ${thing}:
    ${item} = ${thing}(**data.model_dump())
    try:
        session.add(${item})
        await session.commit()
    except IntegrityError as error:
        await session.rollback()
        raise HTTPException(status.HTTP_409_CONFLICT, detail="there is one already") from error
    except SQLAlchemyError as error:
        await session.rollback()
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, detail="try again later") from error
    return ${item}
""",
)
_MORE = (
    """

@router.get("/{${item}_id}", response_model=${thing})
async def read_${item}(${item}_id: int, session: SessionDep) -> ${thing}:
    ${item} = await session.get(${thing}, ${item}_id)
    if ${item} is None:
        raise HTTPException(status_code=404, detail="${thing} not found")
    return ${item}
""",
    """

@router.get("/", response_model=list[${thing}])
async def list_${things}(
    session: SessionDep,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(le=100)] = 20,
) -> list[${thing}]:
    statement = select(${thing}).order_by(${thing}.id).offset(offset).limit(limit)
    result = await session.exec(statement)
    return list(result.all())
""",
    """

@router.get("/count")
async def count_${things}(session: SessionDep, since: datetime | None = None) -> dict[str, int]:
    statement = select(func.count()).select_from(${thing})
    if since is not None:
        logger.debug("counting %s since %s", "${things}", since)
    total = (await session.exec(statement)).one()
    return {"count": total, "pages": max(1, -(-total // 20))}
""",
    """

@router.patch("/{${item}_id}", response_model=${thing})
async def update_${item}(${item}_id: int, changes: ${thing}Update, session: SessionDep) -> ${thing}:
    ${item} = await session.get(${thing}, ${item}_id)
    if not ${item}:
        raise HTTPException(404, detail=f"no ${item} {${item}_id}")
    for key, value in changes.model_dump(exclude_unset=True).items():
        setattr(${item}, key, value)
    session.add(${item})
    try:
        await session.commit()
    except SQLAlchemyError as error:
        await session.rollback()
        raise HTTPException(status_code=409, detail="could not be changed") from error
    return ${item}
""",
    """

@router.delete("/{${item}_id}", status_code=204)
async def delete_${item}(${item}_id: int, session: SessionDep) -> None:
    found = await session.get(${thing}, ${item}_id)
    if found is None:
        raise HTTPException(status_code=404, detail="${thing} not found")
    await session.delete(found)
    try:
        await session.commit()
    except SQLAlchemyError as error:
        await session.rollback()
        raise HTTPException(status_code=409, detail="still in use") from error
""",
    '''

class ${thing}Repository:
    """All that is asked of the table of ${things}."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def by_id(self, key: int) -> ${thing} | None:
        return await self.session.get(${thing}, key)

    async def page(self, offset: int = 0, limit: int = 50) -> list[${thing}]:
        rows = await self.session.exec(select(${thing}).offset(offset).limit(limit))
        return list(rows.all())

    async def store(self, ${item}: ${thing}) -> ${thing}:
        self.session.add(${item})
        await self.session.flush()
        return ${item}
''',
    '''

def summary(${things}: list[${thing}]) -> str:
    """A line for the log: how many, and the first few of them."""
    shown = ", ".join(str(each.id) for each in ${things}[:5])
    more = len(${things}) - 5
    return f"{len(${things})} ${things}: {shown}" + (f" and {more} more" if more > 0 else "")
''',
    '''

def chunks(items: list[int], size: int = 100) -> list[list[int]]:
    """The items in lists of at most ``size``."""
    if size < 1:
        raise ValueError("size must be positive")
    return [items[start : start + size] for start in range(0, len(items), size)]


def slug(text: str, *, longest: int = 40) -> str:
    words = [word.strip(".,;:!?") for word in text.lower().split()]
    return "-".join(word for word in words if word)[:longest].rstrip("-") or "untitled"
''',
    '''

@router.get("/export")
async def export_${things}(session: SessionDep, ids: Annotated[list[int] | None, Query()] = None) -> dict[str, object]:
    """As rows for a spreadsheet; of all ${things}, or of those that are named."""
    rows: list[dict[str, object]] = []
    for ${item} in (await session.exec(select(${thing}))).all():
        if ids is None or ${item}.id in ids:
            rows.append({"id": ${item}.id, **${item}.model_dump(exclude={"id"})})
    logger.info("exported %d ${things}", len(rows))
    return {"rows": rows, "at": datetime.now(UTC).isoformat()}
''',
)


def write(folder: Path, count: int = 300, seed: int = 4) -> list[Path]:
    """Write so many files into ``folder``, none of which imports another."""
    paths: list[Path] = []
    for number, source in enumerate(sources(count, seed)):
        paths.append(folder / f"service_{number:03}.py")
        paths[-1].write_text(source, encoding="utf-8")
    return paths


def sources(count: int, seed: int = 4) -> Iterator[str]:
    """The text of so many files."""
    chance = random.Random(seed)
    for _ in range(count):
        yield _source(chance)


def _source(chance: random.Random) -> str:
    thing = chance.choice(_THINGS)
    fields = "\n".join(f"    {field}" for field in chance.sample(_FIELDS, chance.randint(3, 6)))
    names = {"thing": thing, "item": thing.lower(), "things": f"{thing.lower()}s", "fields": fields}
    wanted = chance.randint(SHORTEST + 20, LONGEST)
    first = (_IMPORTS, *map(chance.choice, (_ENGINES, _MAKERS, (_MODELS,), _ROUTERS, _CREATES)))
    text = "".join(Template(part).substitute(names) for part in first)
    for part in chance.sample(_MORE, len(_MORE)):
        more = Template(part).substitute(names)
        if text.count("\n") + more.count("\n") <= wanted:
            text += more
    return text
