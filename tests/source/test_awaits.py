"""Which coroutines of the session API are thrown away or used too early, and which calls are not coroutines."""

from __future__ import annotations

import pytest

from harness.source.facts import AwaitFault, Facts
from tests.criteria.reading import reading, source_file

HEAD = """
import typing
from sqlmodel import Session
class Promised(typing.Protocol[int]):
    async def close(self) -> None: ...
class Service:
    @staticmethod
    async def store(): ...
    async def save(self): ...
async def save(session: AsyncSession): await session.commit()
async def rows(): yield 1
def started(): return save(1)
def handed_on(session: AsyncSession): return session.commit()
def given(session: AsyncSession): return session
def plain(session: Session): return session.commit()
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def f(session: AsyncSession, sync: Session, service: Service, promised: Promised, other):
"""
FIRST = HEAD.count("\n") + 1


def read(body: str) -> Facts:
    return reading(source_file(HEAD + "".join(f"    {line}\n" for line in body.splitlines()))).facts


DROPPED = {
    "session.commit()": "session.commit()",
    "x = session.get(Task, 1)": "session.get()",
    "x: Task = session.get(Task, 1)": "session.get()",
    "(x := session.get(Task, 1))": "session.get()",
    "save(session)": "save()",
    "service.save()": "service.save()",
    "Service.store()": "Service.store()",
    "started()": "started()",
    "handed_on(session)": "handed_on()",
    "make().commit()": "make().commit()",
    "other and session.commit()": "session.commit()",
    "(session if other else session).commit()": "....commit()",
}

TOO_EARLY = """
rows = session.exec(q).all()
for row in session.exec(q): ...
x = session.exec(q)[0]
x = session.get(Task, 1) == 3
x = session.get(Task, 1) or other
if session.get(Task, 1): ...
if other and session.get(Task, 1): ...
while session.get(Task, 1): ...
x = not session.get(Task, 1)
x = [*session.exec(q)]
"""

TOO_EARLY_LATER = """
x.title
x[0]
for row in x: ...
y = lambda: x.title
"""

NOTHING = """
await session.commit()
x = await session.get(Task, 1)
x = (await session.exec(q)).all()
session.commit().close()
session.commit().send(None)
session.commit().throw(ValueError)
session.commit().cr_code
session.commit().cr_frame
return session.commit()
await (given or session.get(Task, 1))
await (given and (x or session.get(Task, 1)))
await asyncio.gather(session.commit())
x = y = session.get(Task, 1)
x, y = session.get(Task, 1)
other.x = session.get(Task, 1)
rows()
given(session)
plain(sync)
sync.commit()
other.commit()
promised.close()
session.add(other)
await other.add(1)
x = await other.awaitable_attrs.project
x = (await other.awaitable_attrs.project).name
x = other.project.name
"""

ENDPOINT = """
@router.get("/tasks")
{how} read(session: AsyncSession = Depends(get_session)):
    {body}
"""

NOTHING_LATER = """
await x
x.close()
x.cr_frame
await asyncio.gather(x)
x = 1
"""


@pytest.mark.parametrize("body", DROPPED)
def test_dropped(body: str) -> None:
    [fact] = read(body).awaits
    assert (fact.fault, fact.what, fact.at.line) == (AwaitFault.DROPPED, DROPPED[body], FIRST)


@pytest.mark.parametrize("body", TOO_EARLY.strip().splitlines())
def test_used_before_it_is_awaited(body: str) -> None:
    [fact] = read(body).awaits
    assert (fact.fault, fact.at.line) == (AwaitFault.ATTRIBUTE, FIRST)


@pytest.mark.parametrize("statement", TOO_EARLY_LATER.strip().splitlines())
def test_assigned_and_used_before_it_is_awaited(statement: str) -> None:
    [fact] = read(f"x = session.get(Task, 1)\n{statement}").awaits
    assert (fact.fault, fact.what, fact.at.line) == (AwaitFault.ATTRIBUTE, "session.get()", FIRST)


@pytest.mark.parametrize("how", ["async def", "def"])
@pytest.mark.parametrize(
    "body",
    [
        "return session.get(Task, 1)",
        "x = session.get(Task, 1); return x",
        "if (x := session.get(Task, 1)) is None: raise HTTPException(404)\n    return x",
    ],
)
def test_an_endpoint_answers_with_a_coroutine(how: str, body: str) -> None:
    [fact] = reading(source_file(ENDPOINT.format(how=how, body=body))).facts.awaits
    assert fact.fault is AwaitFault.DROPPED


@pytest.mark.parametrize(
    "code",
    [
        ENDPOINT.format(how="async def", body="return await session.get(Task, 1)"),
        ENDPOINT.format(how="async def", body="x = session.get(Task, 1); await x; return x"),
        ENDPOINT.format(how="async def", body="return lambda: session.get(Task, 1)"),
        "@awaiting" + ENDPOINT.format(how="async def", body="return session.get(Task, 1)"),
    ],
)
def test_an_endpoint_and_no_fault(code: str) -> None:
    assert not reading(source_file(code)).facts.awaits


@pytest.mark.parametrize("body", NOTHING.strip().splitlines())
def test_no_fault(body: str) -> None:
    assert not read(body).awaits


@pytest.mark.parametrize("statement", NOTHING_LATER.strip().splitlines())
def test_assigned_and_no_fault(statement: str) -> None:
    assert not read(f"x = session.get(Task, 1)\n{statement}").awaits


@pytest.mark.parametrize(
    ("body", "what"), [("await session.add(1)", "session.add()"), ("await sync.add(1)", "sync.add()")]
)
def test_awaited_needlessly(body: str, what: str) -> None:
    [fact] = read(body).awaits
    assert (fact.fault, fact.what, fact.at.line) == (AwaitFault.NEEDLESS, what, FIRST)


@pytest.mark.parametrize(
    "body",
    [
        "x = other.awaitable_attrs.project.name",
        "other.awaitable_attrs.project.close()",
        "x = other.awaitable_attrs.tasks[0]",
        "for task in other.awaitable_attrs.tasks: ...",
        "x = [task for task in other.awaitable_attrs.tasks]",
        "x = [task for other in given for task in other.awaitable_attrs.tasks]",
    ],
)
def test_an_awaitable_attribute_has_to_be_awaited(body: str) -> None:
    [fact] = read(body).awaits
    assert (fact.fault, fact.what) in [
        (AwaitFault.ATTRIBUTE, f"awaitable_attrs.{each}") for each in ("project", "tasks")
    ]


def test_awaited_calls_are_counted() -> None:
    before = read("pass").awaited_calls
    assert (
        read("await session.commit()\nawait save(session)\nawait other.go()\nawait sync.add(1)").awaited_calls
        == before + 2
    )
    assert read("return session.commit()").awaited_calls == before
