"""What makers and sessions are known to be: whose class, and whether they expire on commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.source.sessions import ALIAS_NAMES, DEPENDENCY_NAMES, MAKER_NAMES
from harness.source.values import Flavor
from tests.criteria.reading import reading, source_file

if TYPE_CHECKING:
    from harness.source.facts import DependencyFact, MakerFact

OTHER = "from sqlalchemy.ext.asyncio import AsyncSession as Other\n"
SYNC = "from sqlmodel import Session\nfrom sqlalchemy.orm import sessionmaker, scoped_session\n"
SCOPED = "from sqlalchemy.ext.asyncio import async_scoped_session\n"
GET_SESSION = "async def get_session():\n    async with {0} as s:\n        yield s\n"


def makers(code: str) -> tuple[MakerFact, ...]:
    return reading(source_file(code)).facts.makers


def held(code: str, opened: str = "make()") -> DependencyFact:
    """The dependency that hands out what ``opened`` makes."""
    [found] = reading(source_file(code + GET_SESSION.format(opened))).facts.dependencies
    return found


@pytest.mark.parametrize(
    ("code", "kind", "flavor", "class_given"),
    [
        ("make = async_sessionmaker(engine, class_=AsyncSession)\n", "async_sessionmaker", Flavor.SQLMODEL, True),
        (
            "make = async_sessionmaker[AsyncSession](engine, class_=AsyncSession)\n",
            "async_sessionmaker",
            Flavor.SQLMODEL,
            True,
        ),
        ("make = async_sessionmaker(engine)\n", "async_sessionmaker", Flavor.SQLALCHEMY, False),
        ("make = async_sessionmaker(engine, AsyncSession)\n", "async_sessionmaker", Flavor.SQLALCHEMY, False),
        ("make = async_sessionmaker(engine, class_=unknown)\n", "async_sessionmaker", Flavor.UNKNOWN, True),
        ("make = async_sessionmaker(engine, **more)\n", "async_sessionmaker", Flavor.UNKNOWN, None),
        (f"{OTHER}make = async_sessionmaker(engine, class_=Other)\n", "async_sessionmaker", Flavor.SQLALCHEMY, True),
        (f"{SYNC}make = sessionmaker(engine)\n", "sessionmaker", Flavor.SYNC, False),
        (f"{SYNC}make = sessionmaker(engine, AsyncSession)\n", "sessionmaker", Flavor.SQLMODEL, True),
        (f"{SYNC}make = sessionmaker(engine, class_=AsyncSession)\n", "sessionmaker", Flavor.SQLMODEL, True),
        (f"{SYNC}make = sessionmaker(*given, AsyncSession)\n", "sessionmaker", Flavor.SYNC, False),
        (f"{SYNC}make = sessionmaker(bind=engine, autoflush=False)\n", "sessionmaker", Flavor.SYNC, False),
        (
            "class S(AsyncSession): ...\nmake = async_sessionmaker(class_=S)\n",
            "async_sessionmaker",
            Flavor.SQLMODEL,
            True,
        ),
        (
            "make = async_sessionmaker(engine)\nmake.configure(class_=AsyncSession)\n",
            "async_sessionmaker",
            Flavor.SQLMODEL,
            True,
        ),
        ("make = functools.partial(AsyncSession, engine)\n", "partial", Flavor.SQLMODEL, True),
    ],
)
def test_makers(code: str, kind: str, flavor: Flavor, class_given: bool | None) -> None:
    [found] = makers(code)
    assert (found.kind, found.flavor, found.class_given) == (kind, flavor, class_given)


@pytest.mark.parametrize(
    ("code", "kind", "flavor"),
    [
        (
            f"{SCOPED}x = async_sessionmaker(class_=AsyncSession)\nm = async_scoped_session(x, f)\n",
            "scoped",
            Flavor.SQLMODEL,
        ),
        (f"{SYNC}x = sessionmaker()\nm = scoped_session(x)\n", "scoped", Flavor.SYNC),
        (
            "x = async_sessionmaker(class_=AsyncSession)\nm = functools.partial(x, autoflush=False)\n",
            "async_sessionmaker",
            Flavor.SQLMODEL,
        ),
    ],
)
def test_makers_of_makers(code: str, kind: str, flavor: Flavor) -> None:
    assert [(each.kind, each.flavor, each.at.line) for each in makers(code)][-1] == (kind, flavor, code.count("\n"))


@pytest.mark.parametrize(
    "code", [f"{SCOPED}m = async_scoped_session()\n", "m = functools.partial()\n", "m = functools.partial(f)\n"]
)
def test_what_makes_no_sessions(code: str) -> None:
    assert not makers(code)


KEEPING = """class Keeping(AsyncSession):
    def __init__(self, *args, {0}):
        {1}
make = functools.partial(Keeping, engine)
"""
BY_MAKER = KEEPING.replace("functools.partial(Keeping, engine)", "async_sessionmaker(class_=Keeping)")
"""The maker gives expire_on_commit=True with each call, where it was given nothing itself."""


@pytest.mark.parametrize(
    ("code", "expire"),
    [
        ("make = async_sessionmaker(class_=AsyncSession)\n", True),
        ("make = async_sessionmaker(class_=AsyncSession, expire_on_commit=False)\n", False),
        ("make = async_sessionmaker(class_=AsyncSession, expire_on_commit=True)\n", True),
        ("make = async_sessionmaker(class_=AsyncSession, expire_on_commit=how)\n", None),
        ("make = async_sessionmaker(class_=AsyncSession, **more)\n", None),
        ("make = async_sessionmaker(class_=AsyncSession, expire_on_commit=False, **more)\n", False),
        ("make = async_sessionmaker()\n", True),
        ("make = async_sessionmaker(expire_on_commit=False)\n", False),
        ("make = async_sessionmaker(class_=AsyncSession)\nmake.configure(expire_on_commit=False)\n", False),
        ("make: X = async_sessionmaker(class_=AsyncSession)\nmake.configure(expire_on_commit=False)\n", False),
        ("a = make = async_sessionmaker(class_=AsyncSession)\nmake.configure(expire_on_commit=False)\n", False),
        ("make = async_sessionmaker(class_=AsyncSession)\ndef f(): make.configure(expire_on_commit=False)\n", False),
        ("make = async_sessionmaker(class_=AsyncSession)\nmake.configure(**more)\n", None),
        ("make = async_sessionmaker(class_=AsyncSession)\nother.configure(expire_on_commit=False)\n", True),
        ("make = async_sessionmaker(class_=AsyncSession)\nmake.other(expire_on_commit=False)\n", True),
        (
            "make = async_sessionmaker(class_=AsyncSession)\nmake.configure(autoflush=False)\n"
            "make.configure(expire_on_commit=False)\n",
            False,
        ),
        ("make = async_sessionmaker(class_=AsyncSession, **more)\nmake.configure(autoflush=False)\n", None),
        (
            "make = async_sessionmaker(class_=AsyncSession, **more)\nmake.configure(expire_on_commit=False)\n",
            False,
        ),
        ("make = functools.partial(AsyncSession, engine)\n", True),
        ("make = functools.partial(AsyncSession, engine, expire_on_commit=False)\n", False),
        ("x = async_sessionmaker(class_=AsyncSession)\nmake = functools.partial(x, expire_on_commit=False)\n", False),
        ("class Plain(AsyncSession): ...\nmake = async_sessionmaker(class_=Plain)\n", True),
        (KEEPING.format("**kwargs", "kwargs.setdefault('expire_on_commit', False)"), False),
        (KEEPING.format("**kwargs", "kwargs.setdefault('expire_on_commit', True)"), True),
        (KEEPING.format("**kwargs", "kwargs.setdefault('autoflush', False)"), True),
        (KEEPING.format("**kwargs", "kwargs.setdefault('expire_on_commit')"), True),
        (KEEPING.format("**kwargs", "other.setdefault('expire_on_commit', False)"), True),
        (KEEPING.format("**kwargs", "AsyncSession.__init__(self, expire_on_commit=False)"), False),
        (KEEPING.format("**kwargs", "super().__init__(*args, **kwargs)"), True),
        (KEEPING.format("**kwargs", "super().other(expire_on_commit=False)"), True),
        (KEEPING.format("**kwargs", "kwargs['expire_on_commit'] = False"), False),
        (KEEPING.format("**kwargs", "kwargs['autoflush'] = False"), True),
        (KEEPING.format("**kwargs", "other['expire_on_commit'] = False"), True),
        (KEEPING.format("**kwargs", "x = kwargs['expire_on_commit']"), True),
        (KEEPING.format("**kwargs", "kwargs[a:b] = False"), True),
        (KEEPING.format("expire_on_commit=False, **kwargs", "pass"), False),
        (KEEPING.format("expire_on_commit=True, **kwargs", "pass"), True),
        (KEEPING.format("expire_on_commit=how, **kwargs", "pass"), None),
        (KEEPING.format("expire_on_commit, **kwargs", "pass"), True),
        (KEEPING.format("autoflush=False", "pass"), None),
        (BY_MAKER.format("**kwargs", "kwargs.setdefault('expire_on_commit', False)"), True),
        (BY_MAKER.format("**kwargs", "kwargs['expire_on_commit'] = False"), False),
        (BY_MAKER.format("**kwargs", "AsyncSession.__init__(self, expire_on_commit=False)"), False),
        (BY_MAKER.format("expire_on_commit=False, **kwargs", "pass"), None),
        (
            BY_MAKER.format("**kwargs", "kwargs.setdefault('expire_on_commit', False)").replace(
                "class_=Keeping", "class_=Keeping, expire_on_commit=False"
            ),
            False,
        ),
        (
            BY_MAKER.format("**kwargs", "kwargs.setdefault('expire_on_commit', False)")
            .replace("make =", "class Kept(Keeping): ...\nmake =")
            .replace("class_=Keeping", "class_=Kept"),
            True,
        ),
        (
            "class Base(AsyncSession):\n    def __init__(self, **k): k['expire_on_commit'] = False\n"
            "class Keeping(Base): ...\nmake = async_sessionmaker(class_=Keeping)\n",
            False,
        ),
        ("class Odd(AsyncSession):\n    __init__ = other\nmake = async_sessionmaker(class_=Odd)\n", None),
    ],
)
def test_expire_on_commit(code: str, expire: bool | None) -> None:
    assert held(code).expire is expire


@pytest.mark.parametrize(
    ("code", "opened", "flavor", "expire"),
    [
        ("make = async_sessionmaker(class_=AsyncSession)\n", "make(expire_on_commit=False)", Flavor.SQLMODEL, False),
        (
            "make = async_sessionmaker(class_=AsyncSession, expire_on_commit=False)\n",
            "make(**x)",
            Flavor.SQLMODEL,
            None,
        ),
        (
            "make = async_sessionmaker(class_=AsyncSession, expire_on_commit=False)\n",
            "make.begin()",
            Flavor.SQLMODEL,
            False,
        ),
        ("", "AsyncSession(engine)", Flavor.SQLMODEL, True),
        ("", "AsyncSession(engine, expire_on_commit=False)", Flavor.SQLMODEL, False),
        (OTHER, "Other(engine, expire_on_commit=False)", Flavor.SQLALCHEMY, False),
        ("", "async_session(expire_on_commit=True)", Flavor.SQLMODEL, True),
    ],
)
def test_what_is_given_where_it_is_opened(code: str, opened: str, flavor: Flavor, expire: bool | None) -> None:
    found = held(code, opened)
    assert (found.flavor, found.expire, found.supplied) == (flavor, expire, False)


MAKERS = (
    "async_session async_session_factory async_session_maker AsyncSessionLocal SessionLocal session_factory "
    "session_maker AsyncSessionFactory SessionFactory async_session_local AsyncSessionMaker SessionMaker "
    "local_session LocalSession create_session new_session make_session"
).split()


@pytest.mark.parametrize("name", MAKERS)
def test_a_maker_that_is_left_out(name: str) -> None:
    found = held("", f"{name}()")
    assert (found.flavor, found.expire, found.supplied) == (Flavor.SQLMODEL, False, True)


@pytest.mark.parametrize(
    "name", "get_session get_db get_async_session get_db_session get_async_db session_dependency db_session".split()
)
def test_a_dependency_that_is_left_out(name: str) -> None:
    code = f"@app.get('/x')\nasync def f(s: AsyncSession = Depends({name})):\n    s.commit()\n"
    assert len(reading(source_file(code)).facts.awaits) == 1


@pytest.mark.parametrize(
    "name", "SessionDep AsyncSessionDep SessionDependency DbSession DBSession AsyncSessionDependency".split()
)
def test_an_alias_that_is_left_out(name: str) -> None:
    code = f"@app.get('/x')\nasync def f(s: {name}): ...\n"
    [found] = reading(source_file(code)).facts.endpoints
    assert found.receives == "through Depends"


def test_no_name_is_two_things() -> None:
    assert not MAKER_NAMES & (DEPENDENCY_NAMES | ALIAS_NAMES)
    assert not DEPENDENCY_NAMES & ALIAS_NAMES
