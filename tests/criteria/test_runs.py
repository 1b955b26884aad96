"""What each criterion says of runs at its edges: the state, why, and the place it points at."""

from __future__ import annotations

from typing import Any

import pytest

from harness.criteria import CRITERIA
from harness.observations import Exhaustion, ImportSeen, LazyLoad, MissingName, NeverAwaited, Place, SessionKind
from harness.source.facts import Facts
from harness.verdicts import State
from tests.criteria import facts as f
from tests.criteria import observed as o

P, F, U, N = State.PASS, State.FAIL, State.UNKNOWN, State.NOT_APPLICABLE

THERE = Place("block2", 8)
NOT_SEEN = "no experiment of the run shows it"
STAND_IN = "depends on loguru, redis, which is not installed here"
ABSENT = {"stand_ins_used": ("loguru", "redis")}
ERROR = "IntegrityError: UNIQUE constraint failed"
SYNC_BESIDE = (o.engine(), o.engine(is_async=False, place=THERE))
USED_SYNC = o.session(kind=SessionKind.SYNC)
ALCHEMY = SessionKind.SQLALCHEMY_ASYNC
COMMIT = o.fault("commit")
BROKEN_IMPORT = ImportSeen("block1", "NameError: name 'x' is not defined", "NameError", THERE)
EXPIRED = o.creation(exchange=o.exchange(200, "{}"))
SAME = o.dependency(same_session_in_two_requests=True, place=THERE)
EMPTY = {"creations": (), "faults": (), "relations": (), "exchanges": ()}


def answered(status: int | None, **changes: Any) -> dict[str, Any]:
    """A creation that stores and answers its row only where it is told to."""
    exchange = o.exchange(status, "body", **changes)
    return {"creations": (o.creation(exchange=exchange, row_stored=False, place=THERE),)}


def failing(**changes: Any) -> dict[str, Any]:
    """Both faults, the first with a fault of the answer."""
    return {"faults": (o.fault(place=THERE, **changes), COMMIT)}


def read(**changes: Any) -> dict[str, Any]:
    """A relation that is read twice, right first."""
    exchange = o.exchange(changes.pop("status", 500), "body", **changes)
    return {"relations": (o.relation(), o.relation(exchange=exchange, answers_parent=False, place=THERE))}


ROWS: list[tuple[str, State, str, list[Place], dict[str, Any]]] = [
    # session-factory
    ("session-factory", P, "SQLModel's", [], {"sessions": (o.session(kind=ALCHEMY, place=None),)}),
    ("session-factory", P, "SQLModel's", [], {"dependencies": ()}),
    ("session-factory", U, NOT_SEEN, [], {"dependencies": (o.dependency(kind=SessionKind.OTHER),), "sessions": ()}),
    (
        "session-factory",
        F,
        "the session is SQLAlchemy's AsyncSession",
        [THERE],
        {"dependencies": (o.dependency(), o.dependency(kind=ALCHEMY, place=THERE))},
    ),
    ("session-factory", F, "the session is a sync Session", [o.HERE], {"sessions": (USED_SYNC,)}),
    # expire-on-commit
    (
        "expire-on-commit",
        F,
        "expire_on_commit=True",
        [THERE],
        {"dependencies": (o.dependency(), o.dependency(expire_on_commit=True, place=THERE))},
    ),
    ("expire-on-commit", P, "expire_on_commit=False", [], {"sessions": (o.session(expire_on_commit=True),)}),
    (
        "expire-on-commit",
        F,
        "expire_on_commit=True",
        [THERE],
        {
            "dependencies": (o.dependency(expire_on_commit=None),),
            "sessions": (o.session(expire_on_commit=True, place=THERE),),
        },
    ),
    *(
        ("expire-on-commit", U, NOT_SEEN, [], {"dependencies": (), "sessions": (o.session(**changes),)})
        for changes in ({"requests": ()}, {"place": None}, {"expire_on_commit": None})
    ),
    # dependency-shape
    (
        "dependency-shape",
        F,
        "get_session is not closed after the request",
        [THERE],
        {"dependencies": (o.dependency(closed_after_request=False, closed_after_error=False, place=THERE),)},
    ),
    (
        "dependency-shape",
        F,
        "is not closed after an error in the endpoint",
        [THERE],
        {"dependencies": (o.dependency(), o.dependency(closed_after_error=False, place=THERE))},
    ),
    (
        "dependency-shape",
        F,
        "is closed before the endpoint gets it",
        [THERE],
        {"dependencies": (o.dependency(open_during_request=False, place=THERE),)},
    ),
    (
        "dependency-shape",
        F,
        "that a request used is never closed",
        [THERE],
        {"sessions": (o.session(), o.session(closed=False, place=THERE))},
    ),
    *(
        ("dependency-shape", P, "closed after it", [], {"sessions": (o.session(closed=False, **changes),)})
        for changes in ({"used": False}, {"requests": ()}, {"place": None}, {"tasks_per_request": 2})
    ),
    ("dependency-shape", U, NOT_SEEN, [], {"dependencies": (o.dependency(closed_after_request=None),)}),
    ("dependency-shape", U, NOT_SEEN, [], {"dependencies": (o.dependency(is_async_generator=False),)}),
    ("dependency-shape", U, NOT_SEEN, [], {"dependencies": (o.dependency(place=None),)}),
    # imports
    ("imports", P, "imports in the installed", [], {"stopped": "cpu limit", "stage": "create"}),
    ("imports", F, "does not import: cpu limit", [], {"stopped": "cpu limit", "stage": "import", "imports": ()}),
    ("imports", U, NOT_SEEN, [], {"imports": ()}),
    ("imports", P, "imports in", [], {"imports": (ImportSeen("m", "No module named 'jwt'", absent="jwt"),)}),
    ("imports", F, "does not import: NameError", [THERE], {"imports": (ImportSeen("m"), BROKEN_IMPORT)}),
    ("imports", F, "does not import: E", [Place("block1", 1)], {"imports": (ImportSeen("block1", "E"),)}),
    ("imports", F, "sqlmodel has no name f", [THERE], {"missing_names": (MissingName("sqlmodel", "f", THERE),)}),
    ("imports", F, "there is no module os.x", [THERE], {"missing_names": (MissingName("os.x", "", THERE),)}),
    # create-returns-task
    ("create-returns-task", U, STAND_IN, [], {**answered(500), **ABSENT}),
    ("create-returns-task", U, STAND_IN, [], {**answered(422), **ABSENT}),
    ("create-returns-task", P, "answers the stored row", [], ABSENT),
    ("create-returns-task", P, "answers the stored row", [], {"creations": (o.creation(exchange=o.exchange(200)),)}),
    (
        "create-returns-task",
        P,
        "answers the stored row",
        [],
        {"creations": (o.creation(row_stored=False, exchange=o.exchange(422)), o.creation())},
    ),
    (
        "create-returns-task",
        F,
        "with a minimal body gets no answer: timeout",
        [THERE],
        answered(None, failure="timeout"),
    ),
    ("create-returns-task", F, "gets no answer: the process ended", [THERE], answered(None)),
    ("create-returns-task", F, "minimal body: answers 500 body", [THERE], answered(500)),
    (
        "create-returns-task",
        F,
        f"minimal body: answers 503 body ({ERROR})",
        [THERE],
        answered(503, exception=ERROR),
    ),
    ("create-returns-task", F, "valid body is accepted: answers 499 body", [], answered(499)),
    ("create-returns-task", F, "valid body is accepted: answers 300 body", [], answered(300)),
    ("create-returns-task", F, "valid body is accepted: answers 199 body", [], answered(199)),
    ("create-returns-task", F, "answers 200 and no row is stored", [THERE], answered(200)),
    (
        "create-returns-task",
        F,
        "answers 201 without the task's id and fields: null",
        [THERE],
        {"creations": (o.creation(answers_row=False, exchange=o.exchange(201, "null"), place=THERE),)},
    ),
    ("create-returns-task", F, "cpu limit during create", [], {"stopped": "cpu limit", "stage": "create"}),
    ("create-returns-task", F, "no endpoint creates anything", [], {"creations": ()}),
    ("create-returns-task", U, "too long", [], {"ran": False, "why_not": "too long", "creations": ()}),
    # error-handling
    ("error-handling", N, "nothing can be created", [], {"creations": ()}),
    ("error-handling", U, NOT_SEEN, [], {"ran": False, **EMPTY}),
    (
        "error-handling",
        P,
        "leave nothing behind",
        [],
        {"creations": (o.creation(), o.creation(row_stored=False))},
    ),
    (
        "error-handling",
        F,
        "when an INSERT or a COMMIT fails: cpu limit",
        [],
        {"stopped": "cpu limit", "stage": "commit fault"},
    ),
    ("error-handling", P, "leave nothing behind", [], {"stopped": "cpu limit", "stage": "relation"}),
    ("error-handling", U, NOT_SEEN, [], {"faults": (o.fault(), o.fault("commit", took_effect=False))}),
    ("error-handling", U, NOT_SEEN, [], {"faults": (COMMIT,)}),
    ("error-handling", U, NOT_SEEN, [], {"faults": (COMMIT,), **ABSENT}),
    ("error-handling", U, STAND_IN, [], {**failing(stored_now=True), **ABSENT}),
    ("error-handling", U, STAND_IN, [], ABSENT),
    (
        "error-handling",
        F,
        f"when the INSERT violates a constraint: the client gets an unhandled 500 ({ERROR})",
        [THERE],
        failing(exchange=o.exchange(500, unhandled=True, exception=ERROR)),
    ),
    (
        "error-handling",
        F,
        "when the COMMIT fails: the client gets an unhandled 500",
        [o.HERE],
        {"faults": (o.fault(), o.fault("commit", exchange=o.exchange(500, unhandled=True)))},
    ),
    ("error-handling", F, "gets no answer: timeout", [THERE], failing(exchange=o.exchange(None, failure="timeout"))),
    ("error-handling", F, "gets no answer: the process ended", [THERE], failing(exchange=o.exchange(None))),
    ("error-handling", F, "the client gets 399 body", [THERE], failing(exchange=o.exchange(399, "body"))),
    ("error-handling", P, "leave nothing behind", [], failing(exchange=o.exchange(400))),
    ("error-handling", F, "gets 409, yet what it sent is stored", [THERE], failing(stored_now=True, stored_later=True)),
    ("error-handling", F, "is stored by the next request", [THERE], failing(stored_later=True)),
    ("error-handling", F, "no other connection can write", [THERE], failing(others_can_write=False)),
    *(
        ("error-handling", state, reason, [THERE] if state is F else [], failing(next_request=o.exchange(status)))
        for state, status, reason in (
            (F, None, "the next request does not work: no answer"),
            (F, 199, "the next request does not work: 199"),
            (P, 200, "leave nothing behind"),
            (P, 299, "leave nothing behind"),
            (F, 300, "the next request does not work: 300"),
        )
    ),
    ("error-handling", F, "does not work: no answer", [THERE], failing(next_request=None)),
    # a server that is gone is no fault of the answer's, nor is a stale pool that the next request notices
    *(
        ("error-handling", P, "leave nothing behind", [], {"outages": (outage,)})
        for outage in (
            o.outage(),
            o.outage(exchange=o.exchange(500, "Internal Server Error", unhandled=True)),
            o.outage(exchange=o.exchange(None, failure="process ended")),
            o.outage(exchange=o.exchange(201), stored=True),
            o.outage(next_requests=(o.exchange(500), o.exchange(201))),
            o.outage(next_requests=(o.exchange(503), o.exchange(429))),
        )
    ),
    *(
        ("error-handling", F, reason, [THERE], {"outages": (o.outage(), o.outage(place=THERE, **changes))})
        for reason, changes in (
            ("when the server is gone: the client gets 200, and nothing is stored", {"exchange": o.exchange(200)}),
            ("when the server is gone: the client gets 299, and nothing is stored", {"exchange": o.exchange(299)}),
            (
                "when the server is gone: it is back, and 2 requests in turn fail",
                {"next_requests": (o.exchange(500), o.exchange(None))},
            ),
        )
    ),
    ("error-handling", U, STAND_IN, [], {"outages": (o.outage(exchange=o.exchange(200)),), **ABSENT}),
    *(
        (
            "error-handling",
            state,
            reason,
            [THERE] if state is F else [],
            {
                **failing(next_request=o.exchange(500)),
                "creations": (o.creation(), o.creation(exchange=o.exchange(status), row_stored=stored)),
            },
        )
        for state, status, stored, reason in (
            (P, 500, True, "leave nothing behind"),
            (P, None, True, "leave nothing behind"),
            (F, 499, True, "does not work: 500"),
            (F, 500, False, "does not work: 500"),
        )
    ),
    # no-lazy-load
    (
        "no-lazy-load",
        F,
        "MissingGreenlet: greenlet_spawn",
        [THERE, o.HERE],
        {"lazy_loads": (LazyLoad(THERE, "r1", "greenlet_spawn has not"), LazyLoad(o.HERE, "r2", "again"))},
    ),
    *(("no-lazy-load", U, NOT_SEEN, [], {"exchanges": (o.exchange(s),)}) for s in (401, 403, 404, 405, 422, None)),
    *(("no-lazy-load", P, "1 requests", [], {"exchanges": (o.exchange(s),)}) for s in (200, 402, 406, 423, 500)),
    *(
        (
            "no-lazy-load",
            state,
            reason,
            [THERE] if state is F else [],
            {
                "creations": (o.creation(exchange=o.exchange(status, body), place=THERE),),
                "sessions": (o.session(expire_on_commit=True),),
            },
        )
        for state, status, body, reason in (
            (F, 200, "{}", "POST answers 200 with an expired object: {}"),
            (F, 299, "[{}]\n", "POST answers 299 with an expired object: [{}]"),
            (P, 199, "{}", "without a lazy load"),
            (P, 300, "{}", "without a lazy load"),
            (P, None, "{}", "without a lazy load"),
            (P, 201, "[]", "without a lazy load"),
        )
    ),
    *(
        ("no-lazy-load", F, "with an expired object", [o.HERE], {**changes, "creations": (EXPIRED,)})
        for changes in (
            {"dependencies": (o.dependency(), o.dependency(expire_on_commit=True))},
            {"sessions": (o.session(expire_on_commit=True), o.session())},
        )
    ),
    # request-scope
    *(
        ("request-scope", F, reason, [THERE], {"sessions": (o.session(), o.session(place=THERE, **changes))})
        for reason, changes in (
            ("used by several requests", {"requests": ("r1", "r2")}),
            ("made outside of any request", {"made_in_request": None}),
            ("several tasks of one request", {"tasks_per_request": 2}),
            ("several tasks of one request", {"tasks_per_request": 2, "kind": SessionKind.SQLALCHEMY_ASYNC}),
            ("never closed", {"closed": False}),
        )
    ),
    *(
        ("request-scope", P, "its own session", [], {"sessions": (o.session(**changes),)})
        for changes in (
            {"requests": (), "made_in_request": None},
            {"tasks_per_request": 2, "kind": SessionKind.SYNC},
            {"used": False, "closed": False},
        )
    ),
    (
        "request-scope",
        F,
        "an engine is made for every request",
        [THERE, o.HERE],
        {"engines": (o.engine(request="r1", place=THERE), o.engine(request="r2"))},
    ),
    *(
        ("request-scope", P, "its own session", [], {"engines": engines})
        for engines in (
            (o.engine(request="r1"), o.engine()),
            (o.engine(request="r1"), o.engine(request="r2", place=None)),
            (o.engine(), o.engine()),
        )
    ),
    (
        "request-scope",
        F,
        "a connection stays taken when the request ends",
        [THERE],
        {"exhaustions": (Exhaustion("GET /tasks", THERE, 4, o.exchange(500)),)},
    ),
    ("request-scope", F, "gives two requests the same session", [THERE], {"dependencies": (o.dependency(), SAME)}),
    *(
        ("request-scope", F, "not closed when the request ends", [THERE], {"dependencies": (o.dependency(), each)})
        for each in (
            o.dependency(closed_after_request=False, place=THERE),
            o.dependency(closed_after_error=False, place=THERE),
        )
    ),
    ("request-scope", P, "its own session", [], {"dependencies": ()}),
    ("request-scope", P, "its own session", [], {"sessions": ()}),
    ("request-scope", N, "no request used a session", [], {"sessions": (), "dependencies": ()}),
    ("request-scope", U, NOT_SEEN, [], {"sessions": (), "dependencies": (), "exchanges": ()}),
    (
        "request-scope",
        U,
        "ended early (cpu limit during create)",
        [],
        {"sessions": (), "dependencies": (), "stopped": "cpu limit", "stage": "create"},
    ),
    # awaited
    (
        "awaited",
        F,
        "AsyncSession.commit was never awaited",
        [THERE, o.HERE],
        {"never_awaited": tuple(NeverAwaited("AsyncSession.commit", place, "r1") for place in (THERE, o.HERE))},
    ),
    (
        "awaited",
        F,
        "before it is awaited: AttributeError: 'coroutine' object has no attribute 'all'",
        [],
        {
            "exchanges": (
                o.exchange(),
                o.exchange(500, exception="AttributeError: 'coroutine' object has no attribute 'all'"),
            )
        },
    ),
    *(
        (
            "awaited",
            F,
            "what is no coroutine is awaited",
            [],
            {"exchanges": (o.exchange(), o.exchange(500, exception=text))},
        )
        for text in (
            "TypeError: object NoneType can't be used in 'await' expression",
            "TypeError: 'NoneType' object can't be awaited",
        )
    ),
    ("awaited", P, "no coroutine was thrown away", [], {"exchanges": (o.exchange(None), o.exchange(500))}),
    ("awaited", U, NOT_SEEN, [], {"exchanges": (o.exchange(None),)}),
    # async-engine
    ("async-engine", F, "a sync engine serves", [THERE], {"engines": SYNC_BESIDE[1:]}),
    ("async-engine", U, NOT_SEEN, [], {"engines": (o.engine(is_async=False, place=None),)}),
    ("async-engine", U, NOT_SEEN, [], {"engines": (o.engine(place=None),)}),
    ("async-engine", P, "the engine is async", [], {"engines": SYNC_BESIDE, "sessions": ()}),
    (
        "async-engine",
        F,
        "a sync engine serves the requests",
        [THERE],
        {"engines": SYNC_BESIDE, "sessions": (o.session(), USED_SYNC)},
    ),
    *(
        ("async-engine", P, "the engine is async", [], {"engines": SYNC_BESIDE, "sessions": (o.session(**changes),)})
        for changes in (
            {},
            {"kind": SessionKind.SYNC, "requests": ()},
            {"kind": SessionKind.SYNC, "place": None},
        )
    ),
    # relation-loaded
    ("relation-loaded", F, f"GET answers 500 body ({ERROR})", [THERE], read(exception=ERROR)),
    ("relation-loaded", F, "GET answers 200 body", [THERE], read(status=200)),
    ("relation-loaded", F, "GET answers timeout body", [THERE], read(status=None, failure="timeout")),
    ("relation-loaded", F, "GET answers nothing body", [THERE], read(status=None)),
    ("relation-loaded", U, STAND_IN, [], {**read(), **ABSENT}),
    ("relation-loaded", P, "both stored by another connection", [], ABSENT),
    (
        "relation-loaded",
        F,
        "cpu limit during relation",
        [],
        {"relations": (), "stopped": "cpu limit", "stage": "relation"},
    ),
    ("relation-loaded", U, NOT_SEEN, [], {"relations": ()}),
    # pool-size
    ("pool-size", P, "was made with pool_size", [], {"engines": (o.engine(), o.engine(options={}, place=None))}),
    ("pool-size", U, NOT_SEEN, [], {"engines": (o.engine(place=None),)}),
    ("pool-size", F, "made without pool_size", [THERE], {"engines": (o.engine(), o.engine(options={}, place=THERE))}),
    # sql-echo
    (
        "sql-echo",
        P,
        "logged with {'ENVIRONMENT': 'development'} and not with {'ENVIRONMENT': 'unset'}",
        [],
        {"echoes": (o.echo("development", True), o.echo("unset", False))},
    ),
    (
        "sql-echo",
        F,
        "is on in production too",
        [],
        {"echoes": (o.echo("development", True), o.echo("production", True), o.echo("unset", False))},
    ),
    (
        "sql-echo",
        F,
        "is on in production too",
        [],
        {"echoes": (o.echo("development", False), o.echo("production", True))},
    ),
    ("sql-echo", F, "no setting or variable turns it on", [], {"echoes": (o.echo("unset", False),)}),
    (
        "sql-echo",
        F,
        "is on in production too",
        [],
        {"echoes": (o.echo("production", True), o.echo("unset", False))},
    ),
    (
        "sql-echo",
        F,
        "no setting or variable turns it on",
        [],
        {"echoes": (o.echo("production", False), o.echo("unset", True))},
    ),
    (
        "sql-echo",
        F,
        "stays off in development ({'ENVIRONMENT': 'development'})",
        [],
        {"echoes": (o.echo("unset", False), o.echo("development", False))},
    ),
    ("sql-echo", U, NOT_SEEN, [], {"echoes": (o.echo("development", None), o.echo("production", None))}),
    # right-example
    ("right-example", U, "only reading the code tells", [], {}),
    ("right-example", U, "only reading the code tells", [], {"dependencies": ()}),
    ("right-example", U, "only reading the code tells", [], {"dependencies": (SAME, o.dependency())}),
    ("right-example", F, "gives several requests the same session", [THERE], {"dependencies": (SAME,)}),
    (
        "right-example",
        F,
        "gives several requests the same session",
        [THERE],
        {"dependencies": (SAME, o.dependency(closed_after_request=None))},
    ),
    (
        "right-example",
        F,
        "gives several requests the same session",
        [THERE],
        {"dependencies": (SAME, o.dependency(same_session_in_two_requests=None))},
    ),
    # what only reading decides
    *(
        (criterion, U, "only reading the code tells", [], {})
        for criterion in ("session-import", "depends", "diagnosis", "wrong-example", "problems-named")
    ),
]


@pytest.mark.parametrize(
    ("criterion", "state", "reason", "places", "changes"),
    ROWS,
    ids=[f"{criterion}: {state}, {reason}" for criterion, state, reason, _, _ in ROWS],
)
def test_run(criterion: str, state: State, reason: str, places: list[Place], changes: dict[str, Any]) -> None:
    opinion = CRITERIA[criterion].dynamic(f.subject(run=o.run(**changes), writes_judged=True))
    assert opinion.state is state
    assert reason in opinion.reason
    assert "()" not in opinion.reason
    assert [(evidence.path, evidence.line) for evidence in opinion.evidence] == [
        (f"{place.module}.py", place.line) for place in places
    ]
    assert all(evidence.message for evidence in opinion.evidence)


@pytest.mark.parametrize(
    "criterion",
    [
        "error-handling",
        "no-lazy-load",
        "request-scope",
        "awaited",
        "relation-loaded",
        "right-example",
        "session-import",
        "depends",
    ],
)
def test_nothing_is_made_of_a_run_without_its_imports(criterion: str) -> None:
    opinion = CRITERIA[criterion].dynamic(f.subject(run=o.run(imports=(BROKEN_IMPORT,)), writes_judged=True))
    assert opinion.state is N
    assert opinion.reason == "the answer does not import, so it could not be run"


@pytest.mark.parametrize(
    ("facts", "run", "state", "reason"),
    [
        (Facts(files=1), {"imports": (BROKEN_IMPORT,)}, F, "does not import"),
        (Facts(files=1, refused=("too large",)), {}, F, "does not import"),
        (Facts(files=0), {}, F, "holds no Python code"),
        (Facts(files=1), {"ran": False, "creations": (o.creation(row_stored=False),)}, F, "no row is stored"),
    ],
)
def test_what_cannot_create_at_all(facts: Facts, run: dict[str, Any], state: State, reason: str) -> None:
    opinion = CRITERIA["create-returns-task"].dynamic(f.subject(facts, o.run(**run), writes_judged=True))
    assert opinion.state is state
    assert reason in opinion.reason


@pytest.mark.parametrize("criterion", ["create-returns-task", "error-handling"])
def test_creating_is_judged_only_where_it_was_asked_for(criterion: str) -> None:
    opinion = CRITERIA[criterion].dynamic(f.subject(run=o.run()))
    assert opinion.state is N
    assert opinion.reason.startswith("the prompt does not ask for")


@pytest.mark.parametrize(
    ("asked", "run", "state", "reason"),
    [
        ({}, {"stopped": "cpu limit", "stage": "create"}, F, "a request never ends: cpu limit during create"),
        ({}, {}, P, "its own session"),
        ({"writes_judged": True}, {"stopped": "cpu limit", "stage": "create"}, P, "its own session"),
        ({"reads_judged": True}, {"stopped": "cpu limit", "stage": "create"}, P, "its own session"),
    ],
)
def test_a_request_that_never_ends_fails_where_nothing_else_says_so(
    asked: dict[str, Any], run: dict[str, Any], state: State, reason: str
) -> None:
    opinion = CRITERIA["request-scope"].dynamic(f.subject(run=o.run(**run), **asked))
    assert opinion.state is state
    assert reason in opinion.reason


@pytest.mark.parametrize(
    ("kind", "own"),
    [
        *((name, False) for name in ("ImportError", "ModuleNotFoundError", "NameError", "AttributeError")),
        ("KeyError", True),
        ("", True),
    ],
)
def test_only_what_an_import_mends_is_told_to_import(kind: str, own: bool) -> None:
    broken = o.run(imports=(ImportSeen("block1", f"{kind}: x", kind, THERE),))
    assert bool(CRITERIA["imports"].dynamic(f.subject(run=broken)).remedy) is own


def test_a_stopped_import_is_told_to_end() -> None:
    stopped = o.run(stopped="cpu limit", stage="import", imports=())
    assert "must end" in CRITERIA["imports"].dynamic(f.subject(run=stopped)).remedy


def test_at_most_five_places_show_what_does_not_import() -> None:
    seen = tuple(ImportSeen(f"block{i}", "NameError: x", "NameError") for i in range(7))
    opinion = CRITERIA["imports"].dynamic(f.subject(run=o.run(imports=seen)))
    assert [evidence.path for evidence in opinion.evidence] == [f"block{i}.py" for i in range(5)]


@pytest.mark.parametrize("criterion", ["session-factory", "expire-on-commit"])
def test_a_session_that_the_reader_has_to_supply_is_not_judged(criterion: str) -> None:
    judged = f.subject(Facts(files=1, dependencies=(f.dependency(supplied=True),)), o.run())
    for opinion in (CRITERIA[criterion].static(judged), CRITERIA[criterion].dynamic(judged)):
        assert opinion.state is N
        assert opinion.reason == "the sessions come from a maker that the code leaves to its reader"
