"""Modules find each other, what is absent is stood in for, and what is wrong is told with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.program import ImportedName, Module, Program
from tests.inside.journal import noted

if TYPE_CHECKING:
    from harness.sandbox import Sandbox


def load(sandbox: Sandbox, program: Program) -> dict[str, Any]:
    """The replies to load and facts in one."""
    with sandbox.open({"program": program.to_json()}) as cell:
        return {**cell.ask({"op": "load"}), **cell.ask({"op": "facts"})}


def modules(**sources: str) -> Program:
    """Keyword names with ``__`` for dots, in order."""
    names = [(name.replace("__", "."), source) for name, source in sources.items()]
    return Program(tuple(Module(name, name.replace(".", "/") + ".py", source) for name, source in names))


def errors(reply: dict[str, Any]) -> dict[str, str]:
    return {entry["module"]: entry["error"] for entry in reply["imports"] if entry["error"]}


@pytest.mark.parametrize(
    "program",
    [
        modules(database="x = 1", main="from app.database import x"),
        modules(app__database="x = 1", main="from database import x"),
        modules(db="x = 1", main="from .db import x"),
        modules(models="x = 1", routers__tasks="from ..models import x\nfrom .. import models"),
        modules(models="x = 1", routers__tasks="from ...src.models import x"),
        modules(app__database="x = 1", main="import app.database\nassert app.database.x == 1"),
        modules(app__database="x = 1", main="from app import database\nassert database.x == 1"),
        modules(main="from helper import x", helper="x = 1"),
        modules(a="import b\nx = 1\ndef f():\n    return b.y", b="import a\ny = 2"),
        modules(a="import sys\nassert __name__ != '__main__'\nassert sys.modules[__name__].__file__.endswith('a.py')"),
        modules(a="x = []", b="import a\nfrom app import a as other\nassert a is other"),
        modules(a="import inspect\ndef f():\n    return 1\nassert 'return 1' in inspect.getsource(f)"),
    ],
)
def test_imports_resolve(program: Program, sandbox: Sandbox) -> None:
    assert errors(load(sandbox, program)) == {}


def test_one_error_does_not_stop_the_others(sandbox: Sandbox) -> None:
    reply = load(
        sandbox, modules(a="import b", b="x = 1\ny = undefined", c="z = 1", d="def f(:\n", e="raise SystemExit")
    )
    assert errors(reply).keys() == {"a", "b", "d", "e"}
    assert reply["modules"] == ["c"]
    seen = {entry["module"]: entry for entry in reply["imports"]}
    assert (seen["b"]["kind"], seen["b"]["place"]) == ("NameError", {"module": "b", "line": 2})
    assert (seen["d"]["kind"], seen["d"]["place"]) == ("SyntaxError", {"module": "d", "line": 1})
    assert seen["e"]["kind"] == "SystemExit"


def test_circular_import_fails_as_in_python(sandbox: Sandbox) -> None:
    reply = load(sandbox, modules(a="from b import y\nx = 1", b="from a import x\ny = 1"))
    assert "cannot import name 'x'" in errors(reply)["b"]


def test_supplied_and_virtual_names(sandbox: Sandbox) -> None:
    program = Program(
        (
            Module("_context", "_context.py", "class Task:\n    pass\n", ours=True),
            Module(
                "main",
                "main.py",
                "from app.models import Task as A, Gone\nassert A is Task\n"
                "assert join('a', 'b')\nassert ctx.Task is A\n",
                {"Task": "_context:Task", "join": "os.path:join", "ctx": "_context:"},
            ),
        ),
        {"app.models": {"Task": "_context:Task", "Gone": ""}},
    )
    assert errors(load(sandbox, program)) == {}


def test_names_supplied_in_a_circle(sandbox: Sandbox) -> None:
    first = Module("a", "a.py", "x = 1\ndef f():\n    return y\n", {"y": "b:y"})
    second = Module("b", "b.py", "y = 1\ndef g():\n    return x\n", {"x": "a:x"})
    last = Module("c", "c.py", "import a, b\nassert a.f() == b.g() == 1\n")
    assert errors(load(sandbox, Program((first, second, last)))) == {}


STAND_INS = """
import absent_package.deep as deep
from absent_package import Thing, decorate, unused
@decorate
def f():
    return 5
@deep.register(name="x")
class C(Thing):
    pass
assert f() == 5
with deep.context() as entered:
    list(entered.items)
"""


def test_stand_ins_tell_what_was_used(sandbox: Sandbox) -> None:
    reply = load(sandbox, modules(main=STAND_INS))
    assert errors(reply) == {}
    assert {"absent_package.decorate", "absent_package.Thing", "absent_package.deep.register"} <= set(
        reply["stand_ins"]
    )
    assert "absent_package.unused" not in reply["stand_ins"]


@pytest.mark.parametrize(
    "source",
    [
        "from sqlmodel import selectinload",
        "import sqlmodel.ext.async_session",
        "from sqlalchemy.ext.asyncio import Nothing",
    ],
)
def test_wrong_imports_from_installed_packages_raise(source: str, sandbox: Sandbox) -> None:
    assert set(errors(load(sandbox, modules(main=source)))) == {"main"}


def test_libraries_find_what_is_absent_absent(sandbox: Sandbox) -> None:
    source = (
        "import importlib.util, json\ntry:\n    from pydantic.v1 import nothing_there\nexcept ImportError:\n    pass\n"
    )
    source += "import sqlalchemy\ntry:\n"
    source += "    sqlalchemy.create_engine('mysql+pymysql://h/d')\nexcept ModuleNotFoundError:\n    pass\n"
    source += "else:\n    raise AssertionError\n"
    assert errors(load(sandbox, modules(main=source))) == {}


def test_missing_names(sandbox: Sandbox) -> None:
    wanted = [
        ("sqlmodel", "selectinload"),
        ("sqlmodel", "select"),
        ("sqlmodel.ext.async_session", "AsyncSession"),
        ("sqlalchemy.ext", "asyncio"),
        ("absent_package", "x"),
        ("collections.abc", "AsyncGenerator"),
        ("typing", "Nothing"),
        ("main", "x"),
        ("antigravity", ""),
    ]
    imports = tuple(ImportedName(module, name, "main", line) for line, (module, name) in enumerate(wanted, 1))
    reply = load(sandbox, Program((Module("main", "main.py", "x = 1"),), imports=imports))
    found = [(entry["module"], entry["name"], entry["place"]["line"]) for entry in reply["missing_names"]]
    assert found == [("sqlmodel", "selectinload", 1), ("sqlmodel.ext.async_session", "", 3), ("typing", "Nothing", 7)]


def test_wrong_example_only_lends(sandbox: Sandbox) -> None:
    wrong = "from fastapi import FastAPI\nfrom sqlalchemy.ext.asyncio import create_async_engine\n"
    wrong += "engine = create_async_engine('sqlite+aiosqlite:///x.db', echo=True)\napp = FastAPI()\n"
    wrong += "@app.get('/wrong')\nasync def wrong():\n    return 1\n"
    right = "@app.get('/right')\nasync def right():\n    return 1\n"
    program = Program(
        (Module("bad", "bad.py", wrong, lends=True), Module("main", "main.py", right, {"app": "bad:app"}))
    )
    with sandbox.open({"program": program.to_json()}) as cell:
        assert cell.ask({"op": "load"})["modules"] == ["bad", "main"]
        cell.ask({"op": "start"})
        assert [route["path"] for route in cell.ask({"op": "describe"})["routes"]] == ["/right"]
        assert noted(cell.ask({"op": "facts"}), "engine") == []
