"""What code inside can reach of the server: its own database, and nothing that outlives it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from harness.databases.postgresql import PostgresBackend
from harness.sandbox import Limits, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.databases.postgresql import Server
    from tests.databases.cluster import Cluster

TARGETS = Path(__file__).parent.parent / "sandbox"
CONNECT = """
import psycopg
place = {**job["database"], **request.get("changed", {})}
names = {"dbname": place["database"], **{name: place[name] for name in ("host", "port", "user", "password")}}
with psycopg.connect(**names, autocommit=True) as connection:
    for statement in request["sql"]:
        cursor = connection.execute(statement)
    rows = cursor.fetchall() if cursor.description else []
reply = {"rows": [[str(value) for value in row] for row in rows]}
"""
ASYNCPG = """
import asyncio, asyncpg
place = job["database"]
async def main():
    names = ("host", "port", "user", "password", "database")
    connection = await asyncpg.connect(**{name: place[name] for name in names})
    try:
        return await connection.fetchval("SELECT current_user")
    finally:
        await connection.close()
reply = {"rows": asyncio.run(main())}
"""
SOCKET = "import socket; socket.socket(*request['kind']).connect(request['to']); reply = {'rows': 'connected'}"


@pytest.fixture(scope="module")
def backend(server: Server) -> Iterator[PostgresBackend]:
    backend = PostgresBackend(server, "asyncpg")
    yield backend
    backend.close()


@pytest.fixture(scope="module")
def sandbox(backend: PostgresBackend) -> Iterator[Sandbox]:
    with Sandbox(
        limits=Limits(cpu_seconds=5, wall_seconds=20),
        target="targets:main",
        warm_up=None,
        import_from=[TARGETS],
        sockets=backend.sockets,
    ) as sandbox:
        yield sandbox


def run(sandbox: Sandbox, backend: PostgresBackend, do: str, **fields: Any) -> Any:
    """In a fresh cell with an empty database: the rows, or the error's text."""
    backend.reset()
    with sandbox.open({"database": backend.job(sandbox.sockets)}) as cell:
        reply = cell.ask({"do": do, **fields})
    return reply.get("rows", reply.get("error"))


def statements(sandbox: Sandbox, backend: PostgresBackend, *sql: str, **changed: str) -> Any:
    return run(sandbox, backend, CONNECT, sql=sql, changed=changed)


def test_both_drivers_reach_the_answers_database(sandbox: Sandbox, backend: PostgresBackend) -> None:
    rows = statements(sandbox, backend, "CREATE TABLE t (x int)", "SELECT current_database(), current_user")
    assert rows[0][0] == backend.job("")["database"]
    assert run(sandbox, backend, ASYNCPG) == backend.job("")["user"]


@pytest.mark.parametrize(
    "changed", [{"database": "postgres"}, {"database": "template1"}, {"user": "keeper"}, {"password": "wrong"}]
)
def test_nothing_else_on_the_server(sandbox: Sandbox, backend: PostgresBackend, changed: dict[str, str]) -> None:
    found = statements(sandbox, backend, "SELECT 1", **changed)
    assert isinstance(found, str)
    assert "only the role and the database" in found or "password authentication failed" in found


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE DATABASE other",
        "CREATE ROLE other",
        "ALTER ROLE keeper PASSWORD 'x'",
        "SET ROLE keeper",
        "SET SESSION AUTHORIZATION keeper",
        "COPY (SELECT 1) TO PROGRAM 'id'",
        "COPY (SELECT 1) TO '/tmp/harness-escaped'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT rolpassword FROM pg_authid",
        "CREATE EXTENSION dblink",
        "CREATE EXTENSION postgres_fdw",
        "LOAD 'plpgsql'; ALTER SYSTEM SET port = 1",
        "SELECT * FROM harness.fault",
        "UPDATE harness.fault SET mode = ''",
        "DROP SCHEMA harness CASCADE",
        "DROP SCHEMA public",
        "SELECT harness.on_insert()",
        "CREATE FUNCTION harness.wanted(text) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'keeper'",
        "DO $$BEGIN EXECUTE format('DROP DATABASE %I', 'postgres'); END$$",
    ],
)
def test_no_right_beyond_it(sandbox: Sandbox, backend: PostgresBackend, sql: str) -> None:
    assert isinstance(statements(sandbox, backend, sql), str)


@pytest.mark.parametrize(
    ("kind", "to"),
    [
        ((1, 1), "/var/run/postgresql/.s.PGSQL.5432"),
        ((1, 1), "\0/abstract"),
        ((1, 2), "/sockets/.s.PGSQL.5432"),
        ((1, 5), "/sockets/.s.PGSQL.5432"),
        ((2, 1), ["127.0.0.1", 5432]),
        ((2, 2), ["127.0.0.1", 53]),
        ((10, 1), ["::1", 5432]),
        ((16, 3), [0, 0]),
    ],
)
def test_no_other_socket(sandbox: Sandbox, backend: PostgresBackend, kind: tuple[int, int], to: Any) -> None:
    do = SOCKET.replace("request['to']", "tuple(request['to']) if isinstance(request['to'], list) else request['to']")
    assert run(sandbox, backend, do, kind=kind, to=to) != "connected"


def test_the_socket_itself_cannot_be_replaced(sandbox: Sandbox, backend: PostgresBackend) -> None:
    for do in (
        "import os; os.unlink('/sockets/.s.PGSQL.5432'); reply = {'rows': 'done'}",
        "open('/sockets/x', 'w'); reply = {'rows': 'done'}",
        "import socket; socket.socket(1).bind(folder + '/s'); reply = {'rows': 'done'}",
    ):
        assert run(sandbox, backend, do) != "done"
    assert statements(sandbox, backend, "SELECT 1") == [["1"]]


def test_nothing_outlives_the_answer(sandbox: Sandbox, backend: PostgresBackend, cluster: Cluster) -> None:
    first = backend.job("")["user"]
    statements(
        sandbox,
        backend,
        "CREATE SCHEMA own",
        "CREATE TABLE own.t (x int)",
        "CREATE TABLE public.t (x int)",
        "CREATE TYPE mood AS ENUM ('a')",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SELECT lo_create(7)",
        "ALTER ROLE CURRENT_USER SET search_path = own",
        "ALTER ROLE CURRENT_USER PASSWORD 'mine'",
        "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC",
        "GRANT ALL ON own.t TO PUBLIC",
    )
    left = statements(
        sandbox,
        backend,
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname IN ('public', 'own') UNION ALL SELECT 'large', oid::text FROM pg_largeobject_metadata "
        "UNION ALL SELECT 'type', typname FROM pg_type WHERE typname = 'mood' "
        "UNION ALL SELECT 'role', rolname FROM pg_roles WHERE rolname = '" + first + "'",
    )
    assert left == []
    assert len([name for name in cluster.names() if name.startswith(backend.job("")["database"])]) == 2


def test_sessions_that_are_left_are_ended(sandbox: Sandbox, backend: PostgresBackend) -> None:
    backend.reset()
    place = backend.job("")
    with sandbox.open({"database": backend.job(sandbox.sockets)}) as cell:
        cell.ask(
            {
                "do": CONNECT.replace("with psycopg.connect(**names, autocommit=True) as connection:", "if True:\n"
                "    connection = late_connection = psycopg.connect(**names); late.append(connection)"),
                "sql": ["CREATE TABLE held (x int)", "LOCK TABLE held"],
            }
        )  # fmt: skip
        backend.reset()
        reply = cell.ask({"do": "late[0].execute('SELECT 1')"})
        assert "Error" in reply["error"]
    assert backend.job("")["user"] != place["user"]


def test_code_of_the_answer_never_runs_with_the_administrators_rights(
    sandbox: Sandbox, backend: PostgresBackend
) -> None:
    backend.reset()
    with sandbox.open({"database": backend.job(sandbox.sockets)}) as cell:
        reply = cell.ask(
            {
                "do": CONNECT,
                "sql": [
                    "CREATE TABLE seen (who text)",
                    "CREATE FUNCTION spy() RETURNS int LANGUAGE plpgsql AS "
                    "$$BEGIN INSERT INTO public.seen VALUES (session_user || ' ' || current_user); RETURN 1; END$$",
                    "CREATE FUNCTION spy_trigger() RETURNS trigger LANGUAGE plpgsql AS "
                    "$$BEGIN PERFORM public.spy(); RETURN NEW; END$$",
                    "CREATE TABLE t (id serial PRIMARY KEY, title text, n int DEFAULT spy())",
                    "CREATE TRIGGER spy BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION spy_trigger()",
                    "CREATE FUNCTION public.left(text, int) RETURNS text LANGUAGE sql AS 'SELECT spy()::text'",
                ],
            }
        )
        assert "error" not in reply
        view = backend.view(cell, lambda **_: None)
        assert view.insert("t", {"title": "a"})
        assert view.next_integer("t", "id") == 2
        for fault in view.faults:
            with view.failing(fault, ["t"]) as armed:
                assert armed
                assert not view.insert("t", {"title": "b"})
        assert [dict(row.values)["title"] for row in view.snapshot() if row.table == "t"] == ["a"]
        role = backend.job("")["user"]
        assert {dict(row.values)["who"] for row in view.snapshot() if row.table == "seen"} == {f"{role} {role}"}


def test_a_query_that_will_not_end_is_given_up(
    sandbox: Sandbox, backend: PostgresBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.databases.postgresql.view._GIVE_UP_SECONDS", 3.0)
    backend.reset()
    place = backend.job("")
    with sandbox.open({"database": backend.job(sandbox.sockets)}) as cell:
        cell.ask(
            {
                "do": CONNECT,
                "sql": [
                    "CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN LOOP "
                    "BEGIN PERFORM pg_sleep(9); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END$$",
                    "CREATE TABLE t (title text)",
                    "CREATE TRIGGER never BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION never()",
                ],
            }
        )
        view = backend.view(cell, lambda **_: None)
        assert not view.insert("t", {"title": "a"})
        assert view.snapshot() == {}
    backend.reset()
    assert backend.job("")["user"] != place["user"]


def test_the_administrator_of_the_tests_is_not_known_inside(sandbox: Sandbox, backend: PostgresBackend) -> None:
    job = backend.job(sandbox.sockets)
    assert "s3cret" not in str(job)
    assert "keeper" not in str(job)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host=str(backend.sockets), user="keeper", dbname="postgres", password="x")
