"""What each criterion says of a run: right runs pass, and each single fault is named by the right criterion."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.criteria import CRITERIA
from harness.observations import EchoSeen, ImportSeen, LazyLoad, MissingName, NeverAwaited, SessionKind
from harness.verdicts import State
from tests.criteria import observed as o
from tests.criteria.reading import subject

RUN_DECIDES = [
    "session-factory",
    "expire-on-commit",
    "dependency-shape",
    "imports",
    "create-returns-task",
    "error-handling",
    "no-lazy-load",
    "request-scope",
    "awaited",
    "async-engine",
    "relation-loaded",
    "pool-size",
    "sql-echo",
]
FAILED_COMMIT = o.exchange(503, '{"detail": "later"}')

FAULTS: list[tuple[str, str, dict[str, Any]]] = [
    ("session-factory", "class", {"dependencies": (o.dependency(kind=SessionKind.SQLALCHEMY_ASYNC),)}),
    ("session-factory", "sync", {"dependencies": (o.dependency(kind=SessionKind.SYNC),)}),
    ("session-factory", "used session", {"sessions": (o.session(kind=SessionKind.SQLALCHEMY_ASYNC),)}),
    ("expire-on-commit", "yielded", {"dependencies": (o.dependency(expire_on_commit=True),)}),
    ("expire-on-commit", "used", {"dependencies": (), "sessions": (o.session(expire_on_commit=True),)}),
    ("dependency-shape", "not closed", {"dependencies": (o.dependency(closed_after_request=False),)}),
    ("dependency-shape", "not closed on error", {"dependencies": (o.dependency(closed_after_error=False),)}),
    ("dependency-shape", "closed early", {"dependencies": (o.dependency(open_during_request=False),)}),
    ("dependency-shape", "leaked", {"sessions": (o.session(closed=False),)}),
    ("imports", "raises", {"imports": (ImportSeen("block1", "NameError: x", "NameError", o.HERE),)}),
    ("imports", "missing", {"missing_names": (MissingName("sqlmodel", "selectinload", o.HERE),)}),
    ("create-returns-task", "no row", {"creations": (o.creation(row_stored=False),)}),
    ("create-returns-task", "empty body", {"creations": (o.creation(answers_row=False),)}),
    ("create-returns-task", "500", {"creations": (o.creation(exchange=o.exchange(500, unhandled=True)),)}),
    ("create-returns-task", "second body", {"creations": (o.creation(), o.creation(row_stored=False))}),
    ("create-returns-task", "no answer", {"creations": (o.creation(exchange=o.exchange(None, failure="cpu limit")),)}),
    ("create-returns-task", "no endpoint", {"creations": ()}),
    ("create-returns-task", "stopped", {"stopped": "cpu limit", "stage": "create"}),
    ("create-returns-task", "only 422", {"creations": (o.creation(exchange=o.exchange(422), row_stored=False),)}),
    ("error-handling", "unhandled", {"faults": (o.fault(exchange=o.exchange(500, unhandled=True)), o.fault("commit"))}),
    ("error-handling", "2xx", {"faults": (o.fault(), o.fault("commit", exchange=o.exchange(201)))}),
    ("error-handling", "stored", {"faults": (o.fault(stored_now=True), o.fault("commit"))}),
    ("error-handling", "stored later", {"faults": (o.fault(), o.fault("commit", stored_later=True))}),
    ("error-handling", "wedged", {"faults": (o.fault(), o.fault("commit", others_can_write=False))}),
    ("error-handling", "next fails", {"faults": (o.fault(next_request=o.exchange(500)), o.fault("commit"))}),
    ("error-handling", "next is gone", {"faults": (o.fault(next_request=None), o.fault("commit"))}),
    ("error-handling", "no answer", {"faults": (o.fault(exchange=o.exchange(None)), o.fault("commit"))}),
    ("no-lazy-load", "greenlet", {"lazy_loads": (LazyLoad(o.HERE, "r1", "greenlet_spawn has not been called"),)}),
    (
        "no-lazy-load",
        "expired",
        {
            "creations": (o.creation(exchange=o.exchange(200, "{}")),),
            "dependencies": (o.dependency(expire_on_commit=True),),
        },
    ),
    ("request-scope", "several requests", {"sessions": (o.session(requests=("r1", "r2")),)}),
    ("request-scope", "made outside", {"sessions": (o.session(made_in_request=None),)}),
    ("request-scope", "tasks", {"sessions": (o.session(tasks_per_request=2),)}),
    ("request-scope", "never closed", {"sessions": (o.session(closed=False),)}),
    ("request-scope", "engine", {"engines": (o.engine(request="r1"), o.engine(request="r2"))}),
    ("request-scope", "same session", {"dependencies": (o.dependency(same_session_in_two_requests=True),)}),
    ("request-scope", "left open", {"dependencies": (o.dependency(closed_after_error=False),)}),
    ("awaited", "dropped", {"never_awaited": (NeverAwaited("AsyncSession.commit", o.HERE, "r1"),)}),
    (
        "awaited",
        "attribute",
        {"exchanges": (o.exchange(500, exception="AttributeError: 'coroutine' object has no attribute 'all'"),)},
    ),
    ("async-engine", "sync", {"engines": (o.engine(is_async=False),)}),
    (
        "async-engine",
        "sync beside async",
        {"engines": (o.engine(is_async=False), o.engine()), "sessions": (o.session(kind=SessionKind.SYNC),)},
    ),
    ("relation-loaded", "no parent", {"relations": (o.relation(answers_parent=False),)}),
    ("relation-loaded", "no child", {"relations": (o.relation(answers_child=False),)}),
    ("relation-loaded", "one of two", {"relations": (o.relation(), o.relation(answers_parent=False))}),
    ("pool-size", "absent", {"engines": (o.engine(options={}),)}),
    ("sql-echo", "always on", {"echoes": (o.echo("development", True), o.echo("production", True))}),
    ("sql-echo", "never on", {"echoes": (o.echo("development", False), o.echo("production", False))}),
    ("sql-echo", "the wrong way round", {"echoes": (o.echo("development", False), o.echo("production", True))}),
    ("sql-echo", "no variable", {"echoes": (o.echo("unset", False),)}),
]

UNDECIDED: list[tuple[str, str, dict[str, Any]]] = [
    ("error-handling", "no fault took effect", {"faults": (o.fault(took_effect=False),)}),
    ("error-handling", "only one fault", {"faults": (o.fault(),)}),
    ("error-handling", "absent package", {"stand_ins_used": ("loguru",)}),
    ("create-returns-task", "absent package", {"creations": (o.creation(row_stored=False),), "stand_ins_used": ("x",)}),
    ("relation-loaded", "nothing read", {"relations": ()}),
    ("relation-loaded", "absent package", {"relations": (o.relation(answers_parent=False),), "stand_ins_used": ("x",)}),
    ("no-lazy-load", "nothing reached", {"exchanges": (o.exchange(404),)}),
    ("awaited", "no exchange", {"exchanges": ()}),
    ("sql-echo", "did not import", {"echoes": (o.echo("development", None),)}),
    ("request-scope", "no session", {"sessions": (), "dependencies": (), "exchanges": ()}),
    ("session-factory", "no session", {"sessions": (), "dependencies": ()}),
    ("expire-on-commit", "no session", {"sessions": (), "dependencies": ()}),
    ("dependency-shape", "no dependency", {"dependencies": ()}),
    ("async-engine", "no engine", {"engines": ()}),
    ("pool-size", "no engine", {"engines": ()}),
]
ON_A_CONDITION = (
    "given = {}\nif not DATABASE_URL.startswith('sqlite'):\n    given['pool_size'] = 5\n"
    "engine = create_async_engine(DATABASE_URL, **given)\n"
)


def opinion(criterion: str, **changes: Any) -> State:
    code = "x = 1"
    return CRITERIA[criterion].dynamic(subject(code, o.run(**changes), writes_judged=True)).state


@pytest.mark.parametrize("criterion", RUN_DECIDES)
def test_a_right_run_passes(criterion: str) -> None:
    assert opinion(criterion) is State.PASS


@pytest.mark.parametrize(("criterion", "name", "changes"), FAULTS, ids=[f"{c}: {n}" for c, n, _ in FAULTS])
def test_a_fault_fails(criterion: str, name: str, changes: dict[str, Any]) -> None:
    assert opinion(criterion, **changes) is State.FAIL


@pytest.mark.parametrize(("criterion", "name", "changes"), UNDECIDED, ids=[f"{c}: {n}" for c, n, _ in UNDECIDED])
def test_what_was_not_seen_is_unknown(criterion: str, name: str, changes: dict[str, Any]) -> None:
    assert opinion(criterion, **changes) is State.UNKNOWN


@pytest.mark.parametrize("criterion", [c for c in RUN_DECIDES if c not in ("imports", "create-returns-task")])
def test_what_did_not_import_was_not_run(criterion: str) -> None:
    broken = o.run(
        imports=(ImportSeen("block1", "NameError: x", "NameError", o.HERE),),
        engines=(),
        dependencies=(),
        sessions=(),
        creations=(),
        faults=(),
        relations=(),
        exchanges=(),
        echoes=(),
    )
    assert CRITERIA[criterion].dynamic(subject("x = 1", broken, writes_judged=True)).state is State.NOT_APPLICABLE


def test_creation_fails_when_the_answer_does_not_import() -> None:
    broken = o.run(imports=(ImportSeen("block1", "NameError: x", "NameError", o.HERE),), creations=())
    assert CRITERIA["create-returns-task"].dynamic(subject("x = 1", broken, writes_judged=True)).state is State.FAIL


@pytest.mark.parametrize("criterion", ["create-returns-task", "error-handling"])
def test_writes_are_judged_only_where_they_are_asked_for(criterion: str) -> None:
    assert CRITERIA[criterion].dynamic(subject("x = 1", o.run())).state is State.NOT_APPLICABLE


def test_an_empty_body_of_an_object_that_does_not_expire_is_no_lazy_load() -> None:
    assert opinion("no-lazy-load", creations=(o.creation(exchange=o.exchange(200, "{}")),)) is State.PASS


def test_a_pool_size_that_is_filtered_out_is_missed_on_sqlite_too() -> None:
    code = "given = {'pool_size': 5}\nengine = create_async_engine(DATABASE_URL, **{k: given[k] for k in some})\n"
    run = o.run(engines=(o.engine(options={}),))
    assert CRITERIA["pool-size"].dynamic(subject(code, run)).state is State.FAIL


@pytest.mark.parametrize(("database", "state"), [("sqlite", State.UNKNOWN), ("postgresql", State.FAIL)])
def test_a_pool_size_that_sqlite_is_not_given(database: str, state: State) -> None:
    run = o.run(engines=(o.engine(options={}),), database=database)
    assert CRITERIA["pool-size"].dynamic(subject(ON_A_CONDITION, run)).state is state
    assert CRITERIA["pool-size"].static(subject(ON_A_CONDITION, run)).state is State.PASS


LATE = """
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
async def get_session():
    async with make() as session:
        yield session
        await session.commit()
@app.post("/tasks")
async def create_task(data: TaskCreate, session: AsyncSession = Depends(get_session)):
    session.add(Task(**data.model_dump()))
    await session.commit()
@app.patch("/tasks/{task_id}")
async def update_task(task_id: int, session: AsyncSession = Depends(get_session)):
    session.add(await session.get(Task, task_id))
"""


@pytest.mark.parametrize(
    ("asked", "more", "state"),
    [
        ("create_task", "", State.UNKNOWN),
        ("update_task", "", State.PASS),
        ("create_task", "    await session.commit()\n", State.PASS),
    ],
)
def test_a_failure_is_handled_only_where_it_was_brought_about(asked: str, more: str, state: State) -> None:
    run = o.run(faults=(o.fault(function=asked), o.fault("commit", function=asked)))
    judged = subject(LATE + more, run, writes_judged=True)
    assert CRITERIA["error-handling"].dynamic(judged).state is state
    assert CRITERIA["error-handling"].static(judged).state is (State.UNKNOWN if more else State.FAIL)


@pytest.mark.parametrize(
    ("production", "unset", "state"),
    [
        ({"SQL_ECHO": "false"}, False, State.PASS),
        ({"SQL_ECHO": "false"}, True, State.FAIL),
        ({"ENV": "production"}, False, State.FAIL),
    ],
)
def test_a_switch_may_be_off_by_being_unset(production: dict[str, str], unset: bool, state: State) -> None:
    echoes = (
        EchoSeen("development", dict.fromkeys(production, "true"), True),
        EchoSeen("production", production, True),
        EchoSeen("unset", {}, unset),
    )
    assert opinion("sql-echo", echoes=echoes) is state


@pytest.mark.parametrize(
    ("prose", "state"),
    [
        ("Set `SQL_ECHO=true` in development and `SQL_ECHO=false` in production.", State.FAIL),
        ("In production `SQL_ECHO: 0`.", State.FAIL),
        ("Leave SQL_ECHO unset, not `SQL_ECHO=false`.", State.PASS),
        ("Set `SQL_ECHO=true` in development.", State.PASS),
        ("Set `DEBUG=false`.", State.PASS),
    ],
)
def test_a_switch_that_is_told_to_be_off_is_not_off_by_being_unset(prose: str, state: State) -> None:
    """``bool(os.getenv("SQL_ECHO"))``"""
    echoes = (
        EchoSeen("development", {"SQL_ECHO": "true"}, True),
        EchoSeen("production", {"SQL_ECHO": "false"}, True),
        EchoSeen("unset", {}, False),
    )
    judged = replace(subject("x = 1", o.run(echoes=echoes)), prose=prose)
    assert CRITERIA["sql-echo"].dynamic(judged).state is state


@pytest.mark.parametrize(("set_", "state"), [("true", State.PASS), ("false", State.FAIL)])
def test_a_switch_for_production_may_be_off_by_being_unset(set_: str, state: State) -> None:
    """``not os.getenv("PRODUCTION")`` is right, ``not os.getenv("DEBUG")`` is not."""
    other = {"true": "false", "false": "true"}[set_]
    echoes = (
        EchoSeen("development", {"SWITCH": other}, False),
        EchoSeen("production", {"SWITCH": set_}, False),
        EchoSeen("unset", {}, True),
    )
    assert opinion("sql-echo", echoes=echoes) is state


def test_a_listener_may_log_what_the_engine_does_not() -> None:
    code = "@event.listens_for(engine.sync_engine, 'before_cursor_execute')\ndef log(*given): ...\n"
    silent = o.run(echoes=(o.echo("development", False), o.echo("production", False)))
    assert CRITERIA["sql-echo"].dynamic(subject(code, silent)).state is State.UNKNOWN
    assert CRITERIA["sql-echo"].dynamic(subject("x = 1", silent)).state is State.FAIL


@pytest.mark.parametrize("criterion", ["session-factory", "expire-on-commit"])
def test_a_maker_that_the_harness_supplies_is_not_judged(criterion: str) -> None:
    code = "async def get_session():\n    async with async_session() as session:\n        yield session\n"
    judged = subject(code, o.run())
    assert CRITERIA[criterion].static(judged).state is State.NOT_APPLICABLE
    assert CRITERIA[criterion].dynamic(judged).state is State.NOT_APPLICABLE


def test_a_module_that_raises_is_not_told_to_import_more() -> None:
    broken = o.run(imports=(ImportSeen("block1", "KeyError: 'false'", "KeyError", o.HERE),))
    assert "raise nothing" in CRITERIA["imports"].dynamic(subject("x = 1", broken)).remedy
    missing = o.run(imports=(ImportSeen("block1", "NameError: x", "NameError", o.HERE),))
    assert not CRITERIA["imports"].dynamic(subject("x = 1", missing)).remedy


def test_the_harness_own_session_is_not_the_answers() -> None:
    ours = o.session(place=None, requests=("r1", "r2"))
    assert opinion("request-scope", sessions=(ours,)) is State.PASS
