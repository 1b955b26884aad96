"""Code before and after its fix: one table a criterion. ``# before`` and ``# after`` part the two."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Golden:
    """``safe``: made without ``--unsafe-fixes``; where it is not, nothing must change without."""

    name: str
    before: str
    after: str
    safe: bool = True


def _golden(name: str, text: str, *, safe: bool = True) -> Golden:
    before, after = text.removeprefix("\n").split("# after\n")
    return Golden(name, before, after, safe)


SESSION_IMPORT = [
    _golden(
        "the only name of its import",
        """
from sqlalchemy.ext.asyncio import AsyncSession  # the session
from sqlmodel import select
async def f(session: AsyncSession): ...
# after
from sqlmodel.ext.asyncio.session import AsyncSession  # the session
from sqlmodel import select
async def f(session: AsyncSession): ...
""",
    ),
    _golden(
        "one of several names on a line",
        """
from sqlmodel import select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
async def f(session: AsyncSession): ...
# after
from sqlmodel import select
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
async def f(session: AsyncSession): ...
""",
    ),
    _golden(
        "the last one, and an alias",
        """
import sqlmodel
from sqlalchemy.ext.asyncio import create_async_engine, AsyncSession as Session
async def f(session: Session): ...
# after
import sqlmodel
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession as Session
async def f(session: Session): ...
""",
    ),
    _golden(
        "several lines with comments",
        """
import sqlmodel
from sqlalchemy.ext.asyncio import (
    AsyncEngine,  # keeps
    AsyncSession,
    create_async_engine,  # stays
)
async def f(session: AsyncSession): ...
# after
import sqlmodel
from sqlalchemy.ext.asyncio import (
    AsyncEngine,  # keeps
    create_async_engine,  # stays
)
from sqlmodel.ext.asyncio.session import AsyncSession
async def f(session: AsyncSession): ...
""",
    ),
    _golden(
        "both classes imported under one name",
        """
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlalchemy.ext.asyncio import AsyncSession
async def f(session: AsyncSession): ...
# after
from sqlmodel.ext.asyncio.session import AsyncSession
async def f(session: AsyncSession): ...
""",
    ),
    _golden(
        "inside a function",
        """
import sqlmodel
def f():
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
    session: AsyncSession = AsyncSession(create_async_engine(URL), expire_on_commit=False)
# after
import sqlmodel
def f():
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlmodel.ext.asyncio.session import AsyncSession
    session: AsyncSession = AsyncSession(create_async_engine(URL), expire_on_commit=False)
""",
    ),
    _golden(
        "under TYPE_CHECKING, for an annotation in quotes",
        """
from typing import TYPE_CHECKING
import sqlmodel
if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession
def f(session: "AsyncSession"): ...
# after
from typing import TYPE_CHECKING
import sqlmodel
if TYPE_CHECKING:
    from sqlmodel.ext.asyncio.session import AsyncSession
def f(session: "AsyncSession"): ...
""",
    ),
    _golden(
        "by the name of its module",
        """
import sqlmodel
import sqlalchemy.ext.asyncio as sa
make = sa.async_sessionmaker(engine, class_=sa.AsyncSession, expire_on_commit=False)
# after
import sqlmodel
import sqlalchemy.ext.asyncio as sa
from sqlmodel.ext.asyncio.session import AsyncSession

make = sa.async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
""",
    ),
    _golden(
        "several statements on one line",
        """
import sqlmodel; from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
async def f(session: AsyncSession): ...
# after
import sqlmodel; from sqlalchemy.ext.asyncio import create_async_engine; from sqlmodel.ext.asyncio.session import AsyncSession
async def f(session: AsyncSession): ...
""",
    ),
    _golden(
        "twice in one import",
        """
import sqlmodel
from sqlalchemy.ext.asyncio import AsyncSession as A, AsyncSession as B, AsyncEngine
def f(a: A, b: B): ...
# after
import sqlmodel
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession as B
from sqlmodel.ext.asyncio.session import AsyncSession as A
def f(a: A, b: B): ...
""",
    ),
    _golden(
        "where the class itself counts",
        """
import sqlmodel
from sqlalchemy.ext.asyncio import AsyncSession
def f(session: AsyncSession):
    return isinstance(session, AsyncSession)
# after
import sqlmodel
from sqlmodel.ext.asyncio.session import AsyncSession
def f(session: AsyncSession):
    return isinstance(session, AsyncSession)
""",
        safe=False,
    ),
    _golden(
        "the wrong class in a dictionary",
        """
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
import sqlmodel
options = {"class_": AsyncSession, "expire_on_commit": False}
make = async_sessionmaker(engine, **options)
# after
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlmodel.ext.asyncio.session import AsyncSession
import sqlmodel
options = {"class_": AsyncSession, "expire_on_commit": False}
make = async_sessionmaker(engine, **options)
""",
    ),
    _golden(
        "the wrong class in configure()",
        """
import sqlmodel
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.asyncio import async_sessionmaker
make = async_sessionmaker(class_=AsyncSession)
make.configure(class_=AsyncSession, bind=engine)
# after
import sqlmodel
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlalchemy.ext.asyncio import async_sessionmaker
make = async_sessionmaker(class_=AsyncSession)
make.configure(class_=AsyncSession, bind=engine)
""",
    ),
    _golden(
        "only configure() names the class",
        """
import sqlmodel
import sqlalchemy.ext.asyncio as sa
make = sa.async_sessionmaker(engine, class_=None)
make.configure(class_=sa.AsyncSession)
# after
import sqlmodel
import sqlalchemy.ext.asyncio as sa
from sqlmodel.ext.asyncio.session import AsyncSession

make = sa.async_sessionmaker(engine, class_=None)
make.configure(class_=AsyncSession)
""",
    ),
    _golden(
        "opened directly from the wrong class",
        """
import sqlmodel
from sqlalchemy.ext.asyncio import AsyncSession
async def f():
    async with AsyncSession(engine) as session:
        await session.commit()
# after
import sqlmodel
from sqlmodel.ext.asyncio.session import AsyncSession
async def f():
    async with AsyncSession(engine) as session:
        await session.commit()
""",
    ),
]

SESSION_FACTORY = [
    _golden(
        "the wrong class is imported, too",
        """
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker  # both
from sqlmodel import select
make = async_sessionmaker(engine, expire_on_commit=False)
async def f(session: AsyncSession): return await session.exec(select(1))
# after
from sqlalchemy.ext.asyncio import async_sessionmaker  # both
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel import select
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def f(session: AsyncSession): return await session.exec(select(1))
""",
    ),
    _golden(
        "no class_",
        """
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlmodel.ext.asyncio.session import AsyncSession
make = async_sessionmaker(
    engine,  # one for all
    expire_on_commit=False,
)
# after
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlmodel.ext.asyncio.session import AsyncSession
make = async_sessionmaker(
    engine,  # one for all
    class_=AsyncSession,
    expire_on_commit=False,
)
""",
    ),
    _golden(
        "no class_ and no import of it; the name is taken",
        '''
"""The database."""
from __future__ import annotations
from sqlalchemy.ext.asyncio import async_sessionmaker
import sqlmodel

class AsyncSession: ...

make = async_sessionmaker(engine, **{"expire_on_commit": False})
# after
"""The database."""
from __future__ import annotations
from sqlalchemy.ext.asyncio import async_sessionmaker
import sqlmodel
from sqlmodel.ext.asyncio.session import AsyncSession as SQLModelAsyncSession

class AsyncSession: ...

make = async_sessionmaker(engine, class_=SQLModelAsyncSession, **{"expire_on_commit": False})
''',
    ),
    _golden(
        "the sync maker, with the class by position",
        """
from sqlalchemy.orm import selectinload, sessionmaker
from sqlmodel.ext.asyncio.session import AsyncSession

make = sessionmaker(engine, AsyncSession, expire_on_commit=False)
# after
from sqlalchemy.orm import selectinload
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlalchemy.ext.asyncio import async_sessionmaker

make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
""",
    ),
    _golden(
        "the sync maker in an annotation, too",
        """
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    create_async_engine,
)
from sqlalchemy.orm import sessionmaker
from sqlmodel.ext.asyncio.session import AsyncSession

make: sessionmaker[AsyncSession] = sessionmaker(bind=engine, class_=AsyncSession, expire_on_commit=False)
# after
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    async_sessionmaker,
    create_async_engine,
)
from sqlmodel.ext.asyncio.session import AsyncSession

make: async_sessionmaker[AsyncSession] = async_sessionmaker(bind=engine, class_=AsyncSession, expire_on_commit=False)
""",
    ),
    _golden(
        "a maker in a scoped one",
        """
import sqlmodel
from sqlalchemy.ext.asyncio import async_scoped_session, async_sessionmaker
make = async_scoped_session(async_sessionmaker(engine), scopefunc=f)
# after
import sqlmodel
from sqlalchemy.ext.asyncio import async_scoped_session, async_sessionmaker
from sqlmodel.ext.asyncio.session import AsyncSession

make = async_scoped_session(async_sessionmaker(engine, class_=AsyncSession), scopefunc=f)
""",
    ),
]

_APP = """
app = FastAPI()
@app.get("/tasks")
async def tasks(session: AsyncSession = Depends(get_session)):
    return (await session.exec(select(Task))).all()
"""
_HEAD = """from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from models import Task, engine
"""
_RIGHT = """
async def get_session():
    async with make() as session:
        yield session
"""


def _expiring(name: str, before: str, after: str) -> Golden:
    return Golden(name, _HEAD + before + _APP, _HEAD + after + _APP, safe=False)


EXPIRE_ON_COMMIT = [
    _expiring(
        "arguments that share a line",
        "make = async_sessionmaker(\n    engine, class_=AsyncSession, autoflush=False\n)" + _RIGHT,
        "make = async_sessionmaker(\n    engine, class_=AsyncSession, autoflush=False, expire_on_commit=False\n)"
        + _RIGHT,
    ),
    _expiring(
        "not given",
        "make = async_sessionmaker(engine, class_=AsyncSession)" + _RIGHT,
        "make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)" + _RIGHT,
    ),
    _expiring(
        "given as True",
        "make = async_sessionmaker(engine, expire_on_commit=True, class_=AsyncSession)" + _RIGHT,
        "make = async_sessionmaker(engine, expire_on_commit=False, class_=AsyncSession)" + _RIGHT,
    ),
    _expiring(
        "in a dictionary",
        'options = {"class_": AsyncSession, "expire_on_commit": True}\nmake = async_sessionmaker(engine, **options)'
        + _RIGHT,
        'options = {"class_": AsyncSession, "expire_on_commit": False}\nmake = async_sessionmaker(engine, **options)'
        + _RIGHT,
    ),
    _expiring(
        "in configure()",
        "make = async_sessionmaker(class_=AsyncSession)\nmake.configure(bind=engine, expire_on_commit=True)" + _RIGHT,
        "make = async_sessionmaker(class_=AsyncSession)\nmake.configure(bind=engine, expire_on_commit=False)" + _RIGHT,
    ),
    _expiring(
        "at the call",
        "make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)"
        + _RIGHT.replace("make()", "make(expire_on_commit=True)"),
        "make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)"
        + _RIGHT.replace("make()", "make(expire_on_commit=False)"),
    ),
    _expiring(
        "of a maker in a scoped one",
        "from sqlalchemy.ext.asyncio import async_scoped_session\n"
        "make = async_scoped_session(async_sessionmaker(engine, class_=AsyncSession), scopefunc=task)" + _RIGHT,
        "from sqlalchemy.ext.asyncio import async_scoped_session\n"
        "make = async_scoped_session(async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False), scopefunc=task)"
        + _RIGHT,
    ),
    _expiring(
        "of the class itself",
        _RIGHT.replace("make()", "AsyncSession(engine)"),
        _RIGHT.replace("make()", "AsyncSession(engine, expire_on_commit=False)"),
    ),
]

_AWAITED_HEAD = "from sqlmodel import select\nfrom sqlmodel.ext.asyncio.session import AsyncSession\n"


def _awaited(name: str, before: str, after: str) -> Golden:
    lines = [_AWAITED_HEAD + "async def f(session: AsyncSession):\n    " + body + "\n" for body in (before, after)]
    return Golden(name, *lines)


AWAITED = [
    _awaited("a statement", "session.commit()  # now", "await session.commit()  # now"),
    _awaited("a chain", "return session.exec(select(T)).all()", "return (await session.exec(select(T))).all()"),
    _awaited(
        "a chain that is awaited as a whole",
        "return await session.execute(q).scalars().all()",
        "return (await session.execute(q)).scalars().all()",
    ),
    _awaited("in parentheses", "return (await session.exec(q).first())", "return ((await session.exec(q)).first())"),
    _awaited(
        "what is chained is awaited, too",
        "return await session.get(T, 1).awaitable_attrs.project",
        "return await (await session.get(T, 1)).awaitable_attrs.project",
    ),
    _awaited("an index", "return session.exec(q)[0]", "return (await session.exec(q))[0]"),
    _awaited("a loop", "for t in session.exec(q): print(t)", "for t in await session.exec(q): print(t)"),
    _awaited(
        "a stream",
        "async for t in session.stream(q): print(t)",
        "async for t in await session.stream(q): print(t)",
    ),
    _awaited("a comprehension", "return [t for t in session.exec(q)]", "return [t for t in await session.exec(q)]"),
    _awaited("a condition", "if not session.get(T, 1): raise E", "if not await session.get(T, 1): raise E"),
    _awaited("a comparison", "return session.get(T, 1) is None", "return await session.get(T, 1) is None"),
    _awaited("in brackets of its own", "if(session.get(T, 1)): raise E", "if(await session.get(T, 1)): raise E"),
    _awaited(
        "bound to a name",
        "rows = session.exec(q)\n    return await rows.all(), rows.first",
        "rows = await session.exec(q)\n    return rows.all(), rows.first",
    ),
    _awaited("never used", "done = session.commit()", "done = await session.commit()"),
    _awaited("needless", "return await session.add(t)", "return session.add(t)"),
    _awaited("needless, in parentheses", "(await session.add(t))", "(session.add(t))"),
    _awaited(
        "an attribute of awaitable_attrs",
        "return await t.awaitable_attrs.project.name",
        "return (await t.awaitable_attrs.project).name",
    ),
    Golden(
        "an own helper",
        _AWAITED_HEAD
        + "async def save(session: AsyncSession):\n    await session.commit()\nasync def f(s: AsyncSession):\n    save(s)\n",
        _AWAITED_HEAD
        + "async def save(session: AsyncSession):\n    await session.commit()\nasync def f(s: AsyncSession):\n    await save(s)\n",
    ),
]

_MAKER = "make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)\n"


def _shape(
    name: str,
    before: str,
    after: str,
    *,
    head: str = "",
    head_after: str | None = None,
    types: str = "",
    safe: bool = True,
) -> Golden:
    """``head`` stands above both, ``head_after`` above the second instead; it gets ``types`` as a new import, too."""
    after_head = head if head_after is None else head_after
    gap = f"{types}\n" if types else ""
    return Golden(name, head + _HEAD + _MAKER + before + _APP, after_head + _HEAD + gap + _MAKER + after + _APP, safe)


DEPENDENCY_SHAPE = [
    _shape(
        "closed in finally",
        """
async def get_session():
    # one a request
    session = make()  # open
    try:  # until the end
        # hand it out
        yield session
    finally:
        await session.close()
""",
        """
async def get_session():
    # one a request
    async with make() as session:  # open
        # until the end
        # hand it out
        yield session
""",
    ),
    _shape(
        "with a handler, and more in finally",
        """
async def get_session():
    \"\"\"A session.\"\"\"
    session: AsyncSession = make()
    try:
        yield session
    except Exception:
        await session.rollback()
        raise
    finally:
        log("done")
        await session.close()
""",
        """
async def get_session():
    \"\"\"A session.\"\"\"
    async with make() as session:
        try:
            yield session
        except Exception:
            await session.rollback()
            raise
        finally:
            log("done")
""",
    ),
    _shape(
        "never closed",
        """
async def get_session():
    session = make()
    yield session
""",
        """
async def get_session():
    async with make() as session:
        yield session
""",
    ),
    _shape(
        "closed behind the yield",
        """
async def get_session():
    session = make()
    yield session
    await session.close()
""",
        """
async def get_session():
    async with make() as session:
        yield session
""",
    ),
    _shape(
        "no name",
        """
async def get_session():
    yield make()  # new
""",
        """
async def get_session():
    async with make() as session:
        yield session  # new
""",
    ),
    _shape(
        "a sync with",
        """
async def get_session():
    with make() as session:
        yield session
""",
        """
async def get_session():
    async with make() as session:
        yield session
""",
    ),
    _shape(
        "returned out of the with",
        """
async def get_session() -> AsyncSession:
    async with make() as session:
        return session
""",
        """
async def get_session() -> AsyncIterator[AsyncSession]:
    async with make() as session:
        yield session
""",
        types="from collections.abc import AsyncIterator\n",
        safe=False,
    ),
    _shape(
        "returned from a plain def",
        """
def get_session():
    session = make()
    return session
""",
        """
async def get_session():
    async with make() as session:
        yield session
""",
        safe=False,
    ),
    _shape(
        "returned at once",
        """
async def get_session():
    return make()
""",
        """
async def get_session():
    async with make() as session:
        yield session
""",
        safe=False,
    ),
    _shape(
        "a context manager function",
        """
# a manager
@asynccontextmanager
# of sessions
async def get_session():
    async with make() as session:
        yield session
""",
        """
# a manager
# of sessions
async def get_session():
    async with make() as session:
        yield session
""",
        head="from contextlib import asynccontextmanager\n",
        head_after="",
        safe=False,
    ),
    _shape(
        "a sync generator",
        """
def get_session() -> Generator[AsyncSession, None, None]:
    session = make()
    try:
        yield session
    finally:
        session.close()
""",
        """
async def get_session() -> AsyncGenerator[AsyncSession, None]:
    async with make() as session:
        yield session
""",
        head="from typing import AsyncGenerator, Generator\n",
        safe=False,
    ),
]


def _depends(name: str, before: str, after: str, *, head: str = "") -> Golden:
    top = "from fastapi import Depends, FastAPI\nfrom sqlmodel.ext.asyncio.session import AsyncSession\nfrom models import Task, engine\n"
    dependency = """
async def get_session():
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session

app = FastAPI()

"""
    return Golden(name, top + dependency + before, top + head + dependency + after)


DEPENDS = [
    _depends(
        "a bare parameter",
        '@app.post("/t")\nasync def create(task: Task, session: AsyncSession):\n    session.add(task)\n',
        '@app.post("/t")\nasync def create(task: Task, session: AsyncSession = Depends(get_session)):\n    session.add(task)\n',
    ),
    _depends(
        "before others that must be given",
        '@app.post("/t")\nasync def create(session: AsyncSession, task: Task):\n    session.add(task)\n',
        '@app.post("/t")\nasync def create(session: Annotated[AsyncSession, Depends(get_session)], task: Task):\n'
        "    session.add(task)\n",
        head="from typing import Annotated\n",
    ),
    _depends(
        "by keyword only",
        '@app.post("/t")\nasync def create(*, session: AsyncSession, task: Task):\n    session.add(task)\n',
        '@app.post("/t")\nasync def create(*, session: AsyncSession = Depends(get_session), task: Task):\n    session.add(task)\n',
    ),
    _depends(
        "called",
        '@app.post("/t")\nasync def create(task: Task, session: AsyncSession = Depends(get_session())):\n    session.add(task)\n',
        '@app.post("/t")\nasync def create(task: Task, session: AsyncSession = Depends(get_session)):\n    session.add(task)\n',
    ),
    Golden(
        "Annotated without Depends",
        """from typing import Annotated
from fastapi import FastAPI
from sqlmodel.ext.asyncio.session import AsyncSession
async def get_session():
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session
SessionDep = Annotated[AsyncSession, get_session]
app = FastAPI()
@app.get("/t")
async def get(session: SessionDep):
    return await session.get(Task, 1)
""",
        """from typing import Annotated
from fastapi import Depends, FastAPI
from sqlmodel.ext.asyncio.session import AsyncSession
async def get_session():
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session
SessionDep = Annotated[AsyncSession, Depends(get_session)]
app = FastAPI()
@app.get("/t")
async def get(session: SessionDep):
    return await session.get(Task, 1)
""",
    ),
]

IMPORTS = [
    _golden(
        "a name from a module that lacks it, which has others there",
        """
from sqlmodel import SQLModel, selectinload as load  # all
from sqlmodel import create_async_engine  # one
print(SQLModel, load, create_async_engine)
# after
from sqlmodel import SQLModel  # all
from sqlalchemy.orm import selectinload as load
from sqlalchemy.ext.asyncio import create_async_engine  # one
print(SQLModel, load, create_async_engine)
""",
    ),
    _golden(
        "where the right module is imported above",
        """
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.ext.asyncio.session import AsyncEngine, AsyncSession
print(create_async_engine, AsyncEngine, AsyncSession)
# after
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
print(create_async_engine, AsyncEngine, AsyncSession)
""",
    ),
    _golden(
        "the home of a name depends on where it is looked for",
        """
from sqlalchemy import AsyncSession, Session
from sqlalchemy import sessionmaker
print(AsyncSession, Session, sessionmaker)
# after
from sqlalchemy.orm import Session
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import sessionmaker
print(AsyncSession, Session, sessionmaker)
""",
    ),
    _golden(
        "from where the file imports already",
        """
from fastapi import (
    Depends,
    FastAPI,  # the app
)

def f():
    raise HTTPException(404)
# after
from fastapi import (
    Depends,
    FastAPI,  # the app
    HTTPException,
)

def f():
    raise HTTPException(404)
""",
    ),
    _golden(
        "a new import, under the docstring",
        '''
#!/usr/bin/env python
"""A module."""
import sqlmodel
x = Decimal(1)
# after
#!/usr/bin/env python
"""A module."""
import sqlmodel
from decimal import Decimal

x = Decimal(1)
''',
    ),
    _golden(
        "a module that is used for what it holds",
        """
import sqlmodel

key = os.environ["KEY"]
# after
import sqlmodel
import os

key = os.environ["KEY"]
""",
    ),
    _golden(
        "select is SQLModel's where that is used",
        """
import fastapi
from sqlmodel import Field

q = select(1)
# after
import fastapi
from sqlmodel import Field, select

q = select(1)
""",
    ),
]

TABLES = {
    "session-import": SESSION_IMPORT,
    "session-factory": SESSION_FACTORY,
    "expire-on-commit": EXPIRE_ON_COMMIT,
    "awaited": AWAITED,
    "dependency-shape": DEPENDENCY_SHAPE,
    "depends": DEPENDS,
    "imports": IMPORTS,
}
