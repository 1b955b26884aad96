"""Faults in how sessions are made, handed out and closed, and in what the engine is."""

from tests.verdicts.mutant import CONFIGURED, LAYERS, MANAGER, PLAIN, SETTINGS, By, Mutant

_WITH = "    async with async_session() as session:\n        yield session\n"
_NEVER = "a session that a request used is never closed"
_FLAG = ", expire_on_commit=False"

SESSIONS = (
    Mutant(
        "objects expire",
        PLAIN,
        ((_FLAG, ""),),
        {
            "expire-on-commit": "",
            "create-returns-task": "without the task's id and fields: {}",
            "no-lazy-load": "expired",
        },
        By.BOTH,
    ),
    Mutant(
        "objects expire by a variable that is set",
        LAYERS,
        ((_FLAG, ', expire_on_commit=bool(os.getenv("KEEP", "no"))'),),
        {"expire-on-commit": "the yielded session has expire_on_commit=True"},
    ),
    Mutant(
        "objects expire by what the settings say",
        SETTINGS,
        ((_FLAG, ", expire_on_commit=settings.db_pool_size > 0"),),
        {"expire-on-commit": "the yielded session has expire_on_commit=True"},
    ),
    Mutant(
        "objects expire by a later configure()",
        CONFIGURED,
        (
            (
                "async def get_session()",
                'for option in ("expire_on_commit", "autoflush"):\n'
                "    async_session.configure(**{option: True})\n\n\n"
                "async def get_session()",
            ),
        ),
        {"expire-on-commit": "the yielded session has expire_on_commit=True"},
    ),
    Mutant(
        "no class_",
        PLAIN,
        (("class_=AsyncSession, ", ""),),
        {"session-factory": "no class_ is given"},
        By.BOTH,
    ),
    Mutant(
        "another class_ by name",
        LAYERS,
        (
            ("class_=AsyncSession, ", 'class_=getattr(sqlalchemy.ext.asyncio, "Async" + "Session"), '),
            (
                "from fastapi import Depends\nfrom sqlalchemy.ext",
                "import sqlalchemy.ext.asyncio\nfrom fastapi import Depends\nfrom sqlalchemy.ext",
            ),
        ),
        {"session-factory": "at run time the session is SQLAlchemy's AsyncSession"},
    ),
    Mutant(
        "the sync maker",
        PLAIN,
        (
            ("async_sessionmaker(engine", "sessionmaker(engine"),
            ("import async_sessionmaker, create", "import create"),
            ("import selectinload", "import selectinload, sessionmaker"),
        ),
        {"session-factory": "sessionmaker is the sync maker"},
        By.READING,
    ),
    Mutant(
        "never closed",
        PLAIN,
        ((_WITH, "    yield async_session()\n"),),
        {"dependency-shape": "no `async with` opened", "request-scope": _NEVER},
        By.BOTH,
    ),
    Mutant(
        "closed where nothing fails",
        PLAIN,
        ((_WITH, "    session = async_session()\n    yield session\n    await session.close()\n"),),
        {"dependency-shape": "no `async with` opened", "request-scope": ""},
        By.BOTH,
    ),
    Mutant(
        "closed where something fails",
        PLAIN,
        (
            (
                _WITH,
                "    session = async_session()\n"
                "    try:\n"
                "        yield session\n"
                "    except Exception:\n"
                "        await session.close()\n"
                "        raise\n",
            ),
        ),
        {"dependency-shape": "no `async with` opened", "request-scope": ""},
        By.BOTH,
    ),
    Mutant(
        "a context manager that closes where nothing fails",
        MANAGER,
        (
            (
                "    @asynccontextmanager\n    async def session(self) -> AsyncIterator[AsyncSession]:\n",
                "    def session(self) -> Scope:\n"
                "        return Scope(self._factory())\n\n"
                "    @asynccontextmanager\n"
                "    async def other_session(self) -> AsyncIterator[AsyncSession]:\n",
            ),
            (
                "class DatabaseSessionManager:\n",
                "class Scope:\n"
                "    def __init__(self, session: AsyncSession) -> None:\n"
                "        self.session = session\n\n"
                "    async def __aenter__(self) -> AsyncSession:\n"
                "        return self.session\n\n"
                "    async def __aexit__(self, kind, error, trace) -> None:\n"
                "        await self.session.rollback()\n"
                "        if error is None:\n"
                "            await self.session.close()\n\n\n"
                "class DatabaseSessionManager:\n",
            ),
        ),
        {"dependency-shape": "is not closed after an error in the endpoint", "request-scope": ""},
    ),
    Mutant(
        "closed before the endpoint has it",
        PLAIN,
        ((_WITH, "    async with async_session() as session:\n        pass\n    yield session\n"),),
        {"dependency-shape": "no `async with` opened", "request-scope": ""},
        By.BOTH,
    ),
    Mutant(
        "returned out of the block that closes it",
        PLAIN,
        (
            ("        yield session\n", "        return session\n"),
            ("AsyncGenerator[AsyncSession, None]", "AsyncSession"),
        ),
        {"dependency-shape": "returns the session instead of yielding it", "request-scope": ""},
        By.BOTH,
    ),
    Mutant(
        "the endpoint opens a session itself",
        PLAIN,
        (
            ("async def list_tasks(session: AsyncSession = Depends(get_session))", "async def list_tasks()"),
            (
                "    return list((await session.exec(select(Task))).all())\n",
                "    async with async_session() as session:\n"
                "        return list((await session.exec(select(Task))).all())\n",
            ),
        ),
        {"depends": "list_tasks"},
        By.READING,
    ),
    Mutant(
        "the dependency without Depends",
        PLAIN,
        (
            (
                "data: TaskCreate, session: AsyncSession = Depends(get_session)",
                "data: TaskCreate, session: Annotated[AsyncSession, get_session]",
            ),
            ("import os\n", "import os\nfrom typing import Annotated\n"),
        ),
        {"depends": "", "imports": "does not import", "create-returns-task": "does not import"},
        By.READING,
    ),
    Mutant(
        "a sync Session in a thread",
        PLAIN,
        (
            (
                '@app.get("/tasks")\n',
                'sync_engine = create_engine(os.environ["DATABASE_URL"]'
                '.replace("+asyncpg", "+psycopg").replace("+aiosqlite", ""))\n\n\n'
                "def all_tasks() -> list[Task]:\n"
                "    with Session(sync_engine) as session:\n"
                "        return list(session.exec(select(Task)).all())\n\n\n"
                '@app.get("/tasks")\n',
            ),
            (
                "    return list((await session.exec(select(Task))).all())\n",
                "    return await run_in_threadpool(all_tasks)\n",
            ),
            (
                "from sqlmodel import Field",
                "from fastapi.concurrency import run_in_threadpool\nfrom sqlmodel import Session, create_engine, Field",
            ),
        ),
        {"async-engine": "", "session-factory": ""},
        By.BOTH,
    ),
    Mutant(
        "a sync engine under async names",
        LAYERS,
        (
            ("import async_sessionmaker, create_async_engine", "import async_sessionmaker"),
            ("engine = create_async_engine(", 'engine = getattr(sqlalchemy, "create_engine")('),
            (
                "from fastapi import Depends\nfrom sqlalchemy.ext",
                "import sqlalchemy\nfrom fastapi import Depends\nfrom sqlalchemy.ext",
            ),
        ),
        {"async-engine": "a sync engine serves the requests", "create-returns-task": ""},
    ),
    Mutant(
        "a driver that is not async",
        CONFIGURED,
        (
            ('"postgresql+asyncpg://app:app@localhost/app"', '"sqlite:///./app.db"'),
            ('os.getenv("DATABASE_URL", "sqlite:///./app.db")', '"sqlite:///./app.db"'),
        ),
        {"async-engine": "names no async driver", "imports": "requires an async driver"},
        By.READING,
    ),
)
