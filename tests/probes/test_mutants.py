"""Each fault of a mutant shows where it should, and a right answer shows none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harness.observations import Observations, SessionKind
from harness.probes import observe
from tests.probes.samples import MUTATIONS, RIGHT, mutant, program
from tests.probes.styles import PACKAGE, STYLES

if TYPE_CHECKING:
    from harness.sandbox import Sandbox


def faults(seen: Observations) -> dict[str, bool]:
    """What each criterion that a run decides would hold against the answer."""
    return {
        "class": any(run.kind is not SessionKind.SQLMODEL_ASYNC for run in seen.dependencies),
        "expires": any(run.expire_on_commit is not False for run in seen.dependencies),
        "left open": any(session.used and not session.closed for session in seen.sessions),
        "create": not seen.creations or not all(made.row_stored and made.answers_row for made in seen.creations),
        "lied to": any(fault.took_effect and fault.exchange.status in (200, 201) for fault in seen.faults),
        "unhandled": any(fault.exchange.unhandled for fault in seen.faults),
        "wedged": any(fault.stored_later or not fault.others_can_write for fault in seen.faults),
        "lazy": bool(seen.lazy_loads),
        "relation": any(not (read.answers_child and read.answers_parent) for read in seen.relations),
        "shared": any(len(session.requests) > 1 or session.tasks_per_request > 1 for session in seen.sessions),
        "not awaited": bool(seen.never_awaited),
        "engines": any(engine.request for engine in seen.engines),
        "stopped": bool(seen.stopped),
    }


def shown(seen: Observations) -> set[str]:
    return {name for name, there in faults(seen).items() if there}


EXPECTED: dict[str, set[str]] = {
    "wrong class": {"class", "relation"},
    "expires": {"expires", "create"},
    "no close": {"left open"},
    "commit after yield": {"create", "lied to", "wedged"},
    "no rollback": {"wedged"},
    "integrity only": {"unhandled", "wedged"},
    "swallowed": {"lied to"},
    "empty body": {"create"},
    "flush only": {"create"},
    "lazy load": {"lazy", "relation"},
    "global session": {"left open", "shared"},
    "never awaited": {"create", "not awaited"},
    "engine per request": {"engines"},
    "gathered": {"shared"},
    "loops": {"create", "stopped"},
    "exits": {"create", "stopped"},
}


def test_every_mutant_has_its_faults() -> None:
    assert EXPECTED.keys() == MUTATIONS.keys()


@pytest.mark.parametrize("name", MUTATIONS)
def test_mutant_shows_its_faults_and_no_other(name: str, sandbox: Sandbox) -> None:
    seen = observe(mutant(name), probe="create", sandbox=sandbox)
    assert shown(seen) == EXPECTED[name]
    assert seen.inconsistent == ()


@pytest.mark.parametrize("name", ["plain", "package", *STYLES])
def test_right_answer_shows_no_fault(name: str, sandbox: Sandbox) -> None:
    answer = {"plain": program(RIGHT), "package": PACKAGE}.get(name) or program(STYLES[name])
    seen = observe(answer, probe="create", sandbox=sandbox)
    assert shown(seen) == set()
    assert {fault.fault for fault in seen.faults if fault.took_effect} == {"integrity", "commit"}
    assert all(fault.exchange.status and fault.exchange.status >= 400 for fault in seen.faults)
    assert all(fault.next_request is not None and fault.next_request.status in (200, 201) for fault in seen.faults)
    assert seen.concurrent
    assert all(exchange.status in (200, 201) for exchange in seen.concurrent)
    assert seen.problems == seen.stand_ins_used == seen.inconsistent == ()


def test_kinds_of_bodies(sandbox: Sandbox) -> None:
    seen = observe(program(RIGHT), probe="create", sandbox=sandbox)
    assert [made.body_kind for made in seen.creations] == ["minimal", "full", "referenced"]
    assert [sorted(parsed(made.exchange.sent)) for made in seen.creations] == [
        ["title"],
        ["done", "title"],
        ["done", "project_id", "title"],
    ]


def parsed(text: str) -> dict[str, object]:
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


def test_places_are_lines_of_the_answer(sandbox: Sandbox) -> None:
    seen = observe(mutant("lazy load"), probe="relation", sandbox=sandbox)
    (load,) = seen.lazy_loads
    assert load.place is not None
    line = RIGHT.replace(".options(selectinload(Task.project))", "").splitlines()[load.place.line - 1]
    assert "task.project.name" in line
    seen = observe(mutant("never awaited"), probe="create", sandbox=sandbox)
    assert [(entry.what, entry.place and entry.place.module) for entry in seen.never_awaited] == [
        ("AsyncSession.commit", "main")
    ]


def test_unknown_probe(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="no such probe"):
        observe(program(RIGHT), probe="nothing", sandbox=sandbox)
