"""What each criterion says of facts alone: the state, why, and the lines it points at."""

from __future__ import annotations

from typing import Any

import pytest

from harness.criteria import CRITERIA
from harness.source.facts import AwaitFact, AwaitFault, Facts, Receives, Shape
from harness.source.values import Flavor
from harness.verdicts import State
from tests.criteria import facts as f

P, F, U, N = State.PASS, State.FAIL, State.UNKNOWN, State.NOT_APPLICABLE

UNKNOWN_SHAPE = f.dependency(Shape.UNKNOWN)
BOTH_ENGINES = (f.engine(), f.engine(is_async=False, async_driver=False, at=f.at(5)))
SYNC_ENDPOINT = f.endpoint(is_sync_session=True)
WEBSOCKET = f.endpoint(Receives.OPENS, method="websocket")
SHAPES = {
    Shape.NOT_ASYNC: "a sync generator",
    Shape.NO_WITH: "no `async with` opened",
    Shape.RETURNS: "returns the session",
    Shape.DECORATED: "a context manager function",
    Shape.SYNC_WITH: "a sync `with`",
}

ROWS: list[tuple[str, State, str, list[int], dict[str, Any]]] = [
    ("session-import", N, "names no AsyncSession", [], {}),
    ("session-import", P, "every AsyncSession", [], {"class_uses": (f.class_use(),)}),
    (
        "session-import",
        F,
        "uses other.AsyncSession, which",
        [3],
        {"class_uses": (f.class_use(), f.class_use(flavor=Flavor.UNKNOWN, name="other.AsyncSession", at=f.at(3)))},
    ),
    ("session-factory", N, "makes no session", [], {}),
    ("session-factory", P, "SQLModel's AsyncSession", [], {"makers": (f.maker(),)}),
    ("session-factory", U, "cannot be read", [], {"makers": (f.maker(), f.maker(flavor=Flavor.UNKNOWN))}),
    (
        "session-factory",
        F,
        "is the sync maker",
        [4],
        {"makers": (f.maker(), f.maker(kind="sessionmaker", class_given=False, at=f.at(4)))},
    ),
    (
        "session-factory",
        F,
        "no class_ is given",
        [4],
        {"makers": (f.maker(class_given=False, flavor=Flavor.SQLALCHEMY, at=f.at(4)),)},
    ),
    (
        "session-factory",
        F,
        "makes SQLAlchemy's AsyncSession",
        [4],
        {"makers": (f.maker(flavor=Flavor.SQLALCHEMY, at=f.at(4)),)},
    ),
    ("session-factory", F, "makes the sync Session", [4], {"makers": (f.maker(flavor=Flavor.SYNC, at=f.at(4)),)}),
    ("session-factory", F, "are the sync Session", [6], {"makers": (f.maker(),), "sync_sessions": (f.at(6),)}),
    ("expire-on-commit", N, "makes no session", [], {}),
    ("expire-on-commit", P, "is False", [], {"makers": (f.maker(),)}),
    ("expire-on-commit", F, "expires its objects", [4], {"makers": (f.maker(), f.maker(expire=True, at=f.at(4)))}),
    ("expire-on-commit", U, "cannot be read", [], {"makers": (f.maker(expire=None),)}),
    (
        "expire-on-commit",
        P,
        "is False",
        [],
        {"dependencies": (f.dependency(),), "makers": (f.maker(expire=True),)},
    ),
    (
        "expire-on-commit",
        P,
        "is False",
        [],
        {"dependencies": (f.dependency(flavor=None, expire=True),), "makers": (f.maker(),)},
    ),
    ("expire-on-commit", U, "cannot be read", [], {"dependencies": (f.dependency(), f.dependency(expire=None))}),
    ("dependency-shape", N, "shows no session dependency", [], {}),
    ("dependency-shape", P, "opened in async with", [], {"dependencies": (f.dependency(),)}),
    ("dependency-shape", U, "cannot be read", [], {"dependencies": (f.dependency(), UNKNOWN_SHAPE)}),
    *(
        (
            "dependency-shape",
            F,
            reason,
            [8],
            {"dependencies": (f.dependency(), f.dependency(shape, at=f.at(2), shape_at=f.at(8)))},
        )
        for shape, reason in SHAPES.items()
    ),
    ("depends", N, "no endpoint uses a session", [], {}),
    ("depends", N, "no endpoint uses a session", [], {"endpoints": (f.endpoint(None),)}),
    ("depends", P, "through Depends", [], {"endpoints": (f.endpoint(), f.endpoint(None))}),
    ("depends", P, "through Depends", [], {"endpoints": (f.endpoint(), WEBSOCKET)}),
    ("depends", N, "no endpoint uses a session", [], {"endpoints": (WEBSOCKET,)}),
    ("pool-size", U, "cannot be read", [], {"names_engines": True}),
    ("pool-size", P, "is given", [], {"engines": (f.engine(), f.engine(pool_size=False, special=True))}),
    ("pool-size", P, "is given", [], {"engines": (f.engine(), f.engine(pool_size=False, no_pool=True))}),
    ("pool-size", F, "no pool_size", [4], {"engines": (f.engine(), f.engine(pool_size=False, at=f.at(4)))}),
    ("pool-size", F, "no pool_size", [4], {"engines": (f.engine(pool_size=False, special=True, at=f.at(4)),)}),
    ("sql-echo", U, "depends on the environment", [], {"names_engines": True}),
    ("sql-echo", U, "depends on", [], {"engines": (f.engine(echo=False),), "listens_to_statements": True}),
    *(
        ("depends", F, "create_task: as it is", [9], {"endpoints": (f.endpoint(), f.endpoint(receives, at=f.at(9)))})
        for receives in Receives
        if receives is not Receives.DEPENDS
    ),
    ("imports", P, "every import is there, as far", [], {}),
    ("imports", P, "taken on trust, not being installed here: redis", [], {"trusted": ("redis",)}),
    ("imports", P, "every import is there", [], {"unimported": (f.unimported("Decimal", complete=False),)}),
    (
        "imports",
        F,
        "never imported: Decimal, os",
        [2, 3, 4],
        {"unimported": tuple(f.unimported(name, line=i) for i, name in enumerate(["Decimal", "os", "os"], 2))},
    ),
    ("imports", F, "does not parse: syntax error", [2], {"unreadable": (f.unreadable(2),)}),
    ("imports", F, "too large", [], {"refused": ("too large",)}),
    ("imports", N, "no code", [], {"files": 0}),
    ("create-returns-task", N, "does not ask for an endpoint", [], {}),
    ("error-handling", N, "does not ask for error handling", [], {}),
    ("error-handling", F, "swallows it", [2, 5], {"lost": (f.lost(2), f.lost(5))}),
    ("no-lazy-load", N, "no endpoint reads", [], {}),
    ("no-lazy-load", U, "no certain lazy load", [], {"endpoints": (f.endpoint(),)}),
    ("no-lazy-load", F, "task.project is read", [2, 5], {"lazy_loads": (f.lazy_load(2), f.lazy_load(5))}),
    ("relation-loaded", U, "only the run tells", [], {}),
    ("relation-loaded", F, "task.project is read", [2, 5], {"lazy_loads": (f.lazy_load(2), f.lazy_load(5))}),
    ("request-scope", N, "makes no session", [], {}),
    ("request-scope", N, "makes no session", [], {"endpoints": (f.endpoint(),)}),
    ("request-scope", U, "no dependency is shown", [], {"makers": (f.maker(),)}),
    (
        "request-scope",
        U,
        "no dependency is shown",
        [],
        {"endpoints": (f.endpoint(Receives.OPENS), f.endpoint(None))},
    ),
    ("request-scope", P, "a session of its own", [], {"dependencies": (f.dependency(),)}),
    ("request-scope", P, "a session of its own", [], {"dependencies": (f.dependency(Shape.NOT_ASYNC),)}),
    ("request-scope", U, "cannot be read", [], {"dependencies": (f.dependency(), UNKNOWN_SHAPE)}),
    (
        "request-scope",
        F,
        "everybody uses it",
        [6, 7],
        {"shared": (f.shared(at=f.at(6)), f.shared(at=f.at(7))), "dependencies": (f.dependency(),)},
    ),
    (
        "request-scope",
        F,
        "as it is",
        [9],
        {"endpoints": (f.endpoint(Receives.GLOBAL, at=f.at(9)), f.endpoint(Receives.CALLED, at=f.at(10)))},
    ),
    ("request-scope", F, "for every request", [5], {"engines": (f.engine(), f.engine(per_request=True, at=f.at(5)))}),
    ("awaited", N, "nothing that has to be awaited", [], {}),
    ("awaited", P, "is awaited", [], {"awaited_calls": 1}),
    ("awaited", U, "can be followed", [], {"endpoints": (f.endpoint(),)}),
    ("awaited", N, "sync Session", [], {"endpoints": (f.endpoint(),), "sync_sessions": (f.at(),)}),
    (
        "awaited",
        U,
        "can be followed",
        [],
        {"endpoints": (f.endpoint(),), "sync_sessions": (f.at(),), "class_uses": (f.class_use(),)},
    ),
    (
        "awaited",
        F,
        "session.commit() is never awaited",
        [4],
        {"awaits": (AwaitFact(AwaitFault.DROPPED, "session.commit()", f.at(4)),), "awaited_calls": 3},
    ),
    ("async-engine", N, "makes no engine", [], {}),
    ("async-engine", P, "the engine is async", [], {"engines": (f.engine(),)}),
    ("async-engine", P, "the engine is async", [], {"engines": (f.engine(async_driver=None),)}),
    ("async-engine", F, "names no async driver", [5], {"engines": (f.engine(async_driver=False, at=f.at(5)),)}),
    ("async-engine", F, "the engine is sync", [5], {"engines": BOTH_ENGINES[1:]}),
    ("async-engine", P, "the engine is async", [], {"engines": BOTH_ENGINES}),
    ("async-engine", F, "the engine is sync", [5], {"engines": BOTH_ENGINES, "sync_sessions": (f.at(8),)}),
    (
        "async-engine",
        F,
        "the engine is sync",
        [5],
        {"engines": BOTH_ENGINES, "endpoints": (SYNC_ENDPOINT, f.endpoint())},
    ),
    ("async-engine", P, "the engine is async", [], {"engines": BOTH_ENGINES, "endpoints": (f.endpoint(),)}),
    (
        "async-engine",
        P,
        "the engine is async",
        [],
        {"engines": BOTH_ENGINES, "endpoints": (f.endpoint(Receives.OPENS, is_sync_session=True),)},
    ),
    ("async-engine", F, "the sync Session is used", [8], {"engines": (f.engine(),), "sync_sessions": (f.at(8),)}),
    ("pool-size", F, "makes no engine", [], {}),
    ("pool-size", U, "cannot be read", [], {"unreadable": (f.unreadable(),)}),
    ("pool-size", P, "is given", [], {"engines": (f.engine(),)}),
    ("pool-size", U, "cannot be read", [], {"engines": (f.engine(), f.engine(pool_size=None))}),
    ("pool-size", F, "no pool_size", [5], {"engines": (f.engine(), f.engine(pool_size=False, at=f.at(5)))}),
    ("sql-echo", F, "makes no engine", [], {}),
    ("sql-echo", U, "depends on the environment", [], {"unreadable": (f.unreadable(),)}),
    ("sql-echo", U, "depends on the environment", [], {"engines": (f.engine(),)}),
    ("sql-echo", F, "always on", [5], {"engines": (f.engine(), f.engine(echo=True, at=f.at(5)))}),
    ("sql-echo", F, "never logged", [5], {"engines": (f.engine(echo=False, at=f.at(5)),)}),
    ("sql-echo", U, "depends on the environment", [], {"engines": (f.engine(), f.engine(echo=False))}),
    (
        "sql-echo",
        U,
        "depends on the environment",
        [],
        {"engines": (f.engine(echo=False),), "logging_configured": True},
    ),
    ("right-example", F, "no per-request dependency is shown", [], {}),
    ("right-example", P, "for each request is shown", [], {"dependencies": (f.dependency(),)}),
    ("right-example", P, "for each request", [], {"dependencies": (f.dependency(), f.dependency(Shape.NO_WITH))}),
    ("right-example", N, "but sync", [], {"dependencies": (f.dependency(), f.dependency(Shape.NOT_ASYNC))}),
    ("right-example", U, "cannot be read", [], {"dependencies": (UNKNOWN_SHAPE,)}),
    (
        "right-example",
        F,
        "not right: the dependency returns the session",
        [8],
        {"dependencies": (f.dependency(Shape.RETURNS, shape_at=f.at(8)),)},
    ),
    (
        "right-example",
        F,
        "not right: create_task: as it is",
        [9],
        {"dependencies": (f.dependency(),), "endpoints": (f.endpoint(Receives.BARE, at=f.at(9)),)},
    ),
    (
        "right-example",
        F,
        "not right: everybody uses it",
        [6],
        {"dependencies": (f.dependency(),), "shared": (f.shared(at=f.at(6)),)},
    ),
    (
        "right-example",
        F,
        "not right: everybody uses it",
        [6],
        {"dependencies": (UNKNOWN_SHAPE, UNKNOWN_SHAPE), "shared": (f.shared(at=f.at(6)),)},
    ),
    (
        "right-example",
        P,
        "for each request is shown",
        [],
        {"dependencies": (f.dependency(), UNKNOWN_SHAPE), "shared": (f.shared(),)},
    ),
    (
        "right-example",
        P,
        "for each request is shown",
        [],
        {"dependencies": (f.dependency(),), "shared": (f.shared(by_tasks=True),)},
    ),
]

ASKED: list[tuple[str, dict[str, Any], State, str, dict[str, Any]]] = [
    ("create-returns-task", {"writes_judged": True}, U, "only the run tells", {}),
    ("error-handling", {"writes_judged": True}, U, "only the run tells", {}),
    ("dependency-shape", {"asked_complete": True}, F, "no dependency that yields a session", {}),
    ("dependency-shape", {"asked_complete": True}, N, "shows no", {"files": 0}),
    ("dependency-shape", {"asked_complete": True}, N, "shows no", {"unreadable": (f.unreadable(),)}),
    ("imports", {"asked_complete": True}, F, "holds no Python code", {"files": 0}),
]

WRONG: list[tuple[State, str, list[int], list[Facts]]] = [
    (F, "no shared session is shown", [], []),
    (F, "shares no session", [], [Facts()]),
    (P, "shown as wrong: everybody uses it", [6], [Facts(), Facts(shared=(f.shared(at=f.at(6)),))]),
    (P, "shown as wrong: as it is", [9], [Facts(endpoints=(f.endpoint(Receives.GLOBAL, at=f.at(9)),))]),
]


@pytest.mark.parametrize(
    ("criterion", "state", "reason", "lines", "changes"),
    ROWS,
    ids=[f"{criterion}: {state}, {reason}" for criterion, state, reason, _, _ in ROWS],
)
def test_reading(criterion: str, state: State, reason: str, lines: list[int], changes: dict[str, Any]) -> None:
    opinion = CRITERIA[criterion].static(f.subject(Facts(**{"files": 1, **changes})))
    assert opinion.state is state
    assert reason in opinion.reason
    assert [(evidence.path, evidence.line) for evidence in opinion.evidence] == [("main.py", line) for line in lines]
    assert all(evidence.message for evidence in opinion.evidence)


@pytest.mark.parametrize(
    ("criterion", "asked", "state", "reason", "changes"), ASKED, ids=[f"{row[0]}: {row[3]}" for row in ASKED]
)
def test_what_was_asked_for(
    criterion: str, asked: dict[str, Any], state: State, reason: str, changes: dict[str, Any]
) -> None:
    opinion = CRITERIA[criterion].static(f.subject(Facts(**{"files": 1, **changes}), **asked))
    assert opinion.state is state
    assert reason in opinion.reason


@pytest.mark.parametrize(("state", "reason", "lines", "wrong"), WRONG, ids=[row[1] for row in WRONG])
def test_wrong_example(state: State, reason: str, lines: list[int], wrong: list[Facts]) -> None:
    opinion = CRITERIA["wrong-example"].static(f.subject(wrong=tuple(wrong)))
    assert opinion.state is state
    assert reason in opinion.reason
    assert [evidence.line for evidence in opinion.evidence] == lines
