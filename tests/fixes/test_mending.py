"""What is not fixed, and that fixing never makes a unit worse."""

from __future__ import annotations

import pytest

from harness.checking import mending
from harness.checking.judge import judge
from harness.fixes import FIXES, Edit, Fix, Source
from tests.fixes.mending import fixed, mended, tree_files

HEAD = "from sqlmodel import select\nfrom sqlmodel.ext.asyncio.session import AsyncSession\n"
ROUTE = """from fastapi import Depends, FastAPI
from sqlmodel.ext.asyncio.session import AsyncSession
app = FastAPI()
@app.get("/t")
async def get(session: AsyncSession):
    return await session.get(Task, 1)
"""
DEPENDENCY = """from sqlmodel.ext.asyncio.session import AsyncSession
from engine import engine
async def get_session():
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session
"""
UNFIXABLE = {
    "awaited: in a plain def": HEAD + "def f(session: AsyncSession):\n    session.commit()\n",
    "awaited: in a lambda": HEAD + "async def f(session: AsyncSession):\n    return lambda: session.exec(q).all()\n",
    "awaited: in a generator": HEAD
    + "async def f(session: AsyncSession):\n    return (session.get(T, i).name for i in ids)\n",
    "awaited: also handed on": HEAD
    + "async def f(session: AsyncSession):\n    rows = session.exec(q)\n    log(rows)\n    return rows.all()\n",
    "awaited: an own coroutine with an unknown method": HEAD
    + "async def load(s: AsyncSession):\n    return await s.get(T, 1)\nasync def f(s: AsyncSession):\n    return await load(s).work()\n",
    "awaited: async for over a result": HEAD
    + "async def f(session: AsyncSession):\n    async for t in session.exec(q): print(t)\n",
    "awaited: what results do not have": HEAD
    + "async def f(session: AsyncSession):\n    return await session.exec(q).work()\n",
    "depends: no dependency": ROUTE,
    "depends: two dependencies, given to nobody": DEPENDENCY + DEPENDENCY.replace("get_session", "get_other") + ROUTE,
    "depends: two dependencies": ROUTE
    + DEPENDENCY
    + DEPENDENCY.replace("get_session", "get_other")
    + "x = [Depends(get_session), Depends(get_other)]\n",
    "depends: the dependency stands below": ROUTE + DEPENDENCY,
    "imports: from a library that never had it": "from fastapi import select\nfrom sqlmodel import SQLModel\nprint(select, SQLModel)\n",
    "imports: several homes": "import fastapi\nx = Path('a')\n",
    "imports: a package that the project does not use": "import sqlmodel\nraise HTTPException(404)\n",
    "imports: a module for itself": "import sqlmodel\nprint(os)\n",
    "imports: bound in another function": "import os\ndef f():\n    import json\ndef g():\n    return json.dumps(1)\n",
    "dependency-shape: somebody calls it": HEAD
    + "from contextlib import asynccontextmanager\nfrom fastapi import Depends\n"
    + "@asynccontextmanager\nasync def get_session():\n    async with AsyncSession(engine, expire_on_commit=False) as s:\n"
    + "        yield s\nasync def main():\n    async with get_session() as s: ...\nx = Depends(get_session)\n",
}


@pytest.mark.parametrize("name", UNFIXABLE)
def test_what_cannot_be_known_is_left_alone(name: str) -> None:
    criterion = name.partition(":")[0]
    code = UNFIXABLE[name]
    findings, _ = judge(tree_files({"main.py": code}), [criterion])
    assert findings
    assert not any(each.fixable for each in findings)
    assert fixed(code, select=criterion, unsafe=True) == code


@pytest.mark.parametrize(
    ("others", "line"),
    [
        ({}, None),
        ({"app/other.py": "from app.db import engine\n"}, "from app.db import get_session\n"),
        ({"app/other.py": "from .db import engine\n"}, None),
        ({"app/a.py": "from app.db import engine\n", "app/b.py": "from src.app.db import engine\n"}, None),
        ({"app/other.py": "from app.db import engine\n", "app/engine.py": "from app.main import app\n"}, None),
    ],
)
def test_a_dependency_is_imported_as_others_import_it_and_in_no_circle(
    others: dict[str, str | bytes], line: str | None
) -> None:
    dependency = DEPENDENCY.replace("from engine", "from app.engine")
    files: dict[str, str | bytes] = {"src/app/db.py": dependency, "src/app/main.py": ROUTE}
    files |= {f"src/{path}": code for path, code in others.items()}
    contents, _ = mended(files, select="depends")
    text = contents["src/app/main.py"].decode()
    assert (line or "") in text
    assert ("Depends(get_session)" in text) == (line is not None)


@pytest.mark.parametrize(("homes", "changed"), [(1, True), (2, False)])
def test_a_name_that_the_project_defines_is_imported_where_it_is_defined_once(homes: int, changed: bool) -> None:
    files: dict[str, str | bytes] = {f"m{i}.py": "import sqlmodel\nclass Thing: ...\n" for i in range(homes)}
    files["a.py"] = "import sqlmodel\nfrom m0 import other\nx = Thing()\n"
    assert not mended(files)[1].contents
    contents, _ = mended(files, unsafe=True)
    assert (b"from m0 import Thing, other\n" in contents["a.py"]) == changed
    assert (contents["a.py"] != str(files["a.py"]).encode()) == changed


def test_an_import_that_others_take_their_class_from_is_fixed_once() -> None:
    files: dict[str, str | bytes] = {
        "base.py": "from sqlalchemy.ext.asyncio import AsyncSession\nimport sqlmodel\n",
        "a.py": "from base import AsyncSession\ndef f(s: AsyncSession): ...\n",
        "b.py": "import base\ndef f(s: base.AsyncSession): ...\n",
    }
    contents, done = mended(files)
    assert contents["base.py"] == b"from sqlmodel.ext.asyncio.session import AsyncSession\nimport sqlmodel\n"
    assert (contents["a.py"], contents["b.py"]) == (str(files["a.py"]).encode(), str(files["b.py"]).encode())
    assert done.fixed == 2


def test_an_import_that_another_file_takes_stays() -> None:
    files: dict[str, str | bytes] = {
        "db.py": "from sqlalchemy.orm import sessionmaker\nfrom sqlmodel.ext.asyncio.session import AsyncSession\n"
        "make = sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)\n",
        "other.py": "from db import sessionmaker, make\n",
    }
    contents, _ = mended(files)
    assert b"import sessionmaker\n" in contents["db.py"]


def test_what_a_fix_brings_to_light_is_fixed_with_it() -> None:
    code = "from sqlmodel import AsyncSession\nasync def f(session: AsyncSession):\n    session.commit()\n"
    assert fixed(code) == (
        "from sqlmodel.ext.asyncio.session import AsyncSession\n"
        "async def f(session: AsyncSession):\n    await session.commit()\n"
    )


def test_a_fix_that_brings_a_finding_is_taken_back() -> None:
    code = ROUTE.replace("from sqlmodel.ext.asyncio.session import AsyncSession\n", "from sqlmodel import select\n")
    contents, done = mended({"main.py": code})
    assert contents["main.py"].decode() == code
    assert [(each.criterion, each.why) for each in done.kept] == [
        ("imports", "its fix was taken back: it brings a finding of depends in main.py")
    ]
    contents, done = mended(
        {"main.py": DEPENDENCY.replace("from sqlmodel.ext", "from sqlmodel import select\nfrom sqlmodel.ext") + code}
    )
    assert not done.kept


def test_a_name_that_is_hidden_or_comes_later_is_not_used() -> None:
    maker = "    return async_sessionmaker(engine, expire_on_commit=False)\n"
    code = (
        "from sqlalchemy.ext.asyncio import async_sessionmaker\n"
        "from sqlmodel.ext.asyncio.session import AsyncSession\n"
        f"def f():\n    AsyncSession = 1\n{maker}"
    )
    assert "class_=SQLModelAsyncSession" in fixed(code)
    code = (
        "from sqlalchemy.ext.asyncio import async_sessionmaker\nmake = async_sessionmaker(engine)\n"
        "from sqlmodel.ext.asyncio.session import AsyncSession as Late\n"
    )
    assert "class_=AsyncSession)" in fixed(code)


def test_two_faults_of_one_call_are_both_fixed() -> None:
    code = (
        "from fastapi import Depends\nfrom sqlalchemy.ext.asyncio import async_sessionmaker\n"
        "from sqlmodel.ext.asyncio.session import AsyncSession\nfrom engines import engine\n"
        "make = async_sessionmaker(engine)\nasync def get_session():\n    async with make() as session:\n"
        "        yield session\nSessionDep = Depends(get_session)\n"
    )
    assert "make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)\n" in fixed(
        code, unsafe=True
    )


def test_a_bad_fix_does_not_hinder_the_good_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    propose = FIXES["awaited"]

    def broken(source: Source, tree: object, node: object) -> Fix | None:
        fix = propose(source, tree, node)  # type: ignore[arg-type]
        if fix is None or tree.module.code_for_node(node) != "session.flush()":  # type: ignore[attr-defined]
            return fix
        return Fix((Edit(tree, node, lambda updated: updated),), safe=True)  # type: ignore[arg-type]

    monkeypatch.setitem(mending.FIXES, "awaited", broken)
    body = "    session.commit()\n    session.flush()\n    session.rollback()\n    session.refresh(x)\n"
    contents, done = mended({"main.py": f"{HEAD}async def f(session: AsyncSession):\n{body}"})
    assert contents["main.py"].decode().count("await ") == 3
    assert "\n    session.flush()\n" in contents["main.py"].decode()
    assert [each.why for each in done.kept] == ["its fix was taken back: the finding stays"]
    assert [each.line for each in done.kept] == [5]


def test_only_what_is_wanted_is_fixed() -> None:
    code = HEAD + "async def f(session: AsyncSession):\n    session.commit()\n    session.flush()\n"
    trees = tree_files({"main.py": code})
    done = mending.mend(trees, wanted={("awaited", "main.py", 5, 5)})
    assert done.contents["main.py"].decode() == code.replace("session.flush()", "await session.flush()")


def test_a_locked_file_is_not_changed_and_named() -> None:
    broken = HEAD + "async def f(session: AsyncSession):\n    session.commit()\n"
    contents, done = mended({"a.py": broken, "b.py": broken}, locked=("a.py",))
    assert contents["a.py"].decode() == broken
    assert b"await" in contents["b.py"]
    assert list(done.shut) == ["a.py"]


BODY = "async def f(session: AsyncSession):\n\tsession.commit() # ä\n\n\n\tx = {  1 :2}\n\t"


@pytest.mark.parametrize(
    "content",
    [
        (HEAD + BODY).encode(),
        b"\xef\xbb\xbf" + (HEAD + BODY).encode(),
        ("# -*- coding: latin-1 -*-\n" + HEAD + BODY).encode("latin-1"),
        (HEAD + BODY).replace("\n", "\r\n").encode(),
        (HEAD + BODY.rstrip()).encode(),
    ],
    ids=["tabs", "byte order mark", "latin-1", "CRLF", "no newline at the end"],
)
def test_every_other_byte_stays(content: bytes) -> None:
    contents, _ = mended({"main.py": content})
    assert contents["main.py"] == content.replace(b"\tsession.commit", b"\tawait session.commit")


def test_what_the_parser_does_not_keep_is_not_written() -> None:
    content = (HEAD + "\x0c" + BODY).encode()  # a form feed before a statement
    contents, done = mended({"main.py": content})
    assert contents["main.py"] == content
    assert [each.why for each in done.kept] == ["main.py cannot be written back byte for byte"]


def test_new_lines_end_as_the_others_do() -> None:
    code = (
        "import sqlmodel\nfrom sqlalchemy.ext.asyncio import AsyncSession, AsyncEngine\ndef f(s: AsyncSession): ...\n"
    )
    contents, _ = mended({"main.py": code.replace("\n", "\r\n")})
    assert contents["main.py"].count(b"\r\n") == contents["main.py"].count(b"\n") == 4


def test_both_faults_of_a_file_are_mended_as_one() -> None:
    code = """from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import select
make = async_sessionmaker(engine, expire_on_commit=False)
async def f(session: AsyncSession): return await session.exec(select(1))
"""
    mended = fixed(code)
    assert mended == code.replace("import AsyncSession, async", "import async").replace(
        "from sqlmodel import select", f"{HEAD.splitlines()[1]}\nfrom sqlmodel import select"
    ).replace("(engine, ", "(engine, class_=AsyncSession, ")
    assert fixed(mended) == mended


def test_the_class_as_a_value_keeps_its_import() -> None:
    code = """from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import select
make = async_sessionmaker(engine, expire_on_commit=False)
def f(session): return isinstance(session, AsyncSession)
"""
    mended = fixed(code)
    assert "import AsyncSession, async_sessionmaker\n" in mended
    assert "class_=SQLModelAsyncSession" in mended


def test_each_fix_by_itself() -> None:
    code = """from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import select
from db import engine
make = async_sessionmaker(engine, expire_on_commit=False)
async def f(session: AsyncSession): return session.exec(select(1)).all()
"""
    trees = tree_files({"main.py": code})
    findings, _ = judge(trees)
    wanted = {(each.criterion, each.path, each.line, each.column) for each in findings}
    done = mending.mend(trees, wanted=wanted, unsafe=True, apart=True)
    assert set(done.alone) == wanted
    for place, (contents, safe) in done.alone.items():
        assert safe
        left, _ = judge(tree_files(dict(contents)))
        assert place[0] not in {each.criterion for each in left}
        assert len(left) < len(findings)
    awaited = next(contents for place, (contents, _) in done.alone.items() if place[0] == "awaited")
    assert awaited["main.py"].decode() == code.replace("session.exec(select(1))", "(await session.exec(select(1)))")


def test_a_name_may_be_wanted_with_and_without_an_alias() -> None:
    code = f"""import sqlmodel.ext.asyncio.session as sms
make = async_sessionmaker(engine, class_=sms.AsyncSession, expire_on_commit=False)
from sqlalchemy.ext.asyncio import AsyncSession
{HEAD.splitlines()[1]}
async def get_session():
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import select
make = async_sessionmaker(engine, expire_on_commit=False)
async def f(session: AsyncSession): return await session.exec(select(1))
"""
    mended = fixed(code)
    assert "class_=" in mended
    assert "sqlalchemy.ext.asyncio import async_sessionmaker\n" in mended
    assert fixed(mended) == mended
