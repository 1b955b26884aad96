"""Which functions are routes, and how each comes by its session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.source.facts import Receives
from tests.criteria.reading import reading, source_file

if TYPE_CHECKING:
    from harness.source.facts import EndpointFact

HEAD = """
from sqlmodel import Session
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def given():
    async with make() as session:
        yield session
def given_sync():
    with Session(engine) as session:
        yield session
def user(): ...
class Service:
    def __init__(self, session: AsyncSession = Depends(given)):
        self.session = session
class Plain: ...
@asynccontextmanager
async def scope():
    async with make() as session:
        yield session
@contextmanager
def scope_sync():
    with Session(engine) as session:
        yield session
def service(session: AsyncSession = Depends(given)):
    return Service(session)
given_scope = asynccontextmanager(given)
def opened() -> AsyncSession:
    return make()
shared = make()
class Held:
    session = make()
"""
ROUTE = '@app.get("/x")\nasync def route({0}):\n    {1}\n'
FIRST = HEAD.count("\n") + 2


def find(code: str) -> tuple[EndpointFact, ...]:
    return tuple(each for each in reading(source_file(HEAD + code)).facts.endpoints if each.at.line >= FIRST - 1)


def one(code: str) -> EndpointFact:
    [found] = find(code)
    return found


@pytest.mark.parametrize(
    ("receives", "parameters"),
    [
        (Receives.DEPENDS, "session: AsyncSession = Depends(given)"),
        (Receives.DEPENDS, "session=Depends(given)"),
        (Receives.DEPENDS, "session: Annotated[AsyncSession, Depends(given)]"),
        (Receives.DEPENDS, "session: Annotated[AsyncSession, 1, Depends(given)]"),
        (Receives.DEPENDS, "session: SessionDep"),
        (Receives.DEPENDS, "session=Depends(get_session)"),
        (Receives.DEPENDS, "session=Depends(unknown)"),
        (Receives.DEPENDS, "x=Depends(Service)"),
        (Receives.DEPENDS, "x=Depends(service)"),
        (Receives.DEPENDS, "session: AsyncSession = Security(given)"),
        (Receives.DEPENDS, "x=Depends(user), session=Depends(given)"),
        (None, "x=Depends(user)"),
        (None, "x=Depends(Plain)"),
        (None, "x: int"),
        (None, ""),
        (Receives.BARE, "session: AsyncSession"),
        (Receives.BARE, "session: AsyncSession = None"),
        (Receives.BARE, "session: 'AsyncSession'"),
        (Receives.BARE, "session: Annotated[AsyncSession, given]"),
        (Receives.BARE, "x=Depends(user), *, session: AsyncSession"),
        (Receives.CALLED, "session: AsyncSession = Depends(given())"),
        (Receives.DEPENDS, "session: AsyncSession = Depends(service())"),
    ],
)
def test_parameters(receives: Receives | None, parameters: str) -> None:
    found = one(ROUTE.format(parameters, "..."))
    assert (found.receives, found.at.line) == (receives, FIRST)
    assert bool(found.why) == (receives in (Receives.BARE, Receives.CALLED))


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ("session: AsyncSession", "parameter session is a session without Depends"),
        ("session: Annotated[AsyncSession, given]", "the Annotated of session holds no Depends(...)"),
        ("session=Depends(given())", "Depends of session is given the result of a call, not a function"),
    ],
)
def test_why(parameters: str, why: str) -> None:
    assert one(ROUTE.format(parameters, "...")).why == why


@pytest.mark.parametrize(
    ("parameters", "is_sync"),
    [
        ("session=Depends(given_sync)", True),
        ("session=Depends(given)", False),
        ("session=Depends(unknown)", False),
    ],
)
def test_a_sync_session_through_depends(parameters: str, is_sync: bool) -> None:
    found = one(ROUTE.format(parameters, "..."))
    assert (found.receives, found.is_sync_session) == (Receives.DEPENDS, is_sync)


@pytest.mark.parametrize(
    ("receives", "is_sync", "body"),
    [
        (Receives.OPENS, False, "async with make() as session: ..."),
        (Receives.OPENS, True, "with Session(engine) as session: ..."),
        (Receives.OPENS, False, "async with scope() as session: ..."),
        (Receives.OPENS, True, "with scope_sync() as session: ..."),
        (Receives.OPENS, False, "async with asynccontextmanager(given)() as session: ..."),
        (Receives.OPENS, False, "async with given_scope() as session: ..."),
        (Receives.OPENS, False, "session = make()"),
        (Receives.OPENS, True, "session = Session(engine)"),
        (Receives.OPENS, False, "session = opened()"),
        (Receives.OPENS, False, "await request.state.session.commit()"),
        (Receives.OPENS, False, "request.app.state.session.add(1)"),
        (Receives.OPENS, False, "await request.state.session.exec(1)"),
        (Receives.OPENS, False, "await request.state.session.execute(1)"),
        (Receives.OPENS, False, "s = request.state.session; await s.commit()"),
        (None, False, "await request.state.queue.put(1)"),
        (None, False, "await request.session.commit()"),
        (None, False, "s = request.session; await s.commit()"),
        (None, False, "await other.commit()"),
        (None, False, "with lock as x: ..."),
        (None, False, "x = user()"),
        (Receives.GLOBAL, False, "await shared.commit()"),
        (Receives.GLOBAL, False, "return [shared for x in y]"),
        (None, False, "shared = 1; return shared"),
        (None, False, "return make"),
    ],
)
def test_without_a_parameter(receives: Receives | None, is_sync: bool, body: str) -> None:
    found = one(ROUTE.format("request", body))
    assert (found.receives, found.is_sync_session) == (receives, is_sync)
    assert bool(found.why) == (receives is not None)
    assert found.at.line == (FIRST + 1 if receives is not None else FIRST)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("async with make() as session: ...", "the endpoint opens a session itself"),
        ("session = make()", "the endpoint makes a session itself"),
        ("request.state.session.add(1)", "the endpoint takes its session from the state of the app or request"),
        ("await shared.commit()", "the endpoint uses the session shared made outside of it"),
    ],
)
def test_why_without_a_parameter(body: str, why: str) -> None:
    assert one(ROUTE.format("request", body)).why == why


def test_a_session_of_the_function_around_is_not_global() -> None:
    found = one(
        "def build():\n    session = make()\n    @app.get('/x')\n    async def route(): await session.commit()\n"
    )
    assert found.receives is None


def test_a_session_of_the_parameters_comes_first() -> None:
    body = "await shared.commit(); await session.commit()"
    assert one(ROUTE.format("session=Depends(given)", body)).receives is Receives.DEPENDS


@pytest.mark.parametrize(
    ("head", "method", "path"),
    [
        ("@app.get('/x')", "get", "/x"),
        ("@router.post('/y')", "post", "/y"),
        ("@self.api_router.put('/y')", "put", "/y"),
        ("@api.delete('/y')", "delete", "/y"),
        ("@_router.patch(PATH)", "patch", ""),
        ("@self.app.head('/x')", "head", "/x"),
        ("@app.api_route(*given)", "api_route", ""),
        ("@app.get(path='/x')", "get", "/x"),
        ("x = FastAPI()\n@x.options('/x')", "options", "/x"),
        ("x = APIRouter()\n@x.websocket('/x')", "websocket", "/x"),
        ("@cached\n@app.trace('/x')", "trace", "/x"),
    ],
)
def test_routes(head: str, method: str, path: str) -> None:
    found = one(f"{head}\nasync def route(): ...\n")
    assert (found.name, found.method, found.path) == ("route", method, path)


@pytest.mark.parametrize(
    "head",
    [
        "@app.middleware('http')",
        "@app.get",
        "@get('/x')",
        "@other.get('/x')",
        "x = Plain()\n@x.get('/x')",
        "@Plain().get('/')",
        "app = Plain()\n@app.get('/x')",
        "x = Response()\n@x.get('/x')",
        "",
    ],
)
def test_what_is_no_route(head: str) -> None:
    assert not find(f"{head}\nasync def route(): ...\n")


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("async def route(): ...\napp.add_api_route('/x', route)\n", ["route"]),
        ("async def route(): ...\napp.add_route('/x', endpoint=route)\n", ["route"]),
        ("async def route(): ...\nasync def other(): ...\napp.add_api_route('/x', other)\n", ["other"]),
        ("async def route(): ...\napp.add_other('/x', route)\n", []),
        ("async def route(): ...\nclass C:\n    async def route(self): ...\napp.add_route('/x', route)\n", ["route"]),
        ("async def taking(session=Depends(given)): ...\n", ["taking"]),
        ("async def taking(session=Depends(given)): yield session\n", []),
        ("def providing(session=Depends(given)): return Service(session)\n", []),
        ("async def providing(session=Depends(given)): return Service(session)\n", ["providing"]),
        ("async def providing(session=Depends(given)): ...\n@app.get('/')\ndef f(x=Depends(providing)): ...\n", ["f"]),
    ],
)
def test_routes_without_a_decorator(code: str, names: list[str]) -> None:
    assert [each.name for each in find(code)] == names


@pytest.mark.parametrize(
    ("receives", "body"),
    [
        (Receives.DEPENDS, "return 1"),
        (Receives.DEPENDS, "return await session.get(Task, 1)"),
        (Receives.DEPENDS, "return [await session.get(Task, n) for n in (1, 2)]"),
        (Receives.DEPENDS, "async with make() as other: return await other.merge(await session.get(Task, 1))"),
        (Receives.OPENS, "async with make() as session: return await session.get(Task, 1)"),
        (Receives.OPENS, "async with make() as other: return await other.get(Task, 1)"),
        (Receives.GLOBAL, "await shared.commit()"),
        (Receives.OPENS, "other = make(); return await other.get(Task, 1)"),
    ],
)
def test_a_session_that_is_received_and_not_used(receives: Receives, body: str) -> None:
    assert one(ROUTE.format("session: AsyncSession = Depends(given)", body)).receives is receives
