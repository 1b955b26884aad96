"""Faults in whose session it is."""

from tests.verdicts.mutant import LAYERS, PLAIN, SCOPED, SCOPED_MANAGER, By, Mutant

_WITH = "    async with async_session() as session:\n        yield session\n"
_LIST = "    return list((await session.exec(select(Task))).all())\n"
_SEVERAL = "one session is used by several requests"
_TASKS = "several tasks of one request use the same session"

SCOPE = (
    Mutant(
        "one session for all",
        PLAIN,
        ((_WITH, "    yield shared\n"), ("app = FastAPI()\n", "shared = async_session()\napp = FastAPI()\n")),
        {"request-scope": "", "dependency-shape": ""},
        By.BOTH,
    ),
    Mutant(
        "one session for all, opened by each",
        SCOPED,
        (
            (
                "async def get_session() -> AsyncGenerator[AsyncSession, None]:\n" + _WITH,
                "_sessions: dict[str, AsyncSession] = {}\n\n\n"
                "async def get_session() -> AsyncGenerator[AsyncSession, None]:\n"
                '    async with _sessions.setdefault("main", async_session()) as session:\n'
                "        yield session\n",
            ),
        ),
        {"request-scope": "", "right-example": ""},
    ),
    Mutant(
        "a cached session",
        PLAIN,
        (
            (_WITH, "    async with the_session() as session:\n        yield session\n"),
            (
                "app = FastAPI()\n",
                "app = FastAPI()\n\n\n@lru_cache\ndef the_session() -> AsyncSession:\n    return async_session()\n",
            ),
            ("from fastapi import", "from functools import lru_cache\n\nfrom fastapi import"),
        ),
        {"request-scope": ""},
        By.BOTH,
    ),
    Mutant(
        "a session in the application's state",
        PLAIN,
        (
            (_WITH, "    yield app.state.session\n"),
            ("app = FastAPI()\n", "app = FastAPI()\napp.state.session = async_session()\n"),
        ),
        {"request-scope": "", "dependency-shape": ""},
        By.BOTH,
    ),
    Mutant(
        "scoped by nothing that changes",
        LAYERS,
        (
            (_WITH, "    async with scoped() as session:\n        yield session\n"),
            (
                "\n\nasync def get_session()",
                '\nscoped = async_scoped_session(async_session, scopefunc=lambda: "app")\n\n\nasync def get_session()',
            ),
            ("import async_sessionmaker,", "import async_scoped_session, async_sessionmaker,"),
        ),
        {"request-scope": ""},
    ),
    Mutant(
        "kept in a class attribute",
        LAYERS,
        (
            (
                "    def __init__(self, session: AsyncSession) -> None:\n        self.session = session\n",
                "    session: AsyncSession | None = None\n\n"
                "    def __init__(self, session: AsyncSession) -> None:\n"
                "        type(self).session = self.session or session\n",
            ),
        ),
        {"request-scope": _SEVERAL, "dependency-shape": "a session that a request used is never closed"},
    ),
    Mutant(
        "kept in a default argument",
        LAYERS,
        (
            (
                "async def get_tasks(session: SessionDep) -> Tasks:\n    return SqlTasks(session)\n",
                "_made: list[SqlTasks] = []\n\n\n"
                "async def get_tasks(session: SessionDep) -> Tasks:\n"
                "    _made.append(SqlTasks(session))\n"
                "    return _made[0]\n",
            ),
        ),
        {"request-scope": _SEVERAL, "dependency-shape": "a session that a request used is never closed"},
    ),
    Mutant(
        "a provider that keeps its session",
        SCOPED_MANAGER,
        (
            (
                "        async with self.maker() as session:\n            yield session\n",
                '        self.current = vars(self).get("current") or self.maker()\n'
                "        async with self.current as session:\n"
                "            yield session\n",
            ),
        ),
        {"request-scope": "", "right-example": ""},
    ),
    Mutant(
        "gathered on one session",
        PLAIN,
        (
            (
                _LIST,
                "    found, _ = await asyncio.gather(session.exec(select(Task)), session.exec(select(Project)))\n"
                "    return list(found.all())\n",
            ),
            ("import os\n", "import asyncio\nimport os\n"),
        ),
        {"request-scope": ""},
        By.BOTH,
    ),
    Mutant(
        "gathered on one session, behind names",
        LAYERS,
        (
            (
                "        return (await self.session.exec(query)).one_or_none()\n",
                "        await self.session.connection()\n"
                '        ask = operator.methodcaller("exec", query)\n'
                "        found, _ = await asyncio.gather(*map(ask, [self.session, self.session]))\n"
                "        return found.one_or_none()\n",
            ),
            (
                "from typing import Protocol",
                "import asyncio\nimport operator\nfrom typing import Protocol",
            ),
        ),
        {"request-scope": _TASKS},
    ),
    Mutant(
        "a task group on one session",
        LAYERS,
        (
            (
                "        return (await self.session.exec(query)).one_or_none()\n",
                "        await self.session.connection()\n"
                "        async with asyncio.TaskGroup() as group:\n"
                "            first = group.create_task(self.one(query))\n"
                "            group.create_task(self.one(query))\n"
                "        return first.result()\n\n"
                "    async def one(self, query):\n"
                "        return (await self.session.exec(query)).one_or_none()\n",
            ),
            ("from typing import Protocol", "import asyncio\nfrom typing import Protocol"),
        ),
        {"request-scope": ""},
        By.BOTH,
    ),
    Mutant(
        "a background task on the request's session",
        PLAIN,
        (
            ("async def list_tasks(session", "async def list_tasks(later: BackgroundTasks, session"),
            (_LIST, "    later.add_task(count, session)\n" + _LIST),
            (
                '@app.get("/tasks")\n',
                "async def count(session: AsyncSession) -> None:\n"
                "    print(len((await session.exec(select(Task))).all()))\n\n\n"
                '@app.get("/tasks")\n',
            ),
            ("import Depends, FastAPI", "import BackgroundTasks, Depends, FastAPI"),
        ),
        {"request-scope": ""},
        By.BOTH,
    ),
    Mutant(
        "an engine a request",
        PLAIN,
        (
            (
                "    async with async_session() as session:\n",
                '    engine = create_async_engine(os.environ["DATABASE_URL"])\n'
                "    async with AsyncSession(engine, expire_on_commit=False) as session:\n",
            ),
        ),
        {"request-scope": "an engine is made for every request"},
        By.BOTH,
    ),
    Mutant(
        "an engine a request, by name",
        LAYERS,
        (
            (
                "    async with async_session() as session:\n",
                '    async with async_session(bind=make_engine(os.environ["DATABASE_URL"])) as session:\n',
            ),
            ("import os\n", "import os\n\nimport sqlalchemy.ext.asyncio\n"),
            (
                "\n\nasync def get_session()",
                '\nmake_engine = getattr(sqlalchemy.ext.asyncio, "create_async" + "_engine")\n\n\n'
                "async def get_session()",
            ),
        ),
        {"request-scope": "an engine is made for every request"},
    ),
    Mutant(
        "a background task on the request's repository",
        LAYERS,
        (
            (
                "    return await service.create(data)\n",
                "    task = await service.create(data)\n    later.add_task(service.read, task.id)\n    return task\n",
            ),
            ("create_task(data: TaskCreate, service", "create_task(data: TaskCreate, later: BackgroundTasks, service"),
            ("from fastapi import FastAPI", "from fastapi import BackgroundTasks, FastAPI"),
        ),
        {"request-scope": _TASKS},
    ),
)
