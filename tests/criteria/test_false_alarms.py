"""What looks like a fault, or like a merit, and is none; each beside the real one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.criteria import CRITERIA
from harness.verdicts import State
from tests.criteria import observed as o
from tests.criteria.reading import subject


@pytest.mark.parametrize(
    "text",
    [
        "Read the traceback and the trace id.",
        "Embrace the dependency.",
        "The commit of Alexander.",
        "Share the engine, put it into a module.",
        "Write one error handler for all endpoints.",
    ],
)
def test_a_false_friend_names_no_problem(text: str) -> None:
    assert CRITERIA["problems-named"].static(replace(subject(), prose=text)).state is State.FAIL


@pytest.mark.parametrize(
    "text",
    [
        "Changes leak into the next request.",
        "One failed flush breaks every other request.",
        "Ein Commit speichert auch die Änderungen der anderen Anfrage.",
        "Es kommt zu einem Race zwischen den Anfragen.",
    ],
)
def test_a_consequence_is_one(text: str) -> None:
    assert CRITERIA["problems-named"].static(replace(subject(), prose=text)).state is State.PASS


def test_logging_that_was_seen_in_development_only() -> None:
    echo = CRITERIA["sql-echo"].dynamic
    assert echo(subject("x = 1", o.run(echoes=(o.echo("development", True),)))).state is State.UNKNOWN
    off = echo(subject("x = 1", o.run(echoes=(o.echo("development", False),))))
    assert "stays off in development" in off.reason


UNSHARED = """
async def both(one: AsyncSession, two: AsyncSession):
    tasks = [one.get(Task, 1), two.get(Task, 2)]
    return await asyncio.gather(*tasks)
"""
SHARED = """
async def both(one: AsyncSession):
    tasks = [one.get(Task, 1), one.get(Task, 2)]
    return await asyncio.gather(*tasks)
"""
ONE = "async def f(one: AsyncSession):\n    return await asyncio.gather(*[one.get(Task, 1)])\n"
LOOP = "async def f(one: AsyncSession):\n    return await asyncio.gather(*[one.get(Task, i) for i in (1, 2)])\n"


@pytest.mark.parametrize(("code", "shared"), [(UNSHARED, False), (SHARED, True), (ONE, False), (LOOP, True)])
def test_gather_shares_only_what_two_coroutines_use(code: str, shared: bool) -> None:
    assert (CRITERIA["request-scope"].static(subject(code)).state is State.FAIL) == shared


DECORATED = """
@background
async def save(session: AsyncSession):
    await session.commit()
async def create(session: AsyncSession):
    save(session)
"""
LOOPED = "async def f(session: AsyncSession):\n    return [row for row in session.exec(select(Task))]\n"


@pytest.mark.parametrize(("code", "fails"), [(DECORATED, False), (LOOPED, True)])
def test_awaiting_what_is_certain(code: str, fails: bool) -> None:
    assert (CRITERIA["awaited"].static(subject(code)).state is State.FAIL) == fails


def test_a_subclass_that_hands_the_flag_to_super() -> None:
    code = """
class Keeping(AsyncSession):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, expire_on_commit=False, **kwargs)
async def get_session():
    async with Keeping(engine) as session:
        yield session
"""
    assert CRITERIA["expire-on-commit"].static(subject(code)).state is State.PASS


def test_a_helper_of_the_answer_may_raise() -> None:
    code = """
def conflict(error):
    raise HTTPException(409) from error
@app.post("/tasks")
async def create(data: TaskCreate, session: AsyncSession = Depends(get_session)):
    session.add(Task(**data.model_dump()))
    try:
        await session.commit()
    except IntegrityError as error:
        await session.rollback()
        conflict(error)
"""
    assert CRITERIA["error-handling"].static(subject(code)).state is not State.FAIL
