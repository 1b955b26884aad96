"""Answers on PostgreSQL: right ones show no fault, each mutant its own, and what only a server has works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.probes import observe
from harness.sandbox import Limits, Sandbox
from tests.probes.samples import MUTATIONS, RIGHT, mutant, program
from tests.probes.styles import PACKAGE, STYLES
from tests.probes.test_mutants import EXPECTED as ON_SQLITE
from tests.probes.test_mutants import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.databases.postgresql import PostgresBackend
    from harness.observations import Observations
    from harness.program import Program

# on a server a closed session's transaction is gone with its connection: nothing is wedged
EXPECTED = ON_SQLITE | {
    "commit after yield": {"create", "lied to"},
    "no rollback": set(),
    "integrity only": {"unhandled"},
}
FAULTS = {"integrity", "commit", "deferred"}
COLUMNS = """
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID, uuid4
from sqlalchemy import CheckConstraint, Column, DateTime, Interval, MetaData, Numeric, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, INET, JSONB, UUID as PGUUID
from sqlalchemy import ARRAY as AnyArray, String

class State(str, Enum):
    OPEN = "open"
    DONE = "done"

class Owner(SQLModel, table=True):
    __tablename__ = "owners"
    __table_args__ = {"schema": "people"}
    id: UUID = Field(default_factory=uuid4, sa_column=Column(PGUUID(as_uuid=True), primary_key=True))
    name: str
    extra: dict = Field(sa_column=Column(JSONB, nullable=False))
    tags: list = Field(sa_column=Column(ARRAY(String), nullable=False))
    span: str = Field(sa_column=Column(Interval, nullable=False))

class TaskCreate(SQLModel):
    title: str
    tags: list[str] = []
    owner_id: UUID | None = None
    state: State = State.OPEN
    price: Decimal | None = None

class Task(SQLModel, table=True):
    __tablename__ = "tasks"
    __table_args__ = (UniqueConstraint("title"), CheckConstraint("title <> ''"), {"schema": "work"})
    id: int | None = Field(default=None, primary_key=True)
    title: str
    tags: list[str] = Field(sa_column=Column(AnyArray(String), nullable=False))
    meta: dict = Field(default={"a": 1}, sa_column=Column(JSONB, nullable=False, server_default=text("'{}'::jsonb")))
    token: UUID | None = Field(default=None, sa_column=Column(PGUUID, server_default=text("gen_random_uuid()")))
    made: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), server_default=text("NOW()")))
    owner_id: UUID | None = Field(default=None, foreign_key="people.owners.id")
    state: State = State.OPEN
    price: Decimal | None = Field(default=None, sa_column=Column(Numeric(12, 2)))
"""


@pytest.fixture(scope="module")
def sandbox(backend: PostgresBackend) -> Iterator[Sandbox]:
    with Sandbox(limits=Limits(cpu_seconds=2, wall_seconds=8.0), sockets=backend.sockets) as sandbox:
        yield sandbox


def run(answer: Program, sandbox: Sandbox, backend: PostgresBackend) -> Observations:
    return observe(answer, probe="create", sandbox=sandbox, database=backend)


def assert_right(seen: Observations) -> None:
    assert seen.problems == seen.stand_ins_used == seen.inconsistent == ()
    assert shown(seen) == set()
    assert {fault.fault for fault in seen.faults if fault.took_effect} == FAULTS
    assert all(fault.exchange.status and fault.exchange.status >= 400 for fault in seen.faults)
    assert all(fault.next_request is not None and fault.next_request.status in (200, 201) for fault in seen.faults)
    assert seen.concurrent
    assert all(exchange.status in (200, 201) for exchange in seen.concurrent)
    assert seen.database == "postgresql"


def test_every_mutant_is_named() -> None:
    assert EXPECTED.keys() == MUTATIONS.keys()


@pytest.mark.parametrize("name", MUTATIONS)
def test_mutant_shows_its_faults_and_no_other(name: str, sandbox: Sandbox, backend: PostgresBackend) -> None:
    seen = run(mutant(name), sandbox, backend)
    assert shown(seen) == EXPECTED[name]
    assert seen.inconsistent == ()


@pytest.mark.parametrize("name", ["plain", "package", *STYLES])
def test_right_answer_shows_no_fault(name: str, sandbox: Sandbox, backend: PostgresBackend) -> None:
    assert_right(
        run({"plain": program(RIGHT), "package": PACKAGE}.get(name) or program(STYLES[name]), sandbox, backend)
    )


def altered(*pairs: tuple[str, str]) -> Program:
    source = RIGHT
    for old, new in pairs:
        assert old in source, old
        source = source.replace(old, new)
    return program(source)


ENGINE = 'create_async_engine(os.environ["DATABASE_URL"], pool_size=5)'


@pytest.mark.parametrize(
    "made",
    [
        "create_async_engine('sqlite+aiosqlite:///./x.db', connect_args={'check_same_thread': False, 'timeout': 3})",
        "create_async_engine('sqlite+aiosqlite://', poolclass=__import__('sqlalchemy').StaticPool)",
        "create_async_engine('postgresql+asyncpg://u:p@h/d?ssl=require', connect_args={'ssl': 'require', "
        "'command_timeout': 9, 'server_settings': {'jit': 'off', 'application_name': 'x'}}, pool_pre_ping=True)",
        "create_async_engine('postgresql+psycopg://u:p@h/d?sslmode=require', pool_recycle=3, max_overflow=0, "
        "connect_args={'sslmode': 'require', 'prepare_threshold': None, 'options': '-c jit=off'})",
        "create_async_engine('postgresql+asyncpg://u:p@h/d', isolation_level='REPEATABLE READ', "
        "poolclass=__import__('sqlalchemy').NullPool)",
        "create_async_engine('postgresql+asyncpg://u:p@h/d', isolation_level='SERIALIZABLE', "
        "connect_args={'statement_cache_size': 0, 'prepared_statement_cache_size': 0})",
        "create_async_engine(os.environ['DATABASE_URL'].replace('+asyncpg', '+psycopg'), echo=False, future=True)",
    ],
)
def test_engines_are_led_to_the_database(made: str, sandbox: Sandbox, backend: PostgresBackend) -> None:
    assert_right(run(altered((ENGINE, made)), sandbox, backend))


def test_what_only_a_server_has(sandbox: Sandbox, backend: PostgresBackend) -> None:
    start, end = RIGHT.index("class Project"), RIGHT.index("async def get_session")
    source = RIGHT[:start] + COLUMNS + "\n\n" + RIGHT[end : RIGHT.index('@app.get("/tasks/{task_id}")')]
    source = (
        source.replace("Task.model_validate(data)", "Task(**data.model_dump())")
        + RIGHT[RIGHT.index('@app.get("/tasks")') :]
    )
    seen = run(program(source), sandbox, backend)
    assert_right(seen)
    assert [(made.body_kind, made.row_stored) for made in seen.creations] == [
        ("minimal", True),
        ("full", True),
        ("referenced", True),
    ]
    assert seen.creations[0].table == "tasks"


def test_faults_reach_the_server_where_the_hook_inside_is_gone(sandbox: Sandbox, backend: PostgresBackend) -> None:
    hook = (
        "app = FastAPI()\n",
        "app = FastAPI()\nengine.sync_engine.dispatch.commit.clear()\n",
    )
    seen = run(altered(hook), sandbox, backend)
    assert {(fault.fault, fault.took_effect, fault.exchange.status) for fault in seen.faults} == {
        ("integrity", True, 409),
        ("commit", True, 503),
        ("deferred", True, 409),
    }


def test_a_constraint_that_is_checked_at_the_commit(sandbox: Sandbox, backend: PostgresBackend) -> None:
    flushes = (
        "        await session.commit()\n    except Integ",
        "        await session.flush()\n    except Integ",
    )
    commits = (
        "    return task\n",
        "    from sqlalchemy.exc import InterfaceError, OperationalError\n    try:\n        await session.commit()\n"
        "    except (InterfaceError, OperationalError):\n        raise HTTPException(503)\n    return task\n",
    )
    seen = run(altered(flushes, commits), sandbox, backend)
    assert [(fault.fault, fault.exchange.status, fault.exchange.unhandled) for fault in seen.faults[:3]] == [
        ("integrity", 409, False),
        ("commit", 503, False),
        ("deferred", 500, True),
    ]


def test_an_answer_that_removes_the_triggers_gains_nothing(sandbox: Sandbox, backend: PostgresBackend) -> None:
    removed = (
        "    task = Task.model_validate(data)\n",
        "    from sqlalchemy import text\n"
        '    await session.exec(text("ALTER TABLE task DISABLE TRIGGER USER"))\n'
        "    task = Task.model_validate(data)\n",
    )
    seen = run(altered(removed), sandbox, backend)
    assert seen.faults
    assert not any(fault.took_effect for fault in seen.faults if fault.fault != "commit")
    assert all(fault.stored_now for fault in seen.faults if not fault.took_effect)


def test_foreign_keys_are_enforced(sandbox: Sandbox, backend: PostgresBackend) -> None:
    broken = (
        "    task = Task.model_validate(data)\n",
        "    task = Task.model_validate(data)\n    task.project_id = 99\n",
    )
    seen = run(altered(broken), sandbox, backend)
    assert {made.exchange.status for made in seen.creations} == {409}
    assert not any(made.row_stored for made in seen.creations)
