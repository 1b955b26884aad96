"""What every criterion knows of its subject: whether it was run, and where what was seen stands."""

from __future__ import annotations

from typing import Any

import pytest

from harness.criteria import CRITERIA, IDS, Kind
from harness.criteria.criterion import short
from harness.observations import ImportSeen, Observations, Place
from harness.source.facts import Facts
from harness.verdicts import Evidence, State
from tests.criteria import facts as f
from tests.criteria import observed as o

KINDS = {
    "session-import": Kind.STRUCTURE,
    "session-factory": Kind.HAZARD,
    "expire-on-commit": Kind.FLAG,
    "dependency-shape": Kind.STRUCTURE,
    "depends": Kind.STRUCTURE,
    "imports": Kind.STRUCTURE,
    "create-returns-task": Kind.BEHAVIOUR,
    "error-handling": Kind.BEHAVIOUR,
    "no-lazy-load": Kind.HAZARD,
    "request-scope": Kind.HAZARD,
    "awaited": Kind.HAZARD,
    "async-engine": Kind.STRUCTURE,
    "relation-loaded": Kind.BEHAVIOUR,
    "diagnosis": Kind.STRUCTURE,
    "pool-size": Kind.STRUCTURE,
    "sql-echo": Kind.BEHAVIOUR,
    "right-example": Kind.STRUCTURE,
    "wrong-example": Kind.STRUCTURE,
    "problems-named": Kind.STRUCTURE,
}
"""In the order of the checklist; the kind says how reading and running combine."""

BROKEN = ImportSeen("block1", "NameError: x", "NameError", o.HERE)
ABSENT = ImportSeen("block1", "No module named 'jwt'", "ModuleNotFoundError", o.HERE, absent="jwt")


def test_the_checklist() -> None:
    assert tuple(KINDS) == IDS
    assert {name: criterion.kind for name, criterion in CRITERIA.items()} == KINDS


@pytest.mark.parametrize(
    ("facts", "run", "failed"),
    [
        ({}, {}, False),
        ({"unreadable": (f.unreadable(),)}, {}, True),
        ({}, {"imports": (ImportSeen("block1"), BROKEN)}, True),
        ({}, {"imports": (ABSENT,)}, False),
        ({}, {"imports": ()}, False),
        ({}, {"stopped": "cpu limit", "stage": "import"}, True),
        ({}, {"stopped": "cpu limit", "stage": "create"}, False),
    ],
)
def test_import_failed(facts: dict[str, Any], run: dict[str, Any], failed: bool) -> None:
    assert f.subject(Facts(files=1, **facts), o.run(**run)).import_failed is failed


@pytest.mark.parametrize(
    ("run", "state", "reason"),
    [
        ({"imports": (BROKEN,)}, State.NOT_APPLICABLE, "the answer does not import, so it could not be run"),
        ({"stopped": "cpu limit", "stage": "create"}, State.UNKNOWN, "the run ended early (cpu limit during create)"),
        ({"ran": False, "why_not": "too long"}, State.UNKNOWN, "too long"),
        ({}, State.UNKNOWN, "no experiment of the run shows it"),
    ],
)
def test_not_run(run: dict[str, Any], state: State, reason: str) -> None:
    opinion = f.subject(run=Observations(**{"ran": True, **run})).not_run
    assert (opinion.state, opinion.reason) == (state, reason)


def test_places_are_named_once_and_only_where_they_are_known() -> None:
    seen = [(Place("block1", 3), "a"), (None, "b"), (Place("block1", 3), "a"), (Place("block2", 3), "c")]
    assert f.subject().places(seen) == (Evidence("block1.py", 3, "a"), Evidence("block2.py", 3, "c"))


def test_a_dependency_of_the_harness_is_not_the_answers() -> None:
    ours, own = o.dependency(place=None), o.dependency(name="get_db")
    assert f.subject(run=o.run(dependencies=(ours, own))).dependency_runs == (own,)


@pytest.mark.parametrize(
    ("facts", "supplied"),
    [
        ({}, False),
        ({"dependencies": (f.dependency(supplied=True),)}, True),
        ({"dependencies": (f.dependency(supplied=True), f.dependency())}, False),
        ({"dependencies": (f.dependency(supplied=True),), "makers": (f.maker(),)}, False),
    ],
)
def test_sessions_supplied(facts: dict[str, Any], supplied: bool) -> None:
    assert f.subject(Facts(files=1, **facts)).sessions_supplied is supplied


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("IntegrityError: x", "IntegrityError: x"),
        ("IntegrityError:\n  x\n\ty", "IntegrityError: x y"),
        ("x (Background on this error at: https://sqlalche.me/e/20/gkpj)", "x"),
        ("a" * 100 + " " + "b" * 99, "a" * 100 + " " + "b" * 99),
        ("a" * 100 + " " + "b" * 100, "a" * 100 + " …"),
        ("a" * 100 + " " + "b" * 96 + " ccc", "a" * 100 + " " + "b" * 96 + " …"),
        ("a" * 100 + " " + "b" * 97 + " cc", "a" * 100 + " …"),
        ("a" * 100 + " " + "b" * 90 + " cccc dddd", "a" * 100 + " " + "b" * 90 + " cccc …"),
    ],
)
def test_an_exception_is_told_in_one_short_line(text: str, line: str) -> None:
    assert short(text) == line
    assert len(line) <= 200
