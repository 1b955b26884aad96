"""How a session gets from its factory to the endpoint, through the modules of real projects: right and wrong."""

from __future__ import annotations

import pytest

from tests.checking.trees import errors, found

MODELS = """
#: app/models.py
from sqlmodel import Field, Relationship, SQLModel
class Team(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
    heroes: list["Hero"] = Relationship(back_populates="team")
class Hero(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
    team_id: int | None = Field(default=None, foreign_key="team.id")
    team: Team | None = Relationship(back_populates="heroes")
"""
DATABASE = """
#: app/db.py
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
engine = create_async_engine("sqlite+aiosqlite:///app.db")
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session
"""
ROUTES = """
#: app/routes.py
from fastapi import APIRouter
from .deps import SessionDep
from .models import Hero
router = APIRouter()
@router.get("/heroes/{hero_id}")
async def read(hero_id: int, session: SessionDep):
    hero = await session.get(Hero, hero_id)
    return {"team": hero.team.name}  # ! no-lazy-load
"""

DEPS = """
#: app/deps.py
from typing import Annotated
from fastapi import Depends
from sqlmodel.ext.asyncio.session import AsyncSession
from .db import get_session
SessionDep = Annotated[AsyncSession, Depends(get_session)]
"""

UNIT = """
#: app/work.py
from typing import Self
from fastapi import HTTPException
from app.db import make
def retried(method): ...
class UnitOfWork:
    async def __aenter__(self) -> Self:
        self.session = make()
        return self
    async def __aexit__(self, *error) -> None:
        await self.session.close()
    async def commit(self) -> None:
        await self.session.commit()
    async def rollback(self) -> None:
        "Undo all."
        await self.session.rollback()
    async def give_up(self) -> None:
        await self.session.rollback()
        raise HTTPException(409, "taken")
    @retried
    async def commit_twice(self) -> None:
        await self.session.commit()
    async def tried(self) -> None:
        if self.session.dirty:
            await self.session.commit()
"""

TREES = {
    "factory, dependency, alias and endpoint in four modules": MODELS
    + DATABASE
    + """
#: app/deps.py
from typing import Annotated
from fastapi import Depends
from sqlmodel.ext.asyncio.session import AsyncSession
from .db import get_session
SessionDep = Annotated[AsyncSession, Depends(get_session)]
"""
    + ROUTES,
    "the session's class under another name, through a package": MODELS
    + """
#: app/core/__init__.py
from app.core.types import Session as DbSession
#: app/core/types.py
from sqlalchemy.ext.asyncio import AsyncSession as Session
#: app/deps.py
from app.core import DbSession
async def count(session: DbSession):  # ! session-import
    return session
""",
    "the maker has no class, three modules away from its use": MODELS
    + """
#: app/engine.py
from sqlalchemy.ext.asyncio import create_async_engine
from app.settings import settings
engine = create_async_engine(settings.database_url, echo=settings.echo)
#: app/settings.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    database_url: str
    echo: bool = False
settings = Settings()
#: app/maker.py
from sqlalchemy.ext.asyncio import async_sessionmaker
from app.engine import engine
new_session = async_sessionmaker(engine, expire_on_commit=False)  # ! session-factory
#: app/deps.py
from app.maker import new_session
async def get_session():
    async with new_session() as session:
        yield session
""",
    "options in a dictionary of another module": MODELS
    + """
#: app/options.py
from sqlmodel.ext.asyncio.session import AsyncSession
KEEPING = {"class_": AsyncSession, "expire_on_commit": False}
EXPIRING = {"class_": AsyncSession}
#: app/db.py
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from .options import EXPIRING, KEEPING
engine = create_async_engine("sqlite+aiosqlite:///app.db")
keeping = async_sessionmaker(engine, **KEEPING)
expiring = async_sessionmaker(engine, **EXPIRING)
async def get_session():
    async with keeping() as session:
        yield session
async def get_other():  # ! expire-on-commit
    async with expiring() as session:
        yield session
#: app/main.py
from fastapi import Depends, FastAPI
from app.db import get_other, get_session
app = FastAPI()
@app.get("/")
async def read(one=Depends(get_session), other=Depends(get_other)):
    return {}
""",
    "options that cannot be known": MODELS
    + """
#: app/db.py
import os
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from elsewhere import options
engine = create_async_engine(os.environ["URL"])
make = async_sessionmaker(engine, **options)
async def get_session():
    async with make() as session:
        yield session
#: app/main.py
from fastapi import Depends, FastAPI
from app.db import get_session
app = FastAPI()
@app.get("/")
async def read(session=Depends(get_session)):
    return {}
""",
    "a subclass with the default in another module": MODELS
    + """
#: app/session.py
from sqlmodel.ext.asyncio.session import AsyncSession
class Keeping(AsyncSession):
    def __init__(self, *args, expire_on_commit=False, **kwargs):
        super().__init__(*args, expire_on_commit=expire_on_commit, **kwargs)
class Plain(AsyncSession):
    pass
#: app/db.py
from functools import partial
from sqlalchemy.ext.asyncio import create_async_engine
from .session import Keeping, Plain
engine = create_async_engine("sqlite+aiosqlite:///app.db")
keeping = partial(Keeping, engine)
plain = partial(Plain, engine)
async def get_session():
    async with keeping() as session:
        yield session
async def get_other():  # ! expire-on-commit
    async with plain() as session:
        yield session
#: app/main.py
from fastapi import Depends, FastAPI
from app.db import get_other, get_session
app = FastAPI()
@app.get("/")
async def read(one=Depends(get_session), other=Depends(get_other)):
    return {}
""",
    "a session manager with a context manager method": MODELS
    + """
#: app/manager.py
from contextlib import asynccontextmanager
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
class Manager:
    def __init__(self, url: str):
        self.engine = create_async_engine(url)
        self.make = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)
    @asynccontextmanager
    async def session(self):
        async with self.make() as session:
            yield session
manager = Manager("sqlite+aiosqlite:///app.db")
#: app/deps.py
from app.manager import manager
async def get_session():
    async with manager.session() as session:
        yield session
#: app/main.py
from fastapi import Depends, FastAPI
from app.deps import get_session
from app.models import Hero
app = FastAPI()
@app.get("/{hero_id}")
async def read(hero_id: int, session=Depends(get_session)):
    hero = await session.get(Hero, hero_id)
    session.commit()  # ! awaited
    return {"team": hero.team.name}  # ! no-lazy-load
""",
    "a repository that is given the session": MODELS
    + DATABASE
    + """
#: app/repository.py
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlalchemy.orm import selectinload
from .models import Hero
class Heroes:
    def __init__(self, session: AsyncSession):
        self.session = session
    async def get(self, hero_id: int) -> Hero | None:
        return await self.session.get(Hero, hero_id)
    async def with_team(self, hero_id: int) -> Hero | None:
        return (await self.session.exec(select(Hero).options(selectinload(Hero.team)))).first()
    async def names(self):
        return await self.session.exec(select(Hero.name)).all()  # ! awaited
    async def remove(self, hero: Hero):
        self.session.delete(hero)  # ! awaited
        await self.session.commit()
#: app/main.py
from fastapi import Depends, FastAPI
from .db import get_session
from .repository import Heroes
app = FastAPI()
def heroes(session=Depends(get_session)) -> Heroes:
    return Heroes(session)
@app.get("/{hero_id}")
async def read(hero_id: int, repository: Heroes = Depends(heroes)):
    hero = await repository.get(hero_id)
    return {"team": hero.team.name}  # ! no-lazy-load
@app.get("/{hero_id}/team")
async def team(hero_id: int, repository: Heroes = Depends(heroes)):
    hero = await repository.with_team(hero_id)
    return {"team": hero.team.name}
@app.delete("/{hero_id}")
async def remove(hero_id: int, repository: Heroes = Depends(heroes)):
    hero = await repository.get(hero_id)
    repository.remove(hero)  # ! awaited
""",
    "a generic base of repositories": MODELS
    + """
#: app/base.py
from typing import Generic, TypeVar
from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession
T = TypeVar("T", bound=SQLModel)
class Base(Generic[T]):
    model: type[T]
    def __init__(self, session: AsyncSession):
        self.session = session
    async def all(self) -> list[T]:
        return list((await self.session.exec(select(self.model))).all())
    async def save(self, thing: T) -> T:
        self.session.add(thing)
        self.session.flush()  # ! awaited
        return thing
#: app/heroes.py
from .base import Base
from .models import Hero
class Heroes(Base[Hero]):
    model = Hero
    async def first(self) -> Hero:
        return (await self.all())[0]
    async def rename(self, hero: Hero, name: str) -> None:
        hero.name = name
        self.save(hero)  # ! awaited
""",
    "a unit of work that is entered": MODELS
    + """
#: app/work.py
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
engine = create_async_engine("sqlite+aiosqlite:///app.db")
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
class Work:
    async def __aenter__(self):
        self.session = make()
        return self
    async def __aexit__(self, *error):
        await self.session.close()
    async def commit(self):
        await self.session.commit()
#: app/service.py
from .models import Hero
from .work import Work
async def rename(hero_id: int, name: str):
    async with Work() as work:
        hero = await work.session.get(Hero, hero_id)
        hero.name = name
        work.commit()  # ! awaited
""",
    "a dependency that commits late, with endpoints that rely on it": MODELS
    + """
#: app/db.py
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
engine = create_async_engine("sqlite+aiosqlite:///app.db")
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        try:
            yield session
            await session.commit()  # ! error-handling
        except Exception:
            await session.rollback()
            raise
#: app/worker.py
from .db import make
async def work():
    async with make() as session:
        await session.commit()
#: app/main.py
from fastapi import Depends, FastAPI
from .db import get_session
from .models import Hero
app = FastAPI()
@app.post("/")
async def create(session=Depends(get_session)):
    session.add(Hero(name="a"))
    return {}
""",
    "a dependency that swallows what the endpoint raises": MODELS
    + """
#: app/db.py
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
engine = create_async_engine("sqlite+aiosqlite:///app.db")
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        try:
            yield session
        except Exception:  # ! error-handling
            await session.rollback()
#: app/main.py
from fastapi import Depends, FastAPI
from .db import get_session
app = FastAPI()
@app.get("/")
async def read(session=Depends(get_session)):
    return {}
""",
    "sessions of one name in modules of like names": MODELS
    + """
#: app/db.py
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
engine = create_async_engine("sqlite+aiosqlite:///app.db")
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
session = make()
#: app/olddb.py
from .db import make
session = make()  # ! request-scope
#: app/jobs.py
from .olddb import session
async def job():
    await session.commit()
""",
    "routers in packages, with a prefix and a shared alias": MODELS
    + DATABASE
    + """
#: app/api/__init__.py
from fastapi import APIRouter
from . import heroes
api = APIRouter(prefix="/api")
api.include_router(heroes.router)
#: app/api/heroes/__init__.py
from fastapi import APIRouter
router = APIRouter()
from . import views
#: app/api/heroes/views.py
from sqlmodel.ext.asyncio.session import AsyncSession
from app.api.heroes import router
from app.db import get_session
@router.get("/")
async def read(session: AsyncSession):  # ! depends
    return {}
""",
    "SQLAlchemy without SQLModel, and sync on purpose": """
#: app/db.py
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
class Base(DeclarativeBase): ...
engine = create_async_engine("postgresql+asyncpg://u@h/d")
make = async_sessionmaker(engine, expire_on_commit=False)
plain = sessionmaker(create_engine("sqlite:///app.db"))
session = plain()
def count():
    return session.execute("select 1")
async def get_session():
    async with make() as session:
        yield session
#: app/main.py
from fastapi import Depends, FastAPI
from app.db import get_session, plain
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
app = FastAPI()
def get_plain():
    with plain() as session:
        yield session
@app.get("/")
async def read(session: AsyncSession = Depends(get_session)):
    return {}
@app.get("/plain")
def plain_one(session: Session = Depends(get_plain)):
    return session.get(int, 1)
""",
    "a decorator that opens the session": MODELS
    + DATABASE
    + """
#: app/deco.py
from functools import wraps
from .db import make
def with_session(function):
    @wraps(function)
    async def wrapper(*args, **kwargs):
        async with make() as session:
            return await function(*args, session=session, **kwargs)
    return wrapper
#: app/jobs.py
from sqlmodel.ext.asyncio.session import AsyncSession
from .deco import with_session
@with_session
async def job(*, session: AsyncSession):
    session.rollback()  # ! awaited
async def run():
    await job()
""",
    "partial makers": MODELS
    + """
#: app/db.py
from functools import partial
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
engine = create_async_engine("sqlite+aiosqlite:///app.db")
open_session = partial(AsyncSession, engine, expire_on_commit=False)
open_other = partial(AsyncSession, engine)
#: app/deps.py
from .db import open_session, open_other
async def get_session():
    async with open_session() as session:
        yield session
async def get_other():  # ! expire-on-commit
    async with open_other() as session:
        yield session
#: app/main.py
from fastapi import FastAPI, Depends
from sqlmodel.ext.asyncio.session import AsyncSession
from .deps import get_session, get_other
from .models import Hero
app = FastAPI()
@app.get("/a")
async def a(session: AsyncSession = Depends(get_session)):
    hero = await session.get(Hero, 1)
    return hero.team.name  # ! no-lazy-load
@app.get("/b")
async def b(session: AsyncSession = Depends(get_other)):
    return session.get(Hero, 1).name  # ! awaited
""",
    "a maker that the lifespan configures in another module": MODELS
    + """
#: app/db.py
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlmodel.ext.asyncio.session import AsyncSession
make = async_sessionmaker(class_=AsyncSession)
async def get_session():
    async with make() as session:
        yield session
#: app/main.py
from contextlib import asynccontextmanager
from fastapi import FastAPI, Depends
from sqlalchemy.ext.asyncio import create_async_engine
from .db import make, get_session
@asynccontextmanager
async def lifespan(app):
    engine = create_async_engine("sqlite+aiosqlite:///app.db")
    make.configure(bind=engine, expire_on_commit=False)
    yield
    await engine.dispose()
app = FastAPI(lifespan=lifespan)
@app.get("/")
async def read(session=Depends(get_session)):
    return await session.commit()
""",
    "an engine from settings and a function that makes the maker": MODELS
    + """
#: app/settings.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    url: str = "sqlite+aiosqlite:///app.db"
    echo: bool = False
settings = Settings()
#: app/db.py
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
from .settings import settings
engine = create_async_engine(settings.url, echo=settings.echo)
def make_factory(engine):
    return async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
make = make_factory(engine)
async def get_session():
    async with make() as session:
        yield session
"""
    + DEPS
    + ROUTES,
    "a context manager function around the session": MODELS
    + """
#: app/db.py
from contextlib import asynccontextmanager
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
engine = create_async_engine("sqlite+aiosqlite:///app.db")
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
@asynccontextmanager
async def session_scope():
    session = make()
    try:
        yield session
        await session.commit()
    except Exception:
        await session.rollback()
        raise
    finally:
        await session.close()
#: app/jobs.py
from .db import session_scope
from .models import Hero
async def job():
    async with session_scope() as session:
        hero = await session.get(Hero, 1)
        print(hero.team)  # ! no-lazy-load
        session.flush()  # ! awaited
""",
    "a session and a maker in the state of the app": MODELS
    + DATABASE
    + """
#: app/main.py
from fastapi import FastAPI, Request
from .db import make
app = FastAPI()
@app.on_event("startup")
async def start():
    app.state.session = make()  # ! request-scope
    app.state.make = make
@app.get("/")
async def read(request: Request):
    async with request.app.state.make() as session:
        return await session.commit()
""",
    "a cached session and a cached maker": MODELS
    + DATABASE
    + """
#: app/provide.py
from functools import lru_cache, cache
from .db import make
@lru_cache(maxsize=1)
def shared():  # ! request-scope
    return make()  # ! dependency-shape
@cache
def factory():
    return make
#: app/main.py
from fastapi import FastAPI, Depends
from sqlmodel.ext.asyncio.session import AsyncSession
from .provide import shared, factory
app = FastAPI()
@app.get("/")
async def read(session: AsyncSession = Depends(shared)):
    return await session.commit()
""",
    "a container of dependencies": MODELS
    + DATABASE
    + """
#: app/container.py
from dependency_injector import containers, providers
from .db import make
class Container(containers.DeclarativeContainer):
    session = providers.Singleton(make)  # ! request-scope
    fresh = providers.Factory(make)
#: app/main.py
from fastapi import FastAPI
from .container import Container
app = FastAPI()
""",
    "a service whose methods are gathered": MODELS
    + DATABASE
    + DEPS
    + """
#: app/service.py
import asyncio
from sqlmodel.ext.asyncio.session import AsyncSession
from .models import Hero
class Service:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session
    async def one(self, n: int):
        return await self.session.get(Hero, n)
    async def both(self):
        return await asyncio.gather(self.one(1), self.one(2))  # ! request-scope
    async def direct(self):
        return await asyncio.gather(self.session.get(Hero, 1), self.session.get(Hero, 2))  # ! request-scope
#: app/main.py
import asyncio
from fastapi import FastAPI, BackgroundTasks
from .deps import SessionDep
from .service import Service
app = FastAPI()
async def log(session, text): ...
@app.get("/")
async def read(session: SessionDep, tasks: BackgroundTasks):
    service = Service(session)
    tasks.add_task(log, session, "x")  # ! request-scope
    asyncio.create_task(log(session, "x"))  # ! request-scope
    service.both()  # ! awaited
    return await asyncio.gather(service.one(1), service.one(2))  # ! request-scope
""",
    "exception handlers that another module registers": MODELS
    + DATABASE
    + DEPS
    + """
#: app/errors.py
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
async def failed(request: Request, error: SQLAlchemyError):
    return JSONResponse({"detail": "x"}, 503)
def register(app: FastAPI) -> None:
    app.add_exception_handler(SQLAlchemyError, failed)
#: app/main.py
from fastapi import FastAPI
from .deps import SessionDep
from .errors import register
from .models import Hero
app = FastAPI()
register(app)
@app.post("/")
async def create(hero: Hero, session: SessionDep):
    session.add(hero)
    await session.commit()
    return hero
""",
    "coroutines of helpers in other modules": MODELS
    + DATABASE
    + DEPS
    + """
#: app/helpers.py
import asyncio
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from .models import Hero
async def load(session: AsyncSession):
    return await session.exec(select(Hero)).first()  # ! awaited
def start(session: AsyncSession):
    return load(session)
async def use(session: AsyncSession):
    await asyncio.wait_for(load(session), 5)
    asyncio.wait_for(load(session), 5)  # ! awaited
    start(session)  # ! awaited
    await start(session)
#: app/other.py
from .helpers import load, start
from .deps import SessionDep
async def go(session: SessionDep):
    load(session)  # ! awaited
    x = start(session)  # ! awaited
    hero = await session.get(int, 1)
    hero.awaitable_attrs.team  # ! awaited
""",
    "work after the end of begin()": MODELS
    + DATABASE
    + DEPS
    + """
#: app/service.py
from sqlmodel.ext.asyncio.session import AsyncSession
from .models import Hero
async def store(session: AsyncSession, hero: Hero):
    async with session.begin():
        session.add(hero)
        await session.commit()  # ! error-handling
        await session.refresh(hero)
""",
    "a generic base whose coroutines are thrown away": MODELS
    + DATABASE
    + DEPS
    + """
#: app/crud/base.py
from typing import Generic, TypeVar
from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession
M = TypeVar("M", bound=SQLModel)
class CRUDBase(Generic[M]):
    def __init__(self, model: type[M]) -> None:
        self.model = model
    async def get(self, session: AsyncSession, id: int) -> M | None:
        return await session.get(self.model, id)
    async def all(self, session: AsyncSession) -> list[M]:
        return list((await session.exec(select(self.model))).all())
    async def remove(self, session: AsyncSession, id: int) -> None:
        found = await self.get(session, id)
        session.delete(found)  # ! awaited
        await session.commit()
#: app/crud/__init__.py
from app.crud.base import CRUDBase
from app.models import Hero
heroes = CRUDBase[Hero](Hero)
#: app/main.py
from fastapi import FastAPI
from app.crud import heroes
from app.deps import SessionDep
app = FastAPI()
@app.get("/")
async def read(session: SessionDep):
    return heroes.all(session)  # ! awaited
@app.get("/x")
async def drop(session: SessionDep):
    heroes.remove(session, 1)  # ! awaited
    return heroes.get(session, 1).name  # ! awaited
""",
    "a unit of work that declares what it fills when it is entered": MODELS
    + DATABASE
    + """
#: app/repository.py
from sqlmodel.ext.asyncio.session import AsyncSession
class Repository:
    session: AsyncSession | None = None
    def __init__(self, session: AsyncSession) -> None:
        self.session = session
    async def remove(self, found) -> None:
        self.session.delete(found)  # ! awaited
        await self.session.flush()
#: app/work.py
from sqlmodel.ext.asyncio.session import AsyncSession
from app.db import make
from app.repository import Repository
class UnitOfWork:
    session: AsyncSession
    heroes: Repository
    other: int
    def __init__(self) -> None:
        self.spare: AsyncSession | None = None
    async def __aenter__(self):
        self.session = make()
        self.spare = make()
        self.heroes = Repository(self.session)
        return self
    async def __aexit__(self, *args) -> None:
        self.spare.close()  # ! awaited
        await self.session.close()
    async def commit(self) -> None:
        self.session.commit()  # ! awaited
async def get_work():
    async with UnitOfWork() as work:
        yield work
#: app/main.py
from typing import Annotated
from fastapi import Depends, FastAPI
from app.work import UnitOfWork, get_work
app = FastAPI()
@app.delete("/")
async def drop(work: Annotated[UnitOfWork, Depends(get_work)]):
    work.heroes.remove(1)  # ! awaited
    work.commit()  # ! awaited
    work.other.commit()
@app.delete("/x")
async def drop_right(work: Annotated[UnitOfWork, Depends(get_work)]):
    await work.heroes.remove(1)
    await work.commit()
""",
    "an attribute that holds one thing or another": """
#: app/service.py
from sqlmodel.ext.asyncio.session import AsyncSession
class Fake: ...
class Service:
    def __init__(self, session: AsyncSession, fake: Fake) -> None:
        self.session = session
        self.given = session
    def pretend(self, fake: Fake, other) -> None:
        self.session = fake
        self.given = other
    def work(self) -> None:
        self.session.commit()
        self.given.commit()
""",
    "relations of models that share a base": DATABASE
    + DEPS
    + """
#: app/models.py
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship
class Base(DeclarativeBase):
    @declared_attr.directive
    def __tablename__(cls) -> str:
        return cls.__name__.lower()
class Person(Base):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
class Author(Person):
    id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
class Book(Base):
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship()
#: app/main.py
from fastapi import FastAPI
from sqlalchemy import select
from app.deps import SessionDep
from app.models import Author, Book, Person
app = FastAPI()
@app.get("/")
async def read(session: SessionDep) -> str:
    book = (await session.execute(select(Book))).scalar_one()
    return book.author.name  # ! no-lazy-load
@app.get("/each")
async def each(session: SessionDep) -> list[str]:
    return [book.author.name for book in (await session.execute(select(Book))).scalars()]  # ! no-lazy-load
@app.get("/after")
async def after(session: SessionDep) -> str:
    await session.execute(select(Person))
    book = (await session.execute(select(Book))).scalar_one()
    return book.author.name
""",
    "a unit of work that fails to commit": DATABASE
    + MODELS
    + UNIT
    + """
#: app/main.py
from typing import Annotated
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.exc import IntegrityError
from app.models import Team
from app.work import UnitOfWork
async def get_work():
    async with UnitOfWork() as work:
        yield work
Work = Annotated[UnitOfWork, Depends(get_work)]
app = FastAPI()
@app.post("/returned")
async def returned(team: Team, work: Work):
    try:
        await work.commit()
    except IntegrityError:  # ! error-handling
        await work.rollback()
        return HTTPException(409, "taken")
@app.post("/new")
async def new(team: Team, work: Work) -> Team:
    try:
        await work.commit()
    except IntegrityError:  # ! error-handling
        return Team(name=team.name)
    return team
@app.post("/on")
async def on(team: Team, work: Work) -> Team:
    try:
        await work.commit()
    except IntegrityError:  # ! error-handling
        await work.rollback()
    return team
@app.post("/raised")
async def raised(team: Team, work: Work) -> Team:
    try:
        await work.commit()
    except IntegrityError as error:
        await work.rollback()
        raise HTTPException(409, "taken") from error
    return team
@app.post("/again")
async def again(team: Team, work: Work) -> Team:
    try:
        await work.commit()
    except IntegrityError:
        await work.commit()
    return team
@app.post("/decorated")
async def decorated(team: Team, work: Work):
    try:
        await work.commit_twice()
    except IntegrityError:
        return {}
@app.post("/given-up")
async def given_up(team: Team, work: Work) -> Team:
    try:
        await work.commit()
    except IntegrityError:
        await work.give_up()
    return team
@app.post("/other")
async def other(team: Team, work: Work):
    try:
        await work.commit()
    except KeyError:
        return {}
@app.post("/perhaps")
async def perhaps(team: Team, work: Work):
    try:
        await work.tried()
    except IntegrityError:
        return {}
@app.post("/kept")
async def kept(team: Team, work: Work):
    try:
        await work.rollback()
    except IntegrityError:
        return {}
""",
    "a unit of work that is given away closed, and one that expires": DATABASE.replace(
        ", expire_on_commit=False", ""
    ).replace("get_session():", "get_session():  # ! expire-on-commit")
    + UNIT
    + """
#: app/main.py
from fastapi import Depends, FastAPI
from app.db import make
from app.work import UnitOfWork
async def get_work():  # ! expire-on-commit
    async with UnitOfWork() as work:
        yield work
async def get_closed():  # ! expire-on-commit
    async with UnitOfWork() as work:
        return work  # ! dependency-shape
async def get_beside():
    work = UnitOfWork()
    async with make() as session:
        yield work
async def get_unopened():
    return UnitOfWork()
app = FastAPI()
@app.get("/")
async def read(one=Depends(get_work), two=Depends(get_closed), three=Depends(get_unopened), four=Depends(get_beside)):
    async with three:
        return {}
""",
    "a generic base of repositories that reads the model of its heir": MODELS
    + DATABASE
    + DEPS
    + """
#: app/repository.py
from typing import Generic, TypeVar
from sqlalchemy.orm import selectinload
from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession
from app.models import Hero, Team
M = TypeVar("M", bound=SQLModel)
class Repository(Generic[M]):
    model: type[M]
    options = ()
    def __init__(self, session: AsyncSession) -> None:
        self.session = session
    async def get(self, ident: int) -> M | None:
        return await self.session.get(self.model, ident)
    async def filled(self, ident: int) -> M | None:
        return await self.session.get(self.model, ident, options=self.options)
    async def first(self) -> M | None:
        return (await self.session.exec(select(self.model))).first()
class Heroes(Repository[Hero]):
    model = Hero
    async def with_team(self, ident: int) -> Hero:
        return (await self.session.exec(select(Hero).options(selectinload(Hero.team)))).one()
class Teams(Repository[Team]):
    model = Team
#: app/main.py
from typing import Annotated
from fastapi import Depends, FastAPI
from app.deps import SessionDep
from app.repository import Heroes, Repository, Teams
app = FastAPI()
def get_heroes(session: SessionDep) -> Heroes:
    return Heroes(session)
HeroesDep = Annotated[Heroes, Depends(get_heroes)]
@app.get("/lazy")
async def lazy(heroes: HeroesDep):
    hero = await heroes.get(1)
    return {"team": hero.team.name}  # ! no-lazy-load
@app.get("/many")
async def many(session: SessionDep):
    team = await Teams(session).first()
    return len(team.heroes)  # ! no-lazy-load
@app.get("/loaded")
async def loaded(heroes: HeroesDep):
    hero = await heroes.with_team(1)
    return {"team": hero.team.name}
@app.get("/filled")
async def filled(heroes: HeroesDep):
    hero = await heroes.filled(1)
    return {"team": hero.team.name}
@app.get("/any")
async def any_of_them(session: SessionDep):
    hero = await Repository(session).get(1)
    return {"team": hero.team.name}
""",
    "a relation that is loaded along, beside one that is not": MODELS.replace(
        'list["Hero"] = Relationship(back_populates="team")',
        'list["Hero"] = Relationship(back_populates="team", sa_relationship_kwargs={"lazy": "selectin"})\n'
        '    club_id: int | None = Field(default=None, foreign_key="club.id")\n'
        '    club: "Club" = Relationship()\n'
        "class Club(SQLModel, table=True):\n"
        "    id: int | None = Field(default=None, primary_key=True)\n"
        "    name: str",
    )
    + DATABASE
    + DEPS
    + """
#: app/main.py
from fastapi import FastAPI
from sqlalchemy.orm import selectinload
from sqlmodel import select
from app.deps import SessionDep
from app.models import Team
app = FastAPI()
@app.get("/")
async def read(session: SessionDep):
    team = (await session.exec(select(Team).options(selectinload(Team.heroes)))).one()
    return {"club": team.club.name, "heroes": len(team.heroes)}  # ! no-lazy-load
@app.get("/right")
async def right(session: SessionDep):
    team = (await session.exec(select(Team).options(selectinload(Team.club)))).one()
    return {"club": team.club.name, "heroes": len(team.heroes)}
""",
    "context managers around a session that commit, and that keep back errors": DATABASE
    + """
#: app/scopes.py
from contextlib import asynccontextmanager
from app.db import make
@asynccontextmanager
async def transaction():
    async with make() as session, session.begin():
        yield session
@asynccontextmanager
async def open_session():
    async with make() as session:
        yield session
@asynccontextmanager
async def keeping():
    async with make() as session:
        try:
            yield session
        except Exception:  # ! error-handling
            await session.rollback()
@asynccontextmanager
async def telling():
    async with make() as session:
        try:
            yield session
        except Exception:
            await session.rollback()
            raise
@asynccontextmanager
async def by_the_way():
    async with make() as session:
        try:
            yield session
        except Exception:
            await session.rollback()
@asynccontextmanager
async def endless():
    async with endless() as session:
        yield session
#: app/main.py
from fastapi import Depends, FastAPI
from sqlalchemy import text
from app.scopes import by_the_way, endless, keeping, open_session, telling, transaction
async def get_keeping():
    async with keeping() as session:
        yield session
async def get_telling():
    async with telling() as session:
        yield session
async def get_checked():
    async with by_the_way() as session:
        yield session
    raise RuntimeError
app = FastAPI()
@app.get("/")
async def read(one=Depends(get_keeping), two=Depends(get_telling), three=Depends(get_checked)):
    return {}
async def ended() -> None:
    async with transaction() as session:
        await session.commit()  # ! error-handling
        await session.execute(text("SELECT 1"))
async def last() -> None:
    async with transaction() as session:
        await session.execute(text("SELECT 1"))
        await session.commit()
async def opened() -> None:
    async with open_session() as session:
        await session.commit()
        await session.execute(text("SELECT 1"))
async def never() -> None:
    async with endless() as session:
        await session.commit()
        await session.execute(text("SELECT 1"))
""",
    "what an app answers where the database fails": """
#: app/main.py
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
def create_app(status: dict):
    app = FastAPI()
    @app.exception_handler(SQLAlchemyError)
    async def failed(request: Request, error: SQLAlchemyError):
        return JSONResponse({"detail": "try again"})  # ! error-handling
    @app.exception_handler(Exception)
    def anything(request: Request, error: Exception):
        return JSONResponse(content={"code": 500})
    @app.exception_handler(IntegrityError)
    async def told(request: Request, error: IntegrityError):
        return JSONResponse({"detail": "taken"}, status_code=409)
    @app.exception_handler(IntegrityError)
    async def told_second(request: Request, error: IntegrityError):
        return JSONResponse({"detail": "taken"}, 409)
    @app.exception_handler(IntegrityError)
    async def perhaps(request: Request, error: IntegrityError):
        return JSONResponse(**status)
    @app.exception_handler(IntegrityError)
    async def both(request: Request, error: IntegrityError):
        if request.method == "GET":
            return JSONResponse({})
        return JSONResponse({"detail": "taken"}, status_code=409)
    @app.exception_handler(IntegrityError)
    async def elsewhere(request: Request, error: IntegrityError):
        return RedirectResponse("/taken")
    @app.exception_handler(KeyError)
    async def missing(request: Request, error: KeyError):
        return JSONResponse({})
    return app
""",
    "handlers that an app is given by a call": """
#: app/errors.py
from fastapi import Request
from fastapi.responses import JSONResponse
async def failed(request: Request, error: Exception):
    return JSONResponse({"detail": "try again"})  # ! error-handling
async def told(request: Request, error: Exception):
    return JSONResponse({"detail": "taken"}, status_code=409)
async def missing(request: Request, error: Exception):
    return JSONResponse({})
#: app/main.py
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from app.errors import failed, missing, told
app = FastAPI()
app.add_exception_handler(SQLAlchemyError, failed)
app.add_exception_handler(DBAPIError, failed)
app.add_exception_handler(IntegrityError, told)
app.add_exception_handler(KeyError, missing)
app.exception_handler(IntegrityError, missing)
""",
    "a name that two modules import of one another": DATABASE
    + """
#: app/one.py
from .two import helper
def use():
    return helper()
#: app/two.py
from .db import make
from .one import helper
async def store():
    async with make() as session:
        session.commit()  # ! awaited
        helper(session)
""",
}


@pytest.mark.parametrize("tree", TREES.values(), ids=list(TREES))
def test_tree(tree: str) -> None:
    assert found(tree) == errors(tree)
