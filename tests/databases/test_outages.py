"""A server that is gone for a while, and connections that are not given back: right answers come to no harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.probes import exhaustion, observe, outage
from harness.sandbox import Limits, Sandbox
from tests.probes.samples import RIGHT, mutant, program
from tests.probes.styles import PACKAGE, STYLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.databases.postgresql import PostgresBackend
    from harness.observations import Observations
    from harness.program import Program
    from tests.databases.cluster import Cluster

ENGINE = 'create_async_engine(os.environ["DATABASE_URL"], pool_size=5)'
LIST = "    return list((await session.exec(select(Task))).all())\n"
POST = "async def create_task(data: TaskCreate, session: AsyncSession = Depends(get_session)) -> Task:\n"


@pytest.fixture(scope="module")
def sandbox(backend: PostgresBackend) -> Iterator[Sandbox]:
    with Sandbox(limits=Limits(cpu_seconds=2, wall_seconds=8.0), sockets=backend.sockets) as sandbox:
        yield sandbox


def run(answer: Program, sandbox: Sandbox, backend: PostgresBackend) -> Observations:
    return observe(answer, probe="create", sandbox=sandbox, database=backend)


def altered(*pairs: tuple[str, str]) -> Program:
    source = RIGHT
    for old, new in pairs:
        assert old in source, old
        source = source.replace(old, new)
    return program(source)


RIGHT_ANSWERS = {
    "plain": program(RIGHT),
    "package": PACKAGE,
    "a ping before use": altered((ENGINE, ENGINE.replace("pool_size=5", "pool_pre_ping=True"))),
    "one connection": altered((ENGINE, ENGINE.replace("pool_size=5", "pool_size=1, max_overflow=0"))),
    "no pool": altered((ENGINE, ENGINE.replace("pool_size=5", "poolclass=__import__('sqlalchemy').NullPool"))),
    **{name: program(source) for name, source in STYLES.items()},
}


@pytest.mark.parametrize("name", RIGHT_ANSWERS)
def test_right_answer_survives_an_outage(name: str, sandbox: Sandbox, backend: PostgresBackend) -> None:
    seen = run(RIGHT_ANSWERS[name], sandbox, backend)
    assert (seen.stopped, seen.incomplete, seen.inconsistent, seen.exhaustions) == ("", (), (), ())
    (gone,) = seen.outages
    assert gone.exchange.status is not None
    assert gone.exchange.status >= 500
    assert not gone.stored
    assert [later.status in (200, 201) for later in gone.next_requests] == [True]
    assert not [each for each in seen.exchanges if each.purpose.startswith("server")]


def when_it_is_gone(what: str) -> Program:
    """An answer that looks for the server before each POST, and does something where it finds none."""
    looks = POST + (
        "    if given_up:\n        raise HTTPException(503)\n"
        "    try:\n        await (await engine.connect()).close()\n"
        f"    except Exception:\n        {what}\n"
    )
    no_pool = ENGINE.replace("pool_size=5", "poolclass=__import__('sqlalchemy').NullPool")
    return altered((POST, looks), (ENGINE, no_pool), ("app = FastAPI()\n", "app = FastAPI()\ngiven_up = []\n"))


def test_what_an_outage_brings_to_light(sandbox: Sandbox, backend: PostgresBackend) -> None:
    (gone,) = run(mutant("swallowed"), sandbox, backend).outages
    assert (gone.exchange.status, gone.stored) == (201, False)
    (gone,) = run(when_it_is_gone("given_up.append(1); raise HTTPException(503)"), sandbox, backend).outages
    assert (gone.exchange.status, gone.stored) == (503, False)
    assert [later.status for later in gone.next_requests] == [503, 503]


@pytest.mark.parametrize("what", ["os._exit(3)", "await __import__('asyncio').sleep(99)"])
def test_an_answer_that_ends_or_waits_without_a_server_is_judged_by_the_rest(
    what: str, sandbox: Sandbox, backend: PostgresBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "_SECONDS", 0.5)
    seen = run(when_it_is_gone(what), sandbox, backend)
    assert (seen.stopped, seen.incomplete, seen.outages) == ("", (), ())
    assert seen.sessions


KEEPS = (
    ("app = FastAPI()\n", "app = FastAPI()\nkept = []\n"),
    (LIST, "    kept.append(await engine.connect())\n    await kept[-1].execute(select(Task))\n" + LIST),
)
GIVES_BACK_LATE = (
    ("app = FastAPI()\n", "app = FastAPI()\ntasks = set()\n"),
    (
        LIST,
        "    import asyncio\n    own = make_session()\n    await own.exec(select(Task))\n"
        "    close = lambda: tasks.add(asyncio.ensure_future(own.close()))\n"
        "    asyncio.get_running_loop().call_later(1.5, close)\n" + LIST,
    ),
)


def test_an_endpoint_that_keeps_connections_uses_them_up(
    sandbox: Sandbox, backend: PostgresBackend, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exhaustion, "_LOOKS", 2)
    (seen,) = run(altered(*KEEPS), sandbox, backend).exhaustions
    assert seen.endpoint == "GET /tasks"
    assert seen.held >= 3
    assert "too many connections" in seen.exchange.exception
    # and afterwards they are not scarce any more
    with cluster.connect() as connection:
        found = connection.execute("SELECT rolconnlimit FROM pg_roles WHERE rolname = %s", [backend.job("")["user"]])
        assert found.fetchall() == [(40,)]


def test_connections_that_are_only_late_are_no_fault(sandbox: Sandbox, backend: PostgresBackend) -> None:
    looked: list[int] = []
    at_last = exhaustion._at_last
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exhaustion, "_at_last", lambda world: looked.append(at_last(world)) or looked[-1])
        seen = run(altered(*GIVES_BACK_LATE), sandbox, backend)
    assert looked == [0]
    assert seen.exhaustions == ()
