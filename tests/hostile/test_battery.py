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
from tests.hostile.server import ON_SERVER
from tests.hostile.shapes import SHAPES
from tests.hostile.stopping import STOPPING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases.cluster import Cluster

BATTERY = {each.name: each for each in (*STOPPING, *REACHING, *LYING, *FORGING, *SHAPES, *ON_SERVER)}
RIGHT_EVERY = 5
SECONDS = 600.0
DATABASES = ("sqlite", "postgresql")
ROOT = Path(harness.__file__).parent.parent
MARKS = [Path("/tmp/hostile-was-here"), Path("/tmp/hostile-was-here.py"), Path("/etc/hostile-was-here.py")]
LIMITS = Limits(cpu_seconds=3, wall_seconds=10)
_PR_SET_CHILD_SUBREAPER = 36


ServerState = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True)
class Run:
    """One database's. ``processes`` are the names of those below this one.

    They are as the first answer left them, as they are at the end, and after it.
    """

    grades: dict[str, Grade]
    right: list[Grade]
    seconds: float
    untouched: dict[Path, bool]
    processes: tuple[Counter[str], Counter[str], Counter[str]]
    before: Counter[str]
    server: tuple[ServerState, ServerState]


def descendants(pid: int | str = "self", *, without: int = 0) -> Counter[str]:
    """Names of all processes below one, zombies left out, and one with all that are below it."""
    found: Counter[str] = Counter()
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in set(children.read_text().split()) - {str(without)}:
                name, _, rest = Path(f"/proc/{child}/stat").read_text().partition("(")[2].rpartition(")")
                if rest.split()[0] not in "ZX":
                    found += Counter([name]) + descendants(child)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def settled(wanted: Counter[str], server: int) -> Counter[str]:
    """What runs below this process once the kernel has had time to end it."""
    end = time.monotonic() + 10
    while not (found := descendants(without=server)) <= wanted and time.monotonic() < end:
        time.sleep(0.05)
    return found


def completion(name: str, text: str, case: str = "test-your-skill") -> Completion:
    return Completion(case=case, name=name, text=text, source=Path("hostile.md"))


def meant_for(database: str) -> list[Hostile]:
    return [each for each in BATTERY.values() if each.only in ("", database)]


def interleaved(database: str, canary: Path) -> Iterator[Completion]:
    for number, each in enumerate(meant_for(database)):
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


def put_canaries(cluster: Cluster) -> None:
    """A role, and a database with a table, of somebody else's."""
    with cluster.connect() as connection:
        connection.execute("CREATE ROLE canary")
        connection.execute("CREATE DATABASE canary OWNER canary")
    with cluster.connect("canary") as connection:
        connection.execute("CREATE TABLE canary AS SELECT 'alive' AS state")


def server_state(cluster: Cluster | None) -> ServerState:
    """All that completions could leave or change there: the harness's own databases and roles are gone by then."""
    if cluster is None:
        return {}
    queries = {
        "server": "SELECT pg_postmaster_start_time()",
        "databases": "SELECT datname, datdba, datacl::text, datconnlimit FROM pg_database ORDER BY 1",
        "roles": "SELECT * FROM pg_roles ORDER BY rolname",
        "members": "SELECT roleid, member, admin_option FROM pg_auth_members ORDER BY 1, 2",
        "settings": "SELECT * FROM pg_db_role_setting ORDER BY 1, 2",
        "tablespaces": "SELECT spcname FROM pg_tablespace ORDER BY 1",
        "sessions": "SELECT usename, datname FROM pg_stat_activity WHERE backend_type = 'client backend'",
    }
    with cluster.connect() as connection:
        found = {name: connection.execute(query).fetchall() for name, query in queries.items()}
    with cluster.connect("canary") as connection:
        found["canary"] = connection.execute("SELECT state, xmin::text FROM canary").fetchall()
    return found


@pytest.fixture(scope="module")
def orphans_come_here() -> Iterator[None]:
    """A process that has cut itself off is adopted by this one, so that it is found."""
    prctl = ctypes.CDLL(None).prctl
    assert prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    yield
    prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@pytest.fixture(scope="module")
def done() -> dict[str, Run | None]:
    """The runs so far, None for one that failed."""
    return {}


@pytest.fixture
def run(
    request: pytest.FixtureRequest,
    database: str,
    done: dict[str, Run | None],
    tmp_path_factory: pytest.TempPathFactory,
    orphans_come_here: None,
) -> Run:
    """The one on the test's database, made for the first test that asks for it."""
    if database not in done:
        done[database] = None
        cluster = request.getfixturevalue("cluster") if database == "postgresql" else None
        done[database] = grade_all(database, cluster, tmp_path_factory.mktemp("outside") / "canary")
    found = done[database]
    assert found is not None
    return found


def grade_all(database: str, cluster: Cluster | None, canary: Path) -> Run:
    server = 0 if cluster is None else cluster.pid
    canary.write_text("alive")
    ours = [path for folder in ("harness", "evals", "skill") for path in (ROOT / folder).rglob("*")]
    watched = [canary, canary.parent, *MARKS, Path("/etc/passwd"), *(p for p in ours if "__pycache__" not in p.parts)]
    watched = [path for path in watched if not (path.is_dir() and ROOT in path.parents)]
    states = {path: state(path) for path in watched}
    if cluster is not None:
        put_canaries(cluster)
    on_server = server_state(cluster)
    before = descendants(without=server)
    cases = load_cases()
    with Grader(jobs=2, databases=["sqlite" if cluster is None else cluster.url()], limits=LIMITS) as grader:
        list(grader.grade_all([completion("first", RIGHT)] * 4, cases))
        time.sleep(0.2)  # a thread that ends hands its children on, and meanwhile they are in nobody's list
        working = descendants(without=server)
        start = time.monotonic()
        grades = list(grader.grade_all(interleaved(database, canary), cases))
        seconds = time.monotonic() - start
        left = settled(working, server)
    return Run(
        grades={grade.completion: grade for grade in grades if grade.completion != "right"},
        right=[grade for grade in grades if grade.completion == "right"],
        seconds=seconds,
        untouched={path: state(path) == states[path] for path in watched},
        processes=(working, left, settled(before, server)),
        before=before,
        server=(on_server, server_state(cluster)),
    )


def reasons(grade: Grade) -> dict[str, str]:
    """Of the verdicts that keep a grade from passing."""
    return {
        name: verdict.reason
        for name, verdict in grade.verdicts.items()
        if verdict.outcome in (Outcome.FAIL, Outcome.UNDECIDED)
    }


@pytest.mark.parametrize(
    ("database", "each"),
    [pytest.param(name, each, id=f"{each.name} on {name}") for name in DATABASES for each in meant_for(name)],
)
def test_it_is_graded_as_it_deserves(run: Run, each: Hostile) -> None:
    grade = run.grades[each.name]
    found = reasons(grade)
    assert grade.overall is each.expected, (grade.error, found)
    assert all(verdict.reason for verdict in grade.verdicts.values())
    told = (each.reason, each.otherwise or each.reason)
    assert any(part in reason for reason in found.values() for part in told) or each.expected is PASS, found


def test_every_fault_is_expected_for_its_reason() -> None:
    assert [each.name for each in BATTERY.values() if not each.reason and each.expected is not PASS] == []


@pytest.mark.parametrize("database", DATABASES)
def test_the_answers_between_are_right(run: Run) -> None:
    assert len(run.right) > len(run.grades) / RIGHT_EVERY
    for grade in run.right:
        assert grade.overall is PASS, (grade.error, reasons(grade))


@pytest.mark.parametrize("database", DATABASES)
def test_nothing_outside_is_touched(run: Run) -> None:
    assert [str(path) for path, same in run.untouched.items() if not same] == []


@pytest.mark.parametrize("database", ["postgresql"])
def test_nothing_else_on_the_server_is_touched(run: Run) -> None:
    before, after = run.server
    assert before["canary"][0][0] == "alive"
    assert after == before


@pytest.mark.parametrize("database", DATABASES)
def test_no_process_is_left(run: Run) -> None:
    working, left, after = run.processes
    assert left <= working  # a reader that a completion has ended starts again when it is needed
    assert after == run.before


@pytest.mark.parametrize("database", DATABASES)
def test_it_is_large_and_nothing_hangs(run: Run) -> None:
    assert len(BATTERY) == len(STOPPING) + len(REACHING) + len(LYING) + len(FORGING) + len(SHAPES) + len(ON_SERVER)
    assert len(run.grades) >= 100
    assert run.seconds < SECONDS
