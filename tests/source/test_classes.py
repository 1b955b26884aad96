"""Which uses of session classes count, whose classes they are, and where sessions are made from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.source.values import Flavor
from tests.criteria.reading import reading, source_file

if TYPE_CHECKING:
    from harness.source.facts import Facts

RIGHT = "from sqlmodel.ext.asyncio.session import AsyncSession"
OTHER = "from sqlalchemy.ext.asyncio import AsyncSession"
STRANGE = "from sqlalchemy.somewhere import AsyncSession"


def read(*blocks: str) -> Facts:
    return reading(*(source_file(code, f"block{i}") for i, code in enumerate(blocks, 1))).facts


def uses(*blocks: str) -> list[tuple[Flavor, int]]:
    return [(use.flavor, use.at.line) for use in read(*blocks).class_uses]


@pytest.mark.parametrize(
    ("imports", "flavor"), [(RIGHT, Flavor.SQLMODEL), (OTHER, Flavor.SQLALCHEMY), (STRANGE, Flavor.UNKNOWN)]
)
@pytest.mark.parametrize(
    "line",
    [
        "def f(s: AsyncSession): ...",
        "def f(s: 'AsyncSession'): ...",
        "def f(s: 'list[AsyncSession]'): ...",
        "def f() -> 'AsyncSession | None': ...",
        "class S(AsyncSession): ...",
        "make = async_sessionmaker(engine, class_=AsyncSession)",
        "S = Annotated[AsyncSession, 1]",
    ],
)
def test_a_use(imports: str, flavor: Flavor, line: str) -> None:
    assert uses(f"{imports}\n{line}\n") == [(flavor, 2)]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import sqlmodel.ext.asyncio.session as s\nx = s.AsyncSession(engine)\n", [(Flavor.SQLMODEL, 2)]),
        ("import sqlalchemy.ext.asyncio as s\nx: s.AsyncSession\n", [(Flavor.SQLALCHEMY, 2)]),
        ("from sqlmodel import Session\nx = Session(engine)\n", []),
        (f"{RIGHT}\n", []),
        ("def f(s: AsyncSession): ...\n", []),
        ("def f(s: 'AsyncSession'): ...\n", []),
        ("def f(s: AsyncSession, t: 'AsyncSession'): ...\n", []),
        ("class AsyncSession: ...\ndef f(s: AsyncSession, t: 'AsyncSession'): ...\n", []),
        (f"{OTHER}\nx: Literal['AsyncSession']\nx: call('AsyncSession')\n", []),
    ],
)
def test_uses(code: str, found: list[tuple[Flavor, int]]) -> None:
    assert uses(code) == found


def test_what_another_block_imports_is_the_answers() -> None:
    assert uses(f"{OTHER}\n", "def f(s: AsyncSession, t: 'AsyncSession'): ...\n") == [(Flavor.SQLALCHEMY, 1)] * 2


@pytest.mark.parametrize(
    ("code", "made"),
    [
        ("x = AsyncSession(engine)\n", [("direct", Flavor.SQLMODEL, True, 1)]),
        (f"{OTHER}\nx = AsyncSession(engine, expire_on_commit=False)\n", [("direct", Flavor.SQLALCHEMY, False, 2)]),
        ("class S(AsyncSession): ...\nx = S(engine)\n", [("direct", Flavor.SQLMODEL, True, 2)]),
        ("def f(): return AsyncSession(engine)\nx = f()\n", [("direct", Flavor.SQLMODEL, True, 1)]),
        ("def f(s: AsyncSession): return s\nx = f(1)\n", []),
        ("x = cast(Any, AsyncSession(engine))\n", [("direct", Flavor.SQLMODEL, True, 1)]),
        (
            "make = async_sessionmaker(engine, class_=AsyncSession)\nx = make()\n",
            [("async_sessionmaker", Flavor.SQLMODEL, True, 1)],
        ),
        ("x = async_session()\n", []),
        ("if __name__ == '__main__':\n    x = AsyncSession(engine)\n", []),
    ],
)
def test_sessions_and_makers(code: str, made: list[tuple[str, Flavor, bool, int]]) -> None:
    assert [(each.kind, each.flavor, each.expire, each.at.line) for each in read(code).makers] == made


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("from sqlmodel import Session\nx = Session(engine)\n", [2]),
        ("from sqlalchemy.orm import Session\nwith Session(engine) as s: ...\n", [2]),
        ("from sqlalchemy.orm import sessionmaker\nmake = sessionmaker(engine)\nx = make()\n", [3]),
        ("from sqlmodel import Session\ndef f(s: Session): ...\n", []),
        ("from sqlmodel import Session\nif __name__ == '__main__':\n    x = Session(engine)\n", []),
        ("x = AsyncSession(engine)\n", []),
    ],
)
def test_where_sync_sessions_are_made(code: str, lines: list[int]) -> None:
    assert [place.line for place in read(code).sync_sessions] == lines
