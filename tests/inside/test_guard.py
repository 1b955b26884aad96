"""What the inside is watched by: names, events, memory, and a journal that nobody can take anything out of."""

from __future__ import annotations

import threading
from types import CellType
from typing import TYPE_CHECKING, Any

import pytest

from harness.inside import memory
from harness.inside.guard import reaching_names
from harness.inside.journal import MOST, Journal
from harness.probes import observe
from harness.seals import new_key, seal
from tests.probes.samples import RIGHT, program

if TYPE_CHECKING:
    from harness.sandbox import Sandbox


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("f.__closure__", {"__closure__"}),
        ("getattr(f, '__clo' 'sure__')", {"__closure__"}),
        ("from sys import _getframe", {"_getframe"}),
        ("def f():\n    return lambda: x.cr_frame", {"cr_frame"}),
        ("match x:\n    case C(f_back=y): pass", {"f_back"}),
        ("import sys\nsys.modules['json'] = None", {"sys.modules"}),
        ("self.modules = [task.__dict__, type(task).__name__]", set()),
        ("import sys\nsys.path.append('.')", set()),
        ("import contextvars, functools, inspect, logging\nlogging.exception(inspect.signature(f))", set()),
    ],
)
def test_names_that_reach_into_the_interpreter(source: str, found: set[str]) -> None:
    assert reaching_names(compile(source, "x.py", "exec")) == found


HARMLESS = """
import contextvars, functools, importlib, inspect, logging, sys, traceback, warnings
from collections import namedtuple
from dataclasses import dataclass
from enum import Enum
@dataclass
class Point:
    x: int = 0
Pair = namedtuple("Pair", "a b")
Mode = Enum("Mode", "A B")
seen = contextvars.ContextVar("seen", default=None)
sys.path.append(".")
importlib.import_module("json.tool")
warnings.warn("old", DeprecationWarning)
with warnings.catch_warnings():
    warnings.simplefilter("error")
inspect.signature(Point), inspect.getsource(Point), inspect.iscoroutinefunction(print)
functools.reduce(max, [1, 2])
try:
    1 / 0
except ZeroDivisionError:
    logging.exception("of course", stack_info=True)
    traceback.print_exc()
    traceback.format_exc()
"""


def test_what_right_code_does_is_not_reaching(sandbox: Sandbox) -> None:
    seen = observe(program(RIGHT + HARMLESS), probe="create", sandbox=sandbox)
    assert (seen.reached, seen.inconsistent, seen.stopped) == ((), (), "")
    assert all(made.answers_row for made in seen.creations)


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import inspect\ninspect.currentframe()", "sys._getframe"),
        ("import inspect\ninspect.stack()", "sys._getframe"),
        ("exec('x = 1')", "exec"),
        ("compile('x', 'y', 'exec')", "compile"),
        ("(lambda: 0).__code__.replace(co_filename='x')", "code.__new__"),
        ("def g(): yield\ngetattr(g(), 'gi_' + chr(102) + 'rame')", "object.__getattr__"),
        ("setattr(print_all := (lambda: 0), '__de' + 'faults__', ())", "object.__setattr__"),
    ],
)
def test_reaching_is_told_with_its_line(source: str, what: str, sandbox: Sandbox) -> None:
    seen = dict(observe(program(RIGHT + source + "\n"), probe="create", sandbox=sandbox).reached)
    place = seen[what]
    assert place is not None
    assert place.line > RIGHT.count("\n")


@pytest.mark.parametrize(
    "source",
    [
        "import gc\ngc.get_objects()",
        "import gc\ngc.get_referrers(app)",
        "import gc\ngc.get_referents(app)",
        "import ctypes",
        "import importlib\nimportlib.import_module('cty' + chr(112) + 'es')",
        "import sys\nsys.settrace(None)",
        "import sys\nsys.setprofile(None)",
        "import sys\nsys.addaudithook(print)",
    ],
)
def test_what_could_undo_the_journal_ends_the_process(source: str, sandbox: Sandbox) -> None:
    seen = observe(program(RIGHT + source + "\n"), probe="create", sandbox=sandbox)
    assert seen.stopped == "the code reaches into the process that runs it"
    assert seen.inconsistent == (seen.stopped,)


def test_memory_tells_a_change_that_was_undone() -> None:
    assert memory.works()

    class Own:
        kept = 1

    cell = CellType(1)
    addresses = [memory.version_of(Own), memory.version_of(vars(memory)), memory.content_of(cell)]
    before = memory.read(addresses)
    assert memory.read(addresses) == before
    Own.kept = 2
    Own.kept = 1
    cell.cell_contents = 2
    after = memory.read(addresses)
    assert [old == new for old, new in zip(before, after, strict=True)] == [False, True, False]


def test_memory_is_looked_at_from_outside(sandbox: Sandbox) -> None:
    with sandbox.open({"program": program(RIGHT).to_json()}) as cell:
        cell.ask({"op": "load"})
        watched = cell.opening["watched"]
        words, channel = cell.words([address for _, address, _ in watched])
        assert (words, channel) == ([word for *_, word in watched], cell.opening["channel"])
        names = {name for name, *_ in watched}
        assert {"the class Session", "the module harness.inside.serve", "the harness's Sessions"} <= names
    assert sandbox.layers["memory"] == "looked at from outside"


def sealed(journal: Journal, proof: str = "p") -> dict[str, Any]:
    return journal.sealed(proof)


def test_journal_keeps_the_order_and_seals_it() -> None:
    key = new_key()
    journal = Journal(key)
    journal.note("a", 1)
    journal.note_once("b")
    journal.note_once("b")
    journal.note("a", 1)
    found = sealed(journal)
    assert found["entries"] == ['["a", 1]', '["b"]', '["a", 1]', '["asked"]']
    assert found["seal"] == seal(key, "p", found["entries"], 0)
    for other in (
        seal(key, "q", found["entries"], 0),
        seal(key, "p", found["entries"][1:], 0),
        seal(key, "p", found["entries"], 1),
        seal(new_key(), "p", found["entries"], 0),
    ):
        assert found["seal"] != other
    found["entries"].clear()
    assert len(sealed(journal)["entries"]) == 5


def test_journal_counts_what_is_too_much() -> None:
    journal = Journal(new_key())
    for number in range(MOST + 3):
        journal.note("a", number)
    assert (len(sealed(journal)["entries"]), sealed(journal)["lost"]) == (MOST, 5)


def test_journal_loses_nothing_to_threads() -> None:
    journal = Journal(new_key())
    threads = [threading.Thread(target=lambda: [journal.note("x") for _ in range(500)]) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sealed(journal)["entries"].count('["x"]') == 2_000
