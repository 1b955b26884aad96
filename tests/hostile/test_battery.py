"""All hostile completions in one run: each its verdict and reason, answers between them right, nothing touched."""

from __future__ import annotations

import ctypes
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import harness
from harness.cases import load_cases
from harness.completions import Completion
from harness.grading import Grader
from harness.sandbox import Limits
from harness.verdicts import Grade, Outcome
from tests.hostile.answers import CANARY, CHECKOUT, PASS, RIGHT, Hostile
from tests.hostile.forging import FORGING
from tests.hostile.lying import LYING
from tests.hostile.reaching import REACHING
from tests.hostile.shapes import SHAPES
from tests.hostile.stopping import STOPPING

if TYPE_CHECKING:
    from collections.abc import Iterator

BATTERY = {each.name: each for each in (*STOPPING, *REACHING, *LYING, *FORGING, *SHAPES)}
RIGHT_EVERY = 5
SECONDS = 240.0
ROOT = Path(harness.__file__).parent.parent
MARKS = [Path("/tmp/hostile-was-here"), Path("/tmp/hostile-was-here.py"), Path("/etc/hostile-was-here.py")]
LIMITS = Limits(cpu_seconds=3, wall_seconds=8)
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Run:
    """``processes`` are the names of those below this one: as the first answer left them, at the end, and after."""

    grades: dict[str, Grade]
    right: list[Grade]
    seconds: float
    untouched: dict[Path, bool]
    processes: tuple[Counter[str], Counter[str], Counter[str]]
    before: Counter[str]


def descendants(pid: int | str = "self") -> Counter[str]:
    """Names of all processes below one, zombies left out."""
    found: Counter[str] = Counter()
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in children.read_text().split():
                name, _, rest = Path(f"/proc/{child}/stat").read_text().partition("(")[2].rpartition(")")
                if rest.split()[0] not in "ZX":
                    found += Counter([name]) + descendants(child)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def settled(wanted: Counter[str]) -> Counter[str]:
    """What runs below this process once the kernel has had time to end it."""
    end = time.monotonic() + 10
    while not (found := descendants()) <= wanted and time.monotonic() < end:
        time.sleep(0.05)
    return found


def completion(name: str, text: str, case: str = "test-your-skill") -> Completion:
    return Completion(case=case, name=name, text=text, source=Path("hostile.md"))


def interleaved(canary: Path) -> Iterator[Completion]:
    for number, each in enumerate(BATTERY.values()):
        if number % RIGHT_EVERY == 0:
            yield completion("right", RIGHT)
        yield completion(each.name, each.text.replace(CANARY, str(canary)).replace(CHECKOUT, str(ROOT)), each.case)
    yield completion("right", RIGHT)


def state(path: Path) -> tuple[int, int, int] | None:
    try:
        seen = path.lstat()
    except FileNotFoundError:
        return None
    return seen.st_mtime_ns, seen.st_size, seen.st_ino


@pytest.fixture(scope="module")
def orphans_come_here() -> Iterator[None]:
    """A process that has cut itself off is adopted by this one, so that it is found."""
    prctl = ctypes.CDLL(None).prctl
    assert prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    yield
    prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, orphans_come_here: None) -> Run:
    canary = tmp_path_factory.mktemp("outside") / "canary"
    canary.write_text("alive")
    ours = [path for folder in ("harness", "evals", "skill") for path in (ROOT / folder).rglob("*")]
    watched = [canary, canary.parent, *MARKS, Path("/etc/passwd"), *(p for p in ours if "__pycache__" not in p.parts)]
    watched = [path for path in watched if not (path.is_dir() and ROOT in path.parents)]
    states = {path: state(path) for path in watched}
    before = descendants()
    cases = load_cases()
    with Grader(jobs=2, limits=LIMITS) as grader:
        list(grader.grade_all([completion("first", RIGHT)] * 4, cases))
        working = descendants()
        start = time.monotonic()
        grades = list(grader.grade_all(interleaved(canary), cases))
        seconds = time.monotonic() - start
        left = settled(working)
    return Run(
        grades={grade.completion: grade for grade in grades if grade.completion != "right"},
        right=[grade for grade in grades if grade.completion == "right"],
        seconds=seconds,
        untouched={path: state(path) == states[path] for path in watched},
        processes=(working, left, settled(before)),
        before=before,
    )


def reasons(grade: Grade) -> dict[str, str]:
    """Of the verdicts that keep a grade from passing."""
    return {
        name: verdict.reason
        for name, verdict in grade.verdicts.items()
        if verdict.outcome in (Outcome.FAIL, Outcome.UNDECIDED)
    }


@pytest.mark.parametrize("each", BATTERY.values(), ids=lambda each: each.name)
def test_it_is_graded_as_it_deserves(run: Run, each: Hostile) -> None:
    grade = run.grades[each.name]
    found = reasons(grade)
    assert grade.overall is each.expected, (grade.error, found)
    assert all(verdict.reason for verdict in grade.verdicts.values())
    assert any(each.reason in reason for reason in found.values()) or each.expected is PASS, found


def test_every_fault_is_expected_for_its_reason() -> None:
    assert [each.name for each in BATTERY.values() if not each.reason and each.expected is not PASS] == []


def test_the_answers_between_are_right(run: Run) -> None:
    assert len(run.right) > len(BATTERY) / RIGHT_EVERY
    for grade in run.right:
        assert grade.overall is PASS, (grade.error, reasons(grade))


def test_nothing_outside_is_touched(run: Run) -> None:
    assert [str(path) for path, same in run.untouched.items() if not same] == []


def test_no_process_is_left(run: Run) -> None:
    working, left, after = run.processes
    assert left <= working  # a reader that a completion has ended starts again when it is needed
    assert after == run.before


def test_it_is_large_and_nothing_hangs(run: Run) -> None:
    assert len(BATTERY) == len(STOPPING) + len(REACHING) + len(LYING) + len(FORGING) + len(SHAPES) >= 60
    assert run.seconds < SECONDS
