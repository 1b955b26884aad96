"""What an answer's engines are given: driver, pool size, SQL logging, and when they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.criteria.reading import reading, source_file

if TYPE_CHECKING:
    from harness.source.facts import EngineFact, Facts


def read(code: str) -> Facts:
    return reading(source_file(code)).facts


def engine(code: str) -> EngineFact:
    [found] = read(code).engines
    return found


@pytest.mark.parametrize(
    ("code", "is_async", "line"),
    [
        ("e = create_async_engine(DATABASE_URL)\n", True, 1),
        ("from sqlmodel import create_engine\ne = create_engine(DATABASE_URL)\n", False, 2),
        ("from sqlalchemy import create_engine\ne = AsyncEngine(create_engine(DATABASE_URL))\n", True, 2),
        ("e = AsyncEngine(something)\n", True, 1),
        ("def make():\n    return create_async_engine(DATABASE_URL)\ne = make()\n", True, 2),
        ("from sqlalchemy.ext.asyncio import async_engine_from_config\ne = async_engine_from_config({})\n", True, 2),
    ],
)
def test_kind_and_place(code: str, is_async: bool, line: int) -> None:
    found = engine(code)
    assert (found.is_async, found.at.line) == (is_async, line)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("'postgresql+asyncpg://u@h/d'", True),
        ("'sqlite+aiosqlite:///x.db'", True),
        ("'mysql+aiomysql://u@h/d'", True),
        ("'mysql+asyncmy://u@h/d'", True),
        ("'postgresql+psycopg://u@h/d'", True),
        ("'postgresql+psycopg_async://u@h/d'", True),
        ("'mssql+aioodbc://u@h/d'", True),
        ("'oracle+oracledb_async://u@h/d'", True),
        ("'postgresql+psycopg2://u@h/d'", False),
        ("'sqlite:///x.db'", False),
        ("'postgresql://u@h/d'", None),
        ("'postgres://u@h/d'", None),
        ("'x'", None),
        ("DATABASE_URL", None),
        ("url='sqlite:///x.db'", False),
        ("echo='a://b', url='sqlite+aiosqlite://'", True),
        ("*given", None),
        ("**given", None),
        ("3", None),
    ],
)
def test_driver(url: str, expected: bool | None) -> None:
    assert engine(f"e = create_async_engine({url})\n").async_driver is expected


@pytest.mark.parametrize(
    ("code", "pool_size"),
    [
        ("e = create_async_engine(DATABASE_URL, pool_size=5)", True),
        ("e = create_async_engine(DATABASE_URL, pool_size=size)", True),
        ("e = create_async_engine(DATABASE_URL)", False),
        ("e = create_async_engine(DATABASE_URL, **given)", None),
        ("given = {'pool_size': 5}\ne = create_async_engine(DATABASE_URL, **given)", True),
        ("given = {'echo': True}\ne = create_async_engine(DATABASE_URL, **given)", False),
        ("given = {**more, 'echo': True}\ne = create_async_engine(DATABASE_URL, **given)", None),
        ("def f(): return {'pool_size': 5}\ne = create_async_engine(DATABASE_URL, **g(f))", True),
        ("def f(): return {'echo': 5}\ne = create_async_engine(DATABASE_URL, **g(f))", None),
        ("def f(): return {'echo': 5}\ne = create_async_engine(DATABASE_URL, **f())", False),
        ("given = dict(pool_size=5)\ne = create_async_engine(DATABASE_URL, **given)", True),
        ("given = {}\ngiven.update(pool_size=5)\ne = create_async_engine(DATABASE_URL, **given)", True),
        ("given = {}\ngiven.setdefault('pool_size', 5)\ne = create_async_engine(DATABASE_URL, **given)", True),
        ("given = {}\ngiven['pool_size'] = 5\ne = create_async_engine(DATABASE_URL, **given)", True),
        ("given = {pool_size: 5, call('pool_size'): 5}\ne = create_async_engine(DATABASE_URL, **more)", None),
        ("given = {}\nx = given['pool_size']\ne = create_async_engine(DATABASE_URL, **more)", None),
        ("given = {}\ngiven['pool'] = 5\ne = create_async_engine(DATABASE_URL, **more)", None),
        (
            "x = f(pool_size=5)\ng('pool_size')\ndict(a=5)\ndict('b')\ne = create_async_engine(DATABASE_URL, **more)",
            None,
        ),
        ("from sqlalchemy.ext.asyncio import async_engine_from_config\ne = async_engine_from_config({})", None),
    ],
)
def test_pool_size(code: str, pool_size: bool | None) -> None:
    assert engine(code + "\n").pool_size is pool_size


@pytest.mark.parametrize(
    ("given", "echo"),
    [
        ("", False),
        (", echo=True", True),
        (", echo=False", False),
        (", echo='debug'", True),
        (", echo=settings.echo", None),
        (", **given", None),
        (", **{'echo': True}", True),
    ],
)
def test_echo(given: str, echo: bool | None) -> None:
    assert engine(f"e = create_async_engine(DATABASE_URL{given})\n").echo is echo


@pytest.mark.parametrize(
    ("code", "per_request"),
    [
        ("e = create_async_engine(DATABASE_URL)\n", False),
        ("@app.get('/x')\nasync def f():\n    e = create_async_engine(DATABASE_URL)\n", True),
        ("@app.get('/x')\nasync def f():\n    e = [create_async_engine(u) for u in urls]\n", True),
        ("def f():\n    e = create_async_engine(DATABASE_URL)\n", False),
        ("def f():\n    e = create_async_engine(DATABASE_URL)\n@app.get('/x')\nasync def g(x=Depends(f)): ...\n", True),
        (
            "@functools.lru_cache\ndef f():\n    return create_async_engine(DATABASE_URL)\n"
            "@app.get('/x')\nasync def g(x=Depends(f)): ...\n",
            False,
        ),
        ("class C:\n    e = create_async_engine(DATABASE_URL)\n", False),
    ],
)
def test_per_request(code: str, per_request: bool) -> None:
    assert engine(code).per_request is per_request


@pytest.mark.parametrize(
    ("code", "configured"),
    [
        ("logging.getLogger('sqlalchemy.engine').setLevel(logging.INFO)\n", True),
        ("name = 'sqlalchemy'\nlogging.getLogger(name)\n", True),
        ("logging.sqlalchemy.setLevel(1)\n", True),
        ("logging.getLogger('app').setLevel(logging.INFO)\n", False),
        ("logging.basicConfig()\n", False),
    ],
)
def test_logging(code: str, configured: bool) -> None:
    assert read(code).logging_configured is configured


@pytest.mark.parametrize(
    ("code", "listened"),
    [
        ("@event.listens_for(engine.sync_engine, 'before_cursor_execute')\ndef log(*given): ...\n", True),
        ("event.listen(engine.sync_engine, 'after_execute', log)\n", True),
        ("@event.listens_for(engine.sync_engine, 'connect')\ndef log(*given): ...\n", False),
    ],
)
def test_listening_to_statements(code: str, listened: bool) -> None:
    assert read(code).listens_to_statements is listened


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("makers = {'async': create_async_engine}\nengine = makers[kind](DATABASE_URL)\n", True),
        ("import sqlalchemy.ext.asyncio as sa\nf = sa.create_async_engine\n", True),
        ("from sqlalchemy.ext.asyncio import create_async_engine\n", False),
        ("engine = connect()\n", False),
    ],
)
def test_constructors_that_are_spoken_of(code: str, named: bool) -> None:
    assert read(code).names_engines is named


@pytest.mark.parametrize(
    ("code", "special"),
    [
        ("if DATABASE_URL.startswith('sqlite'):\n    e = create_async_engine(DATABASE_URL)\n", True),
        ("if is_sqlite:\n    pass\nelse:\n    e = create_async_engine(DATABASE_URL)\n", False),
        ("if not is_sqlite:\n    pass\nelse:\n    e = create_async_engine(DATABASE_URL)\n", True),
        ("if 'sqlite' not in DATABASE_URL:\n    e = create_async_engine(DATABASE_URL)\n", False),
        ("if debug:\n    pass\nelif TESTING:\n    e = create_async_engine(DATABASE_URL)\n", True),
        ("if TESTING:\n    pass\nelif debug:\n    e = create_async_engine(DATABASE_URL)\n", False),
        ("if DATABASE_URL.startswith('postgres'):\n    e = create_async_engine(DATABASE_URL)\n", False),
        ("if is_postgres:\n    pass\nelse:\n    e = create_async_engine(DATABASE_URL)\n", True),
        ("if is_postgres and not testing:\n    e = create_async_engine(DATABASE_URL)\n", False),
        ("if is_postgres or is_sqlite:\n    e = create_async_engine(DATABASE_URL)\n", False),
        ("if latest:\n    e = create_async_engine(DATABASE_URL)\n", False),
        ("e = create_async_engine(DATABASE_URL) if settings.testing else None\n", True),
        ("if debug:\n    e = create_async_engine(DATABASE_URL)\n", False),
        ("e = create_async_engine('sqlite+aiosqlite:///x.db')\n", False),
    ],
)
def test_engines_for_special_occasions(code: str, special: bool) -> None:
    assert engine(code).special is special


@pytest.mark.parametrize(
    ("code", "apart"),
    [
        ("if is_sqlite:\n    pool = {}\n", True),
        ("if use_pool:\n    pool = {}\n", False),
        ("if latest:\n    pool = {}\n", False),
        ("given = {}\nif is_postgres:\n    given['pool_size'] = 5\n", True),
        (
            "given = {}\nif use_pool:\n    given['pool_size'] = 5\nif is_sqlite:\n    given['connect_args'] = {}\n",
            False,
        ),
        ("given = {'pool_size': 5}\nif is_sqlite:\n    given = {}\nmake(**given)\n", True),
        ("given = {'pool_size': 5}\nif is_sqlite:\n    other = {}\nmake(**given)\n", False),
        ("given = {} if is_sqlite else {'pool_size': 5}\n", True),
        ("def f():\n    if is_sqlite:\n        return {}\n    return {'pool_size': 5}\n", True),
        ("def f():\n    if is_sqlite:\n        return {}\ndef g():\n    return {'pool_size': 5}\n", False),
    ],
)
def test_databases_that_are_told_apart(code: str, apart: bool) -> None:
    assert read(code).tells_databases_apart is apart


@pytest.mark.parametrize(
    ("given", "called", "pool_size", "echo"),
    [
        ("pool_size=5", "DATABASE_URL", True, False),
        ("pool_size=5", "DATABASE_URL, echo=True", True, True),
        ("echo=True", "DATABASE_URL, echo=False", False, False),
        ("**given", "DATABASE_URL", None, None),
    ],
)
def test_partial_of_a_constructor(given: str, called: str, pool_size: bool | None, echo: bool | None) -> None:
    found = engine(f"make = partial(create_async_engine, {given})\ndef get():\n    return make({called})\n")
    assert (found.is_async, found.pool_size, found.echo, found.at.line) == (True, pool_size, echo, 3)


@pytest.mark.parametrize(
    ("later", "echo"),
    [
        ("", True),
        ("x = given['echo']; given.get('echo'); f(given)", True),
        ("given |= {'pool_size': 5}", True),
        ("given['pool_size'] = 5", True),
        ("given.update(pool_size=5)", True),
        ("given.setdefault('pool_size', 5)", True),
        ("given |= {'echo': debug}", None),
        ("given |= more", None),
        ("given |= {'pool_size': 5, **more}", None),
        ("given['echo'] = debug", None),
        ("given['echo'] &= debug", None),
        ("del given['echo']", None),
        ("given[key] = debug", None),
        ("given.update(echo=debug)", None),
        ("given.update({'echo': debug})", None),
        ("given.update(more)", None),
        ("given.update(**more)", None),
        ("given.pop('echo')", None),
        ("given.clear()", None),
        ("if debug: given |= {'echo': False}", None),
    ],
)
def test_options_that_change_after_their_dictionary_was_made(later: str, echo: bool | None) -> None:
    assert engine(f"given = {{'echo': True}}\n{later}\ne = create_async_engine(DATABASE_URL, **given)\n").echo is echo
