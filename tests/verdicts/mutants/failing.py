"""Faults in what happens when the INSERT or the COMMIT fails."""

from tests.verdicts.mutant import CLIENT_KEYS, HANDLERS, LAYERS, PLAIN, By, Mutant

_ADD = "    session.add(task)\n"
_COMMIT = "        await session.commit()\n"
_YIELD = "        yield session\n"
_ROLLBACK = "        await session.rollback()\n"
_CONFLICT = '        raise HTTPException(409, "conflict")\n'
_UNAVAILABLE = '        raise HTTPException(503, "try again")\n'
_OTHERS = "    except SQLAlchemyError:\n" + _ROLLBACK + _UNAVAILABLE

FAILING = (
    Mutant(
        "committed after the yield",
        PLAIN,
        ((_COMMIT, "        await session.flush()\n"), (_YIELD, _YIELD + _COMMIT)),
        {"error-handling": ""},
        By.BOTH,
    ),
    Mutant(
        "committed after the yield of a repository",
        LAYERS,
        (
            ("            await self.session.commit()\n", "            await self.session.flush()\n"),
            (
                "-> Tasks:\n    return SqlTasks(session)\n",
                "-> AsyncGenerator[Tasks, None]:\n"
                "    tasks = SqlTasks(session)\n"
                "    yield tasks\n"
                '    await getattr(session, "commit")()\n',
            ),
            (
                "from typing import Protocol",
                "from collections.abc import AsyncGenerator\nfrom typing import Protocol",
            ),
        ),
        {"error-handling": "the client gets 201"},
    ),
    Mutant(
        "only integrity errors are caught",
        PLAIN,
        ((_OTHERS, ""),),
        {"error-handling": "when the COMMIT fails: the client gets an unhandled 500"},
    ),
    Mutant(
        "only operational errors are caught besides",
        LAYERS,
        (("SQLAlchemyError", "OperationalError"),),
        {"error-handling": "when the COMMIT fails: the client gets an unhandled 500"},
        only_on="postgresql",
        because="SQLite says OperationalError of a locked database, asyncpg InterfaceError of a lost connection",
    ),
    Mutant(
        "the error is swallowed",
        PLAIN,
        ((_CONFLICT, ""), (_UNAVAILABLE, "")),
        {"error-handling": "swallows the failed write"},
        By.BOTH,
    ),
    Mutant(
        "the error is swallowed two layers down",
        LAYERS,
        (
            ('            raise NotStored(503, "try again") from error\n', "            self.problem = error\n"),
            (
                '        await self.session.refresh(task, attribute_names=["project"])\n',
                "        if task in self.session:\n"
                '            await self.session.refresh(task, attribute_names=["project"])\n'
                "        else:\n"
                "            task = Task(id=0, title=data.title, project=None)\n",
            ),
        ),
        {"error-handling": "when the COMMIT fails: the client gets 201"},
    ),
    Mutant(
        "an error told with status 200",
        PLAIN,
        (
            (_CONFLICT, '        return JSONResponse({"error": "conflict"}, 200)\n'),
            (
                "from sqlalchemy.exc import (",
                "from fastapi.responses import JSONResponse\nfrom sqlalchemy.exc import (",
            ),
        ),
        {"error-handling": "the client gets 200"},
    ),
    Mutant(
        "HTTPException returned and not raised",
        PLAIN,
        ((") -> Task:\n    task =", "):\n    task ="), ("raise HTTPException(409", "return HTTPException(409")),
        {"error-handling": ""},
        By.BOTH,
    ),
    Mutant(
        "a handler that answers with 200",
        HANDLERS,
        (('return JSONResponse({"detail": "conflict"}, 409)', 'return JSONResponse({"detail": "conflict"})'),),
        {"error-handling": "the client gets 200"},
    ),
    Mutant(
        "a handler that nobody registered",
        HANDLERS,
        (("        SQLAlchemyError: unavailable,\n", ""),),
        {"error-handling": "when the COMMIT fails: the client gets an unhandled 500"},
    ),
    Mutant(
        "an error that nobody turns into an answer",
        LAYERS,
        (
            ("        except NotStored as error:\n", "        except LookupError as error:\n"),
            ("error.code, error.what", "404, str(error)"),
        ),
        {"error-handling": "the client gets an unhandled 500"},
    ),
    Mutant(
        "nothing is rolled back",
        LAYERS,
        (("            await self.session.rollback()\n", ""),),
        {"error-handling": "the row of the failed request is stored by the next request"},
        only_on="sqlite",
        because="a server ends the transaction itself when its COMMIT fails or the connection is lost",
    ),
    Mutant(
        "the session goes on without a rollback",
        PLAIN,
        (
            (
                _ROLLBACK + _CONFLICT,
                '        session.add(Project(name="conflict"))\n' + _COMMIT + _CONFLICT,
            ),
        ),
        {"error-handling": "the client gets an unhandled 500"},
    ),
    Mutant(
        "two commits leave half of it",
        PLAIN,
        (
            (
                _ADD + "    try:\n",
                "    try:\n        session.add(Project(name=task.title))\n" + _COMMIT + "        session.add(task)\n",
            ),
        ),
        {"error-handling": "yet what it sent is stored"},
    ),
    Mutant(
        "two commits leave half of it, two layers down",
        LAYERS,
        (
            (
                "        self.session.add(task)\n        try:\n",
                "        try:\n"
                "            self.session.add(Project(name=task.title))\n"
                "            await self.session.commit()\n"
                "            self.session.add(task)\n",
            ),
            (
                "from app.models import Task, TaskCreate\n\n\nclass NotStored",
                "from app.models import Project, Task, TaskCreate\n\n\nclass NotStored",
            ),
        ),
        {"error-handling": "yet what it sent is stored"},
    ),
    Mutant(
        "what came before the savepoint is kept",
        PLAIN,
        (
            (
                _ADD + "    try:\n" + _COMMIT,
                "    session.add(Project(name=task.title))\n"
                "    try:\n"
                "        await session.flush()\n"
                "        try:\n"
                "            async with session.begin_nested():\n"
                "                session.add(task)\n"
                "        except IntegrityError:\n"
                "            await session.commit()\n"
                "            raise HTTPException(409, 'conflict')\n"
                "        await session.commit()\n",
            ),
        ),
        {"error-handling": "yet what it sent is stored"},
    ),
    Mutant(
        "stored in the background",
        PLAIN,
        (
            (
                _ADD + "    try:\n" + _COMMIT,
                "    try:\n        later.add_task(store, task)\n",
            ),
            ("create_task(data: TaskCreate, session", "create_task(data: TaskCreate, later: BackgroundTasks, session"),
            ("import Depends, FastAPI", "import BackgroundTasks, Depends, FastAPI"),
            (
                '@app.post("/tasks"',
                "async def store(task: Task) -> None:\n"
                "    async with async_session.begin() as session:\n"
                "        session.add(task)\n\n\n"
                '@app.post("/tasks"',
            ),
        ),
        {"error-handling": "", "create-returns-task": "without the task's id and fields"},
    ),
    Mutant(
        "after one failure nothing works any more",
        LAYERS,
        (
            (
                "        self.session.add(task)\n",
                '        if _broken:\n            raise NotStored(503, "closed")\n        self.session.add(task)\n',
            ),
            (
                '            raise NotStored(503, "try again") from error\n',
                '            _broken.append(error)\n            raise NotStored(503, "try again") from error\n',
            ),
            ("class SqlTasks:", "_broken: list[Exception] = []\n\n\nclass SqlTasks:"),
        ),
        {"error-handling": "the next request does not work: 503"},
    ),
    Mutant(
        "stored by a task that nobody waits for",
        CLIENT_KEYS,
        (
            (
                "    session.add(task)\n    try:\n        await session.commit()\n",
                "    try:\n        running.add(asyncio.create_task(store(task)))\n",
            ),
            ("import os\n", "import asyncio\nimport os\n"),
            (
                "app = FastAPI()\n",
                "app = FastAPI()\n"
                "running = set()\n\n\n"
                "async def store(task: Task) -> None:\n"
                "    async with async_session.begin() as session:\n"
                "        session.add(task)\n",
            ),
        ),
        {"error-handling": "when the INSERT violates a constraint: the client gets 201"},
    ),
)
