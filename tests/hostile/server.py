"""Completions that reach for what else is on the database server, or take it away from others."""

from __future__ import annotations

from tests.hostile.answers import FAIL, PASS, Hostile, answer

_RUN = "from sqlalchemy import text\nawait session.exec(text({!r}))"
_DIRECT = (
    "import psycopg\nu = engine.url\n"
    "k = dict(host=u.query['host'], port=u.port, user=u.username, password=u.password, dbname=u.database)\n"
)
_EVERYTHING = [
    "DROP DATABASE canary",
    "DROP DATABASE postgres",
    "DROP ROLE canary",
    "ALTER ROLE keeper NOLOGIN",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "ALTER ROLE CURRENT_USER CONNECTION LIMIT 1000",
    "GRANT canary TO CURRENT_USER",
    "ALTER DATABASE canary RENAME TO other",
    "ALTER SYSTEM SET port = 1",
    "COPY (SELECT 1) TO PROGRAM 'touch /tmp/hostile-was-here'",
    "COPY (SELECT 1) TO '/tmp/hostile-was-here'",
    "SELECT pg_reload_conf()",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IS DISTINCT FROM CURRENT_USER",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()",
    "CREATE SUBSCRIPTION s CONNECTION 'dbname=canary' PUBLICATION p",
    "ALTER ROLE CURRENT_USER SET statement_timeout = 0",
    "ALTER SCHEMA public OWNER TO canary",
    "UPDATE harness.fault SET mode = 'commit'",
    "DROP SCHEMA harness CASCADE",
]

ON_SERVER = [
    Hostile(
        "everything on the server in silence",
        answer(
            end=f"""
            import contextlib
            from sqlalchemy import text
            done = []
            async def try_all():
                for statement in {_EVERYTHING!r}:
                    with contextlib.suppress(Exception):
                        async with engine.connect() as connection:
                            await connection.execution_options(isolation_level="AUTOCOMMIT")
                            await connection.execute(text(statement))
            """,
            first="if not done:\n    done.append(1); await try_all()",
        ),
        PASS,
        only="postgresql",
    ),
    Hostile(
        "another role made", answer(first=_RUN.format("CREATE ROLE other")), FAIL, "answers 500", only="postgresql"
    ),
    Hostile(
        "the canary's database",
        answer(first=_DIRECT + "psycopg.connect(**{**k, 'dbname': 'canary'})"),
        FAIL,
        "answers 500",
        only="postgresql",
    ),
    Hostile(
        "the administrator's role",
        answer(first=_DIRECT + "psycopg.connect(**{**k, 'user': 'keeper', 'password': ''})"),
        FAIL,
        "answers 500",
        only="postgresql",
    ),
    Hostile(
        "its own password changed",
        answer(first=_RUN.format("ALTER ROLE CURRENT_USER PASSWORD 'other'")),
        FAIL,
        "password authentication failed",
        only="postgresql",
    ),
    Hostile(
        "connections without end",
        answer(top="kept = []", first=_DIRECT + "while True: kept.append(psycopg.connect(**k))"),
        FAIL,
        "answers 500",
        only="postgresql",
    ),
    Hostile(
        "nonsense to the server",
        answer(
            first="import socket\n"
            "for first in (b'', b'\\0' * 4, b'\\xff' * 70_000, b'\\0\\0\\0\\x08\\x04\\xd2\\x16\\x2f'):\n"
            "    s = socket.socket(socket.AF_UNIX); s.connect(engine.url.query['host'] + '/.s.PGSQL.5432')\n"
            "    try: s.sendall(first); s.shutdown(socket.SHUT_WR); s.recv(9)\n"
            "    except OSError: pass"
        ),
        PASS,
        only="postgresql",
    ),
]
