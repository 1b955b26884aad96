"""Together or alone: who gets in, who waits, and that nobody waits forever."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from harness import probes
from harness.cases import load_cases
from harness.completions import Completion
from harness.gate import Gate
from harness.grading import Grader
from harness.verdicts import Overall
from tests.hostile.answers import RIGHT, answer

if TYPE_CHECKING:
    from pathlib import Path

    from harness.probes.recording import Recording

SECONDS = 60.0
SLOW = "slow_where_others_work"


def test_all_work_together() -> None:
    gate, meeting = Gate(), threading.Barrier(3)

    def work() -> None:
        with gate.together():
            meeting.wait(SECONDS)

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(work) for _ in range(3)]:
            done.result(SECONDS)


def test_who_is_alone_is_alone_whoever_else_wishes_for_it() -> None:
    gate, meeting = Gate(), threading.Barrier(4)
    working: list[int] = []
    seen: list[list[int]] = []

    def work(number: int) -> None:
        for turn in range(25):
            with gate.together():
                if turn == 0:
                    meeting.wait(SECONDS)  # all of them wish to be alone at once
                with gate.alone():
                    working.append(number)
                    time.sleep(0.001)  # for another to come in, if it is let
                    seen.append(list(working))
                    working.remove(number)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, number) for number in range(4)]:
            done.result(SECONDS)
    assert len(seen) == 100
    assert all(len(each) == 1 for each in seen)


def test_nobody_comes_in_before_who_wishes_to_be_alone() -> None:
    gate, order = Gate(), list[str]()
    first_works, first_may_end = threading.Event(), threading.Event()

    def first() -> None:
        with gate.together():
            first_works.set()
            first_may_end.wait(SECONDS)
            order.append("first")

    def second() -> None:
        with gate.together(), gate.alone():
            order.append("alone")

    def third() -> None:
        with gate.together():
            order.append("third")

    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(first)]
        assert first_works.wait(SECONDS)
        running.append(pool.submit(second))
        while not gate._wishing:
            time.sleep(0.001)
        running.append(pool.submit(third))
        time.sleep(0.05)  # enough for one who is let in to be through
        first_may_end.set()
        for done in running:
            done.result(SECONDS)
    assert order == ["first", "alone", "third"]


def test_an_error_lets_the_others_in() -> None:
    gate = Gate()
    with pytest.raises(KeyError), gate.together(), gate.alone():
        raise KeyError("x")
    with gate.together(), gate.alone():
        pass


def test_who_is_interrupted_while_waiting_to_be_alone_lets_the_others_in(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate()
    with gate.together(), monkeypatch.context() as patch:
        patch.setattr(gate._changed, "wait_for", interrupt)
        with pytest.raises(KeyboardInterrupt):
            gate.alone().__enter__()
    with gate.together(), gate.alone():
        pass


def interrupt(_: object) -> None:
    raise KeyboardInterrupt


def test_a_time_out_that_others_brought_about_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = probes._observe_once
    meeting = threading.Barrier(2)
    at_work: list[bool] = []
    met: list[list[bool]] = []  # who was at work when one had started: the slow one or not
    given_up: list[int] = []  # how many had started when the slow one was stopped

    def observe_once(program: object, *more: object) -> Recording:
        slow = SLOW in str(program)
        at_work.append(slow)
        if len(met) < 2:
            meeting.wait(SECONDS)  # each of the first two runs beside the other
        beside = sorted(at_work)
        met.append(beside)
        recording = run(program, *more)  # type: ignore[arg-type]
        if slow and beside != [True]:
            recording.stopped, recording.timed_out = "wall limit", True
            given_up.append(len(met))
        at_work.remove(slow)
        return recording

    monkeypatch.setattr(probes, "_observe_once", observe_once)
    texts = {"slow": answer(top=f"{SLOW} = True")} | {f"other {number}": RIGHT for number in range(4)}
    completions = [Completion("test-your-skill", name, text, tmp_path) for name, text in texts.items()]
    with Grader(jobs=2) as grader:
        grades = list(grader.grade_all(completions, load_cases()))
    assert [grade.overall for grade in grades] == [Overall.PASS] * 5
    assert met[:2] == [[False, True]] * 2
    assert met.count([True]) == 1
    assert [False, True] not in met[given_up[0] :]
