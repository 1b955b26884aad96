"""Which functions hand out sessions, and in which shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.source.facts import Shape
from harness.source.values import Flavor
from tests.criteria.reading import reading, source_file

if TYPE_CHECKING:
    from harness.source.facts import DependencyFact

MAKER = "make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)\n"
ROUTE = '@app.get("/x")\nasync def route(s=Depends({0})): ...\n'
USED = ROUTE.format("given")


def find(code: str) -> tuple[DependencyFact, ...]:
    return reading(source_file(MAKER + code)).facts.dependencies


SHAPES: list[tuple[Shape, int, str]] = [
    (Shape.RIGHT, 4, "async def given():\n    async with make() as s:\n        yield s\n"),
    (Shape.RIGHT, 4, "async def given():\n    async with make() as a, make() as b:\n        yield b\n"),
    (Shape.RIGHT, 5, "async def given():\n    s = make()\n    async with s:\n        yield s\n"),
    (Shape.RIGHT, 4, "async def given():\n    async with AsyncExitStack() as stack:\n        yield stack.session\n"),
    (Shape.RIGHT, 4, "async def given():\n    async with make.begin() as s:\n        yield s\n"),
    (Shape.RIGHT, 4, "async def given():\n    async with async_session() as s:\n        yield s\n"),
    (
        Shape.RIGHT,
        5,
        "class Make:\n    async def __call__(self):\n        async with make() as s:\n            yield s\n"
        "given = Make()\n",
    ),
    (Shape.NOT_ASYNC, 2, "def given():\n    with make() as s:\n        yield s\n"),
    (Shape.NOT_ASYNC, 2, "def given():\n    s = make()\n    yield s\n"),
    (Shape.NO_WITH, 4, "async def given():\n    s = make()\n    yield s\n"),
    (Shape.NO_WITH, 4, "async def given():\n    async with lock:\n        yield make()\n"),
    (Shape.NO_WITH, 4, "shared = make()\nasync def given():\n    async with shared:\n        yield shared\n"),
    (Shape.NO_WITH, 5, "async def given():\n    async with make() as s:\n        pass\n    yield s\n"),
    (Shape.SYNC_WITH, 3, "async def given():\n    with make() as s:\n        yield s\n"),
    (Shape.RETURNS, 3, "async def given():\n    return make()\n"),
    (Shape.RETURNS, 3, "def given():\n    return make()\n"),
    (Shape.RETURNS, 4, "async def given():\n    async with make() as s:\n        return s\n"),
    (Shape.RETURNS, 2, "def given(request: Request):\n    return request.state.session\n"),
    (Shape.RETURNS, 2, "def given(request: Request):\n    return request.app.state.session\n"),
    (
        Shape.DECORATED,
        3,
        "@asynccontextmanager\nasync def given():\n    async with make() as s:\n        yield s\n",
    ),
    (
        Shape.NO_WITH,
        7,
        "@asynccontextmanager\nasync def scope():\n    s = make()\n    yield s\n"
        "async def given():\n    async with scope() as s:\n        yield s\n",
    ),
    (
        Shape.RIGHT,
        8,
        "@asynccontextmanager\nasync def scope():\n    async with make() as s:\n        yield s\n"
        "async def given():\n    async with scope() as s:\n        yield s\n",
    ),
    (Shape.UNKNOWN, 2, "async def given():\n    async for s in sessions():\n        with x as y: yield s\n"),
    (
        Shape.UNKNOWN,
        2,
        "async def given():\n    if x:\n        async with make() as s: yield s\n    else:\n        yield other()\n",
    ),
    (Shape.UNKNOWN, 2, "async def given():\n    with make_one(make) as s:\n        yield\n"),
    (
        Shape.NO_WITH,
        6,
        "async def given():\n    if x:\n        async with make() as s: yield s\n    s = make()\n    yield s\n",
    ),
]


@pytest.mark.parametrize(("shape", "line", "code"), SHAPES, ids=[f"{i}-{row[0].name}" for i, row in enumerate(SHAPES)])
def test_shape(shape: Shape, line: int, code: str) -> None:
    [found] = [each for each in find(code + USED) if each.depended_on]
    assert (found.shape, found.shape_at.line) == (shape, line)


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["get_session"], "async def get_session():\n    async with make() as s:\n        yield s\n"),
        (["anything"], "async def anything():\n    async with make() as s:\n        yield s\n"),
        (["get_db"], "async def get_db():\n    return make()\n"),
        (["get_db"], "async def get_db():\n    yield something()\n"),
        ([], "async def anything():\n    return make()\n"),
        ([], "async def anything():\n    yield something()\n"),
        ([], "def get_db():\n    something()\n"),
        ([], "@asynccontextmanager\nasync def get_session():\n    async with make() as s:\n        yield s\n"),
        ([], "async def get_session(s: AsyncSession):\n    return s\n"),
        (
            ["given"],
            "async def given():\n    async with work() as unit:\n        yield unit\n" + USED,
        ),
        ([], "async def given():\n    yield work()\n" + USED),
        ([], "async def given():\n    async with work() as unit:\n        return unit\n" + USED),
        (
            ["given"],
            "async def given():\n    async with make() as s:\n        yield s\n"
            "async def passed_on(s: AsyncSession = Depends(given)):\n    yield s\n" + ROUTE.format("passed_on"),
        ),
        (
            ["given"],
            "async def given():\n    async with make() as s:\n        yield s\n"
            "async def passed_on(s: AsyncSession = Depends(given)):\n    return s\n" + ROUTE.format("passed_on"),
        ),
    ],
)
def test_which_functions_hand_out_sessions(names: list[str], code: str) -> None:
    assert [each.name for each in find(code)] == names


def test_what_is_known_of_one() -> None:
    [found] = find(
        "class Database:\n    async def session(self):\n        async with make() as s:\n            yield s\n"
        "database = Database()\n" + ROUTE.format("database.session")
    )
    assert (found.name, found.target, found.flavor, found.expire, found.depended_on, found.supplied, found.at.line) == (
        "session",
        "block1:Database.session",
        Flavor.SQLMODEL,
        False,
        True,
        False,
        3,
    )


def test_a_unit_of_work_has_no_flavor() -> None:
    [found] = find("async def given():\n    async with work() as unit:\n        yield unit\n" + USED)
    assert (found.flavor, found.expire, found.shape) == (None, None, Shape.RIGHT)


def test_a_method_of_a_nested_function_is_named_in_full() -> None:
    code = "def outer():\n    async def get_session():\n        async with make() as s:\n            yield s\n"
    assert [each.target for each in find(code)] == ["block1:outer.get_session"]
