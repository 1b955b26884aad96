"""Answers that stop, lie or tamper: the run ends as observations, and the next one works."""

from __future__ import annotations

import pytest

from harness.probes import observe
from harness.sandbox import Limits, Sandbox
from tests.probes.samples import RIGHT, program

FORGED = """
import json, os, socket, struct
channel = socket.socket(fileno=os.dup(3))
body = json.dumps({"nonce": "x", "status": 200}).encode()
channel.sendall(struct.pack("!I", len(body)) + body)
"""
LYING_FACTS = """
from json import JSONEncoder
kept = JSONEncoder.encode
JSONEncoder.encode = lambda self, reply: kept(self, {"journal": 5} if "journal" in reply else reply)
"""
ALTERED = """
from sqlalchemy.orm import Session
Session.close = lambda self: None
"""


@pytest.mark.parametrize(
    ("source", "stopped"),
    [
        ("while True:\n    pass\n", "cpu limit"),
        ("import os\nos._exit(0)\n", "exited with status 0"),
        ("import os, signal\nos.abort()\n", "killed by SIGABRT"),
        ("while True:\n    print('x' * 10000)\n", "flooded"),
    ],
)
def test_stops_at_import(source: str, stopped: str, sandbox: Sandbox) -> None:
    seen = observe(program(source), probe="create", sandbox=sandbox)
    assert stopped in seen.stopped
    assert (seen.ran, seen.stage) == (False, "import")


def test_exit_at_import_is_an_import_error(sandbox: Sandbox) -> None:
    (seen,) = observe(program("raise SystemExit(0)\n"), probe="create", sandbox=sandbox).imports
    assert seen.kind == "SystemExit"


def test_fork_is_an_error_like_any_other(sandbox: Sandbox) -> None:
    (seen,) = observe(program("import os\nos.fork()\n"), probe="create", sandbox=sandbox).imports
    assert seen.kind in ("PermissionError", "BlockingIOError", "OSError")


def test_endpoint_that_never_answers() -> None:
    source = RIGHT.replace(
        "    task = Task.model_validate(data)\n", "    import asyncio\n    await asyncio.sleep(1000)\n"
    )
    with Sandbox(limits=Limits(cpu_seconds=2, wall_seconds=4.0)) as sandbox:
        seen = observe(program(source), probe="create", sandbox=sandbox)
    assert (seen.stopped, seen.stage) == ("wall limit", "create")
    assert seen.creations[0].exchange.status is None
    assert seen.engines
    assert seen.dependencies


@pytest.mark.parametrize(
    ("source", "words"),
    [(FORGED, "nothing that was asked"), (LYING_FACTS, "JSONEncoder was altered"), (ALTERED, "altered")],
)
def test_tampering_is_inconsistent(source: str, words: str, sandbox: Sandbox) -> None:
    seen = observe(program(RIGHT + source), probe="create", sandbox=sandbox)
    assert any(words in entry for entry in seen.inconsistent)


def test_database_taken_away(sandbox: Sandbox) -> None:
    source = RIGHT.replace("    return task\n", "    os.remove('app.db')\n    return task\n")
    seen = observe(program(source), probe="create", sandbox=sandbox)
    assert not any(made.row_stored for made in seen.creations)


def test_the_next_answer_is_judged_as_ever(sandbox: Sandbox) -> None:
    seen = observe(program(RIGHT), probe="create", sandbox=sandbox)
    assert all(made.answers_row for made in seen.creations)
