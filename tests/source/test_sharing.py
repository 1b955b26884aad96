"""Sessions that more than one request, task or coroutine would use."""

from __future__ import annotations

import pytest

from tests.criteria.reading import reading, source_file

HEAD = """
from sqlmodel import Session
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def load(session, n=1): ...
async def both(one, two): ...
class Plain:
    name = [1 for n in ()]
class Unit:
    def __init__(this): this.session = make()
    def nothing(): ...
class Given:
    def __init__(self, session): self.session = session
class Other:
    def __init__(self, box): box.session = make()
"""
FIRST = HEAD.count("\n") + 1
FUNCTION = "async def f(session: AsyncSession, two: AsyncSession, sync: Session, tasks: BackgroundTasks, other):\n    "


def shared(code: str) -> list[tuple[str, int, bool]]:
    return [(each.how, each.at.line, each.by_tasks) for each in reading(source_file(HEAD + code)).facts.shared]


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("session = make()\n", "session is one session made at module level for everybody"),
        ("session = AsyncSession(engine)\n", "session is one session made at module level for everybody"),
        ("a, b = 1, make()\n", "b is one session made at module level for everybody"),
        ("class C: session = make()\n", "session is one session made at class level for everybody"),
        (
            "unit = Unit()\n",
            "unit is one object for everybody, and every request puts its session into unit.session",
        ),
        ("app.state.session = make()\n", "app.state.session holds one session for every request"),
        ("def f(): app.state.session = make()\n", "app.state.session holds one session for every request"),
    ],
)
def test_one_for_everybody(code: str, how: str) -> None:
    assert shared(code) == [(how, FIRST, False)]


@pytest.mark.parametrize(
    "code",
    [
        "x = make\n",
        "x = Plain()\n",
        "x = Given(1)\n",
        "x = Other(1)\n",
        "x = unknown()\n",
        "def f(): x = make()\n",
        "def f(): x = Unit()\n",
        "with make() as x: ...\n",
        "x: AsyncSession\n",
        "def f(x: AsyncSession): app.state.session = x\n",
        "async def f(request): request.state.session = make()\n",
        "app.session = make()\n",
        "app.state.make = make\n",
        "if __name__ == '__main__':\n    x = make()\n",
        "if __name__ == '__main__':\n    app.state.session = make()\n",
    ],
)
def test_nothing_for_everybody(code: str) -> None:
    assert not shared(code)


@pytest.mark.parametrize("decorator", ["@functools.lru_cache", "@functools.cache", "@functools.lru_cache(1)"])
def test_a_cached_session(decorator: str) -> None:
    how = "current is cached: every caller gets one session"
    assert shared(f"{decorator}\ndef current():\n    return make()\n") == [(how, FIRST + 1, False)]


@pytest.mark.parametrize(
    "code", ["@functools.cache\ndef current(): return Plain()\n", "@other\ndef current(): return make()\n"]
)
def test_what_is_cached_and_no_session_or_not_cached(code: str) -> None:
    assert not shared(code)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("await asyncio.gather(load(session), load(session))", "session"),
        ("await asyncio.gather(session.get(Task, 1), session.get(Task, 2))", "session"),
        ("await asyncio.gather(load(session), session.get(Task, 1), load(two))", "session"),
        ("await asyncio.gather(*[load(session) for n in other])", "session"),
        ("await asyncio.gather(*(load(session) for n in other))", "session"),
        ("await asyncio.gather(*(session.get(Task, n) for n in other))", "session"),
        ("await asyncio.wait([load(session), load(session)])", "session"),
        ("await asyncio.wait((load(session), load(session)))", "session"),
        ("for x in asyncio.as_completed([load(session) for n in other]): ...", "session"),
        ("x = [load(session) for n in other]; await asyncio.gather(*x)", "session"),
        ("x = [load(session), load(session)]; await asyncio.gather(*x)", "session"),
        ("asyncio.create_task(load(session))", "session"),
        ("asyncio.ensure_future(session.commit())", "session"),
        ("asyncio.create_task(load(n=session))", "session"),
    ],
)
def test_coroutines_that_run_together(body: str, name: str) -> None:
    found = shared(f"{FUNCTION}{body}\n")
    assert found[0][0].endswith(f" runs coroutines that share the session {name}")
    assert found[0][0].startswith("asyncio.")
    assert found[0][1:] == (FIRST + 1, True)
    assert len(found) == 1


@pytest.mark.parametrize(
    "body",
    [
        "await asyncio.gather(load(session), load(two))",
        "await asyncio.gather(load(session), load(1))",
        "await asyncio.gather(load(1), load(1))",
        "await asyncio.gather(load(make()), load(make()))",
        "await asyncio.gather(other.get(Task, 1), other.get(Task, 2))",
        "await asyncio.gather(sync.get(Task, 1), sync.get(Task, 2))",
        "await asyncio.gather(asyncio.gather(load(session)), load(session))",
        "await asyncio.gather(other, other)",
        "x = other; await asyncio.gather(x, x)",
        "await other.gather(load(session), load(session))",
        "await load(session); await load(session)",
        "asyncio.run(load(session), load(session))",
        "asyncio.create_task(load(other))",
        "other.add_task(load, session)",
        "tasks.add_task(load, other)",
        "tasks.add(session)",
        "x = FastAPI(); x.add_task(load, session)",
        "x = Plain(); x.add_task(load, session)",
        "other.create_task(load(other))",
        "async with asyncio.TaskGroup() as group:\n        group.create_task(load(session))",
        "await asyncio.create_task(load(session))",
        "return await asyncio.ensure_future(load(session))",
        "await asyncio.wait_for(asyncio.create_task(load(session)), 5)",
        "await asyncio.shield(asyncio.create_task(load(session)))",
        "task = asyncio.create_task(load(session))\n    await task",
        "task = asyncio.create_task(load(session))\n    x = await task",
        "task = asyncio.create_task(load(session))\n    return await task",
    ],
)
def test_coroutines_that_do_not_share(body: str) -> None:
    assert not shared(f"{FUNCTION}{body}\n")


@pytest.mark.parametrize(
    ("body", "how"),
    [
        ("other.create_task(load(session))", "a task is started with the session session"),
        (
            "async with asyncio.TaskGroup() as group: group.create_task(load(session)); await session.get(Task, 1)",
            "a task is started with the session session",
        ),
        ("other.create_task(both(session, session))", "a task is started with the session session"),
        ("tasks.add_task(load, session)", "a background task is given the request's session"),
    ],
)
def test_tasks_of_others(body: str, how: str) -> None:
    assert shared(f"{FUNCTION}{body}\n") == [(how, FIRST + 1, True)]


@pytest.mark.parametrize(
    "body",
    [
        "asyncio.create_task(load(session))",
        "task = asyncio.create_task(load(session))",
        "task = asyncio.create_task(load(session))\n    await session.get(Task, 1)\n    await task",
        "task = asyncio.create_task(load(session))\n    await other",
        "task = asyncio.create_task(load(session))\n    task.add_done_callback(print)",
        "task = asyncio.create_task(load(session)); await session.get(Task, 1)\n    await task",
        "self.task = asyncio.create_task(load(session))",
        "keep(asyncio.create_task(load(session)))",
        "await asyncio.wait_for(other, asyncio.create_task(load(session)))",
    ],
)
def test_a_task_that_is_not_awaited_at_once(body: str) -> None:
    assert shared(f"{FUNCTION}{body}\n") == [
        ("asyncio.create_task runs coroutines that share the session session", FIRST + 1, True)
    ]


CLOSED_OVER = """async def outer(session: AsyncSession):
    async def inner(n):
        {0}
    await asyncio.gather(inner(1), inner(2))
"""


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("await session.get(Task, n)", True),
        ("return [session for x in y]", True),
        ("async with make() as own: await own.get(Task, n)", False),
        ("async with make() as session: await session.get(Task, n)", False),
        ("return n", False),
    ],
)
def test_a_local_function_that_closes_over_the_session(body: str, found: bool) -> None:
    assert bool(shared(CLOSED_OVER.format(body))) is found


def test_a_function_of_the_module_closes_over_nothing() -> None:
    code = "async def inner(n): return other\nasync def outer(): await asyncio.gather(inner(1), inner(2))\n"
    assert not shared(code)


HELD = """class Service:
    def __init__(self, session: AsyncSession): self.session = session
    async def one(self, n):
        {0}
    async def both(self):
        await asyncio.gather(self.one(1), self.one(2))
async def f(session: AsyncSession):
    service, other = Service(session), Service(session)
    await asyncio.gather(service.one(1), service.one(2))
"""


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("return await self.session.get(Task, n)", True),
        ("return n", False),
        ("self.session.add(n)", False),
        ("async with self.lock: await self.session.get(Task, n)", False),
        ("async with make() as session: await session.get(Task, n)", False),
        ("await self.other.get(Task, n)", False),
    ],
)
def test_methods_that_use_the_session_of_their_object(body: str, found: bool) -> None:
    lines = [line for _, line, _ in shared(HELD.format(body))]
    assert lines == ([FIRST + 5, FIRST + 8] if found else [])


def test_a_session_that_a_class_makes_each_time_is_not_shared() -> None:
    made = HELD.replace("def __init__(self, session: AsyncSession): self.session = session", "session = property(make)")
    assert not shared(made.format("await self.session.get(Task, n)").partition("async def f")[0])


def test_sessions_of_objects_are_followed_to_their_attributes() -> None:
    code = "class Service:\n    def __init__(self, session: AsyncSession): self.session = session\n"
    code += "    async def both(self): await asyncio.gather(self.session.get(Task, 1), load(self.session))\n"
    assert [line for _, line, _ in shared(code)] == [FIRST + 2]
