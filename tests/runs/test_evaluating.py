from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from harness.endpoints.asking import Patience
from harness.endpoints.budget import Budget
from harness.endpoints.endpoint import AskError, Finish, Reply, Request, Trouble
from harness.errors import InputError, MachineError
from harness.runs.carrying import Course, Pace
from harness.runs.evaluating import evaluate_experiment, look
from harness.runs.experiment import Arm, Experiment
from harness.runs.load import load_run
from harness.runs.store import Store
from harness.runs.stored import save_completions
from harness.verdicts import Overall
from tests.runs.parts import CASES, Judge, Model, experiment

if TYPE_CHECKING:
    from pathlib import Path

    from harness.cases import Case
    from harness.completions import Completion
    from harness.evaluation import Evaluation
    from harness.verdicts import Grade
    from tests.databases.cluster import Cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new store: a file, or a database of a real server."""
    if request.param == "sqlite":
        return str(tmp_path / "deep" / "runs.db")
    cluster: Cluster = request.getfixturevalue("cluster")
    return new_database(cluster, f"store_{os.urandom(6).hex()}")


def new_database(cluster: Cluster, name: str) -> str:
    from sqlalchemy import make_url, text
    from sqlalchemy.ext.asyncio import create_async_engine

    url = make_url(cluster.url()).set(drivername="postgresql+asyncpg")

    async def create() -> None:
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(f"CREATE DATABASE {name}"))
        await engine.dispose()

    asyncio.run(create())
    return url.set(database=name).render_as_string(hide_password=False)


def evaluate(
    wanted: Experiment, place: str, judge: Judge | None = None, **options: Any
) -> tuple[Evaluation, list[Course], list[Grade]]:
    courses: list[Course] = []
    grades: list[Grade] = []
    evaluation = asyncio.run(
        evaluate_experiment(
            wanted,
            place,
            options.pop("budget", Budget()),
            on_course=courses.append,
            on_grade=grades.append,
            make_grader=judge or Judge(),  # type: ignore[arg-type]
            **options,
        )
    )
    return evaluation, courses, grades


def test_nothing_is_asked_or_judged_twice(place: str) -> None:
    model, judge = Model(), Judge()
    first, [course], arrived = evaluate(experiment(model), place, judge, databases=["sqlite"])
    assert course.counts() == {"reuse": 0, "re-grade": 0, "re-run": 4, "in_flight": 0}
    assert (len(model.asked), len(judge.judged), len(first.judged), len(arrived)) == (4, 4, 4, 4)
    second, [course], arrived = evaluate(experiment(model), place, judge, databases=["sqlite"])
    assert course.counts() == {"reuse": 4, "re-grade": 0, "re-run": 0, "in_flight": 0}
    assert (len(model.asked), len(judge.judged), len(arrived)) == (4, 4, 4)
    assert [item.grade for item in second.judged] == [item.grade for item in first.judged]
    assert {repr(item.grade) for item in first.judged} == {repr(grade) for grade in arrived}
    third, [course], _ = evaluate(experiment(model, samples=3), place, judge)
    assert course.counts() == {"reuse": 4, "re-grade": 0, "re-run": 2, "in_flight": 0}
    assert (len(model.asked), len(judge.judged), len(third.judged)) == (6, 6, 6)


def test_a_run_is_read_back_with_all_that_was_said(place: str) -> None:
    answers = {0: Reply("wrong \0 \ud800", Finish.LENGTH, 1, 2, 0.5, "m\0", "id", 1.5), 1: Reply("fine")}
    evaluation, _, _ = evaluate(experiment(Model(answer=lambda request: answers[request.seed or 0])), place)
    name = str(evaluation.about["name"])
    run = load_run(f"{place}#{name}")
    assert list(run.grades) == [item.grade for item in evaluation.judged]
    assert Counter(grade.overall for grade in run.grades) == {"fail": 2, "pass": 2}
    assert run.grades[0].verdicts["awaited"].evidence[0].column == 7
    assert run.header["asking"] == {
        "asked": 4,
        "failed": 0,
        "unasked": 0,
        "graded": 4,
        "tries": 4,
        "halved": 0,
        "finishes": {"length": 2, "stop": 2},
    }
    assert run.header["spent"] == {"tokens": 6, "cost": 1.0}
    with pytest.raises(InputError, match="there is no run 'run-000000000000'; it holds run-"):
        load_run(f"{place}#run-000000000000")


def test_what_was_answered_can_be_read(place: str, tmp_path: Path) -> None:
    model = Model(answer=lambda request: Reply("half \ud800, \0") if request.seed else Reply("fine"))
    evaluation, _, _ = evaluate(experiment(model), place)
    save_completions(place, str(evaluation.about["name"]), tmp_path / "completions.jsonl")
    lines = [json.loads(each) for each in (tmp_path / "completions.jsonl").read_text().splitlines()]
    assert [(each["case"], each["arm"], each["model"], each["sample"]) for each in lines] == [
        (grade.case, grade.arm, grade.model, grade.sample) for grade in (item.grade for item in evaluation.judged)
    ]
    assert {each["completion"] for each in lines} == {"fine", "half \ud800, \0"}


def test_other_criteria_judge_again_and_do_not_ask(tmp_path: Path) -> None:
    model, judge, place = Model(), Judge(), str(tmp_path / "runs.db")
    first, _, _ = evaluate(experiment(model), place, judge)
    case = CASES["session-factory"]
    changed = CASES | {"session-factory": case.model_copy(update={"criteria": case.criteria[:2]})}
    again, [course], arrived = evaluate(replace(experiment(model), cases=changed), place, judge)
    assert course.counts() == {"reuse": 2, "re-grade": 2, "re-run": 0, "in_flight": 0}
    assert {decision.why for _, decision in course.with_action(course.decisions[0].action)}
    assert (len(model.asked), len(judge.judged)) == (4, 6)
    assert Counter(grade.completion for grade in arrived) == dict.fromkeys((each.name for each in course.samples), 1)
    assert {len(item.grade.verdicts) for item in again.judged if item.grade.case == case.id} == {2}
    back, [course], _ = evaluate(experiment(model), place, judge)
    assert course.counts()["reuse"] == 4
    assert [item.grade for item in back.judged] == [item.grade for item in first.judged]


def test_another_prompt_is_another_run_and_is_asked(place: str) -> None:
    model = Model(answer=lambda request: Reply(f"fine {request.prompt} {request.system}"))
    first, _, _ = evaluate(experiment(model), place)
    case = CASES["session-factory"]
    changed = CASES | {case.id: case.model_copy(update={"prompt": f"{case.prompt} Please."})}
    again, [course], _ = evaluate(replace(experiment(model), cases=changed), place)
    assert course.counts() == {"reuse": 2, "re-grade": 0, "re-run": 2, "in_flight": 0}
    assert (len(model.asked), len(again.judged)) == (6, 4)
    assert len(load_run(f"{place}#{first.about['name']}").grades) == 4


def test_another_harness_judges_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, judge, place = Model(), Judge(), str(tmp_path / "runs.db")
    evaluate(experiment(model), place, judge)
    monkeypatch.setattr("harness.runs.evaluating.judging_digest", lambda: "another one")
    _, [course], _ = evaluate(experiment(model), place, judge)
    assert course.counts()["re-grade"] == 4
    assert {each.why for each in course.decisions} == {
        "the criteria, or the versions they are judged with, have changed"
    }
    assert (len(model.asked), len(judge.judged)) == (4, 8)


def test_grades_by_other_judges_are_kept_and_not_mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Strict(Judge):
        def attempt(self, each: Completion, case: Case, database: str) -> Grade:
            return replace(super().attempt(each, case, database), overall=Overall.FAIL)

    wanted, place = experiment(Model()), str(tmp_path / "runs.db")
    evaluate(wanted, place)
    with monkeypatch.context() as patched:
        patched.setattr("harness.runs.evaluating.judging_digest", lambda: "another one")
        strict, _, _ = evaluate(wanted, place, Strict())
    again, [course], _ = evaluate(wanted, place, Strict())
    assert course.counts()["reuse"] == 4
    assert {item.grade.overall for item in strict.judged} == {"fail"}
    assert {item.grade.overall for item in again.judged} == {"pass"}


def test_the_same_text_is_judged_once(tmp_path: Path) -> None:
    judge = Judge()
    model = Model(answer=lambda request: Reply("all the same"))
    evaluation, _, _ = evaluate(experiment(model, samples=20), str(tmp_path / "runs.db"), judge, jobs=4)
    assert (len(judge.judged), len(evaluation.judged)) == (2, 40)
    assert sorted({item.grade.sample for item in evaluation.judged}) == list(range(20))


def test_a_text_that_was_an_answer_before_is_not_judged_again(place: str) -> None:
    model, judge = Model(answer=lambda request: Reply("wrong, as ever")), Judge()
    first, _, _ = evaluate(experiment(model, samples=2), place, judge)
    again, [course], arrived = evaluate(experiment(model, samples=4), place, judge)
    assert course.counts()["re-run"] == 4
    assert (len(model.asked), len(judge.judged), len(arrived)) == (8, 2, 8)
    told = {item.grade.case: item.grade.verdicts for item in first.judged}
    assert [(item.grade.sample, item.grade.overall) for item in again.judged] == [
        (sample, "fail") for sample in range(4) for _ in CASES
    ]
    assert all(item.grade.verdicts == told[item.grade.case] for item in again.judged)
    assert {repr(item.grade) for item in again.judged} == {repr(grade) for grade in arrived}


def test_a_text_that_the_machine_failed_at_is_judged_again(tmp_path: Path) -> None:
    model, judge, place = Model(answer=lambda request: Reply("lost")), Judge(), str(tmp_path / "runs.db")
    evaluate(experiment(model, samples=1), place, judge)
    evaluate(experiment(model, samples=2), place, judge)
    assert len(judge.judged) == 4


def test_a_database_that_is_added_is_told_from_other_criteria(tmp_path: Path) -> None:
    place, wanted = str(tmp_path / "runs.db"), experiment(Model())
    evaluate(wanted, place)
    course = asyncio.run(look(wanted, place, ["sqlite", "postgresql://localhost/x"]))
    assert {(each.why, each.databases) for each in course.decisions} == {("it was not judged yet", ("postgresql",))}


def test_how_answers_ended_is_told_of_the_whole_run(tmp_path: Path) -> None:
    place = str(tmp_path / "runs.db")
    wanted = experiment(
        Model(answer=lambda request: Reply("fine", Finish.LENGTH, 10, 10), longest_answer=10), samples=2
    )
    evaluate(wanted, place, budget=Budget(max_tokens=200))
    evaluation, _, _ = evaluate(wanted, place)
    again, _, _ = evaluate(wanted, place)
    asking = [each.about["asking"] for each in (evaluation, again)]
    assert [each["finishes"] for each in asking] == [{"length": 4}] * 2  # type: ignore[index]


def test_a_run_that_is_not_complete_says_so_when_it_is_read_back(place: str) -> None:
    model = Model(answer=lambda request: Reply("fine", input_tokens=400, output_tokens=100), longest_answer=100)
    wanted = experiment(model, samples=5)
    evaluate(wanted, place, budget=Budget(max_tokens=2000))
    (problem,) = load_run(f"{place}#{wanted.name}").problems
    assert f"{wanted.name}: 6 of 10 grades are missing" in problem
    evaluate(wanted, place)
    assert load_run(f"{place}#{wanted.name}").problems == ()


def test_failures_are_errors_that_are_tried_again_the_next_time(tmp_path: Path) -> None:
    place, judge = str(tmp_path / "runs.db"), Judge()

    def refuse(request: Request) -> Reply:
        if request.seed == 1:
            raise AskError("the model will not", Trouble.REFUSED)
        return Reply("lost")

    model = Model(answer=refuse)
    evaluation, _, _ = evaluate(experiment(model), place, judge)
    assert (
        sorted(item.grade.error for item in evaluation.judged)
        == ["the machine is tired"] * 2 + ["the model will not"] * 2
    )
    assert evaluation.exit_status == 3
    model.answer = lambda request: Reply("fine")
    evaluation, [course], _ = evaluate(experiment(model), place, judge)
    assert course.counts() == {"reuse": 0, "re-grade": 2, "re-run": 2, "in_flight": 0}
    assert Counter(item.grade.overall for item in evaluation.judged) == {"error": 2, "pass": 2}


def test_a_budget_leaves_the_rest_unasked_and_counts_what_was_spent_before(tmp_path: Path) -> None:
    place = str(tmp_path / "runs.db")
    model = Model(
        answer=lambda request: Reply("fine", input_tokens=400, output_tokens=100, cost=0.5), longest_answer=100
    )
    wanted = experiment(model, samples=5)
    evaluation, _, _ = evaluate(wanted, place, budget=Budget(max_tokens=2000))
    assert (len(model.asked), len(evaluation.judged), evaluation.exit_status) == (4, 4, 3)
    assert evaluation.incomplete == "the budget is spent: 6 of 10 samples were not asked for; a larger one goes on"
    evaluate(wanted, place, budget=Budget(max_tokens=2000))
    assert len(model.asked) == 4
    evaluation, _, _ = evaluate(wanted, place, budget=Budget(max_cost=5.0))
    assert (len(model.asked), evaluation.incomplete) == (10, "")


def test_what_another_run_has_used_is_not_counted(tmp_path: Path) -> None:
    place = str(tmp_path / "runs.db")
    model = Model(
        answer=lambda request: Reply("fine", Finish.LENGTH if request.seed == 2 else Finish.STOP, 400, 100),
        longest_answer=100,
    )
    evaluate(experiment(model), place)
    larger, _, _ = evaluate(experiment(model, samples=3), place, budget=Budget(max_tokens=1200))
    assert (larger.incomplete, larger.about["spent"]) == ("", {"tokens": 1000, "cost": 0.0})
    again, _, _ = evaluate(experiment(model), place)
    assert again.about["spent"] == {"tokens": 2000, "cost": 0.0}
    assert again.about["asking"]["finishes"] == {"stop": 4}  # type: ignore[index]


def test_what_failed_and_was_on_its_way_again_is_on_its_way(tmp_path: Path) -> None:
    place, model = str(tmp_path / "runs.db"), Model()
    for error in (AskError("no", Trouble.REFUSED), MachineError("the command cannot be run")):

        def fail(request: Request, error: Exception = error) -> Reply:
            raise error

        model.answer = fail
        with suppress(MachineError):
            evaluate(experiment(model, samples=1), place, pace=Pace(2))
    course = asyncio.run(look(experiment(model, samples=1), place, ["sqlite"]))
    assert course.in_flight >= 1


@pytest.mark.parametrize("limits", [{"max_tokens": 1800}, {"max_cost": 1.8}])
@pytest.mark.parametrize("told", [{}, {"input_tokens": 400}])
def test_what_was_not_told_before_the_run_was_ended_counts_with_an_estimate(
    tmp_path: Path, limits: dict[str, Any], told: dict[str, int]
) -> None:
    place, model = str(tmp_path / "runs.db"), Model(answer=lambda request: Reply("fine", **told), longest_answer=600)
    for _ in range(3):
        evaluation, _, _ = evaluate(experiment(model, samples=5), place, budget=Budget(**limits))
        assert "the budget is spent" in evaluation.incomplete
        assert len(model.asked) == 2


def test_what_was_on_its_way_when_the_run_was_killed_counts_with_an_estimate(tmp_path: Path) -> None:
    place = str(tmp_path / "runs.db")

    def crash(request: Request) -> Reply:
        raise MachineError("the command cannot be run")

    with pytest.raises(MachineError):
        evaluate(experiment(Model(answer=crash, longest_answer=600)), place, budget=Budget(max_tokens=1000))
    model = Model(longest_answer=600)
    evaluation, _, _ = evaluate(experiment(model), place, budget=Budget(max_tokens=1000))
    assert (len(model.asked), evaluation.exit_status) == (0, 3)


def test_what_was_on_its_way_is_counted(tmp_path: Path) -> None:
    place = str(tmp_path / "runs.db")

    def crash(request: Request) -> Reply:
        raise MachineError("the command cannot be run")

    model = Model(answer=crash)
    with pytest.raises(MachineError, match="cannot be run"):
        evaluate(experiment(model), place, pace=Pace(3))
    sent = len(model.asked)
    model.answer = lambda request: Reply("fine")
    evaluation, [course], _ = evaluate(experiment(model), place)
    assert 1 <= course.in_flight <= 3
    assert course.in_flight >= sent
    assert len(evaluation.judged) == 4


@dataclass(eq=False)
class Slow(Model):
    """Counts how many requests are on their way at once; the first one of each prompt is told to come back."""

    now: int = 0
    levels: list[int] = field(default_factory=list)
    busy: set[str] = field(default_factory=set)

    async def ask(self, request: Request) -> Reply:
        self.now += 1
        self.levels.append(self.now)
        await asyncio.sleep(0.01)
        self.now -= 1
        if request.prompt not in self.busy:
            self.busy.add(request.prompt)
            raise AskError("busy", Trouble.BUSY, retry_after=0.001)
        return await super().ask(request)


def test_as_many_at_once_as_wanted_and_what_it_took_is_told(tmp_path: Path) -> None:
    models = [Slow("a:x"), Slow("b:y")]
    pace = Pace(5, Patience(base=0.001))
    evaluation, _, _ = evaluate(experiment(models, samples=20), str(tmp_path / "runs.db"), pace=pace)
    assert [max(each.levels) for each in models] == [5, 5], "each endpoint has its own limit"
    assert all(max(each.levels[5:9]) < 4 for each in models), "half as many once it was busy"
    assert evaluation.about["asking"] == {
        "asked": 80,
        "failed": 0,
        "unasked": 0,
        "graded": 40,
        "tries": 84,
        "halved": 2,
        "finishes": {"stop": 80},
    }


def test_every_database_has_its_grades_and_its_errors(tmp_path: Path) -> None:
    both, place, model = ["sqlite", "postgresql://localhost/x"], str(tmp_path / "runs.db"), Model()

    def answer(request: Request) -> Reply:
        if request.seed:
            raise AskError("the model will not", Trouble.REFUSED)
        return Reply("fine")

    model.answer = answer
    first, _, arrived = evaluate(experiment(model), place, databases=both)
    counted = {("sqlite", "pass"): 2, ("postgresql", "pass"): 2, ("sqlite", "error"): 2, ("postgresql", "error"): 2}
    assert Counter((item.grade.database, item.grade.overall) for item in first.judged) == counted
    assert Counter((grade.database, grade.overall) for grade in arrived) == counted
    case = CASES["session-factory"]
    changed = CASES | {case.id: case.model_copy(update={"criteria": case.criteria[:2]})}
    _, [course], arrived = evaluate(replace(experiment(model, samples=1), cases=changed), place, databases=both)
    assert course.counts()["re-grade"] == 1
    assert sorted(grade.database for grade in arrived if grade.case == case.id) == ["postgresql", "sqlite"]


def test_grades_that_are_stored_arrive_beside_those_on_a_database_that_is_added(tmp_path: Path) -> None:
    place, wanted = str(tmp_path / "runs.db"), experiment(Model(), samples=1)
    evaluate(wanted, place)
    evaluation, [course], arrived = evaluate(wanted, place, databases=["sqlite", "postgresql://localhost/x"])
    assert course.counts()["re-grade"] == 2
    assert sorted(grade.database for grade in arrived) == ["postgresql"] * 2 + ["sqlite"] * 2
    assert {repr(grade) for grade in arrived} == {repr(item.grade) for item in evaluation.judged}


def test_several_endpoints_and_arms(tmp_path: Path) -> None:
    models = [Model("a:x"), Model("b:y")]
    arms = (Arm("none"), Arm("good", None, "Be good."))
    evaluation, _, _ = evaluate(experiment(models, arms=arms), str(tmp_path / "runs.db"))
    assert Counter((item.grade.model, item.grade.arm) for item in evaluation.judged) == {
        ("a:x", "none"): 4,
        ("a:x", "good"): 4,
        ("b:y", "none"): 4,
        ("b:y", "good"): 4,
    }
    assert [(len(each.asked), each.closed) for each in models] == [(8, 1), (8, 1)]


def test_a_run_is_carried_out_by_one_process_at_a_time(place: str) -> None:
    code = (
        "import asyncio, sys\n"
        "from harness.runs.store import Store\n"
        "async def hold():\n"
        "    async with Store(sys.argv[1]) as store:\n"
        "        await store.hold(sys.argv[2])\n"
        "        print('held', flush=True)\n"
        "        await asyncio.sleep(600)\n"
        "asyncio.run(hold())\n"
    )
    wanted = experiment(Model())
    line = [sys.executable, "-c", code, place, wanted.name]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(MachineError, match=f"{wanted.name} is being carried out by another process"):
            evaluate(wanted, place)
        evaluate(experiment(Model(), samples=1), place)
        other.kill()
    evaluate(wanted, place)


def test_stores_that_are_none(tmp_path: Path) -> None:
    text = tmp_path / "text.db"
    text.write_text("not a database, not at all")
    for place, says in [
        (str(text), "is not an SQLite file"),
        (str(tmp_path), "is not an SQLite file|directory"),
        ("mysql://host/x", "--store: name a file"),
        ("sqlite+aiosqlite://", "--store: name a file"),
    ]:
        with pytest.raises((InputError, MachineError), match=says):
            evaluate(experiment(Model()), place)
    with pytest.raises(InputError, match="is not a file"):
        asyncio.run(look(experiment(Model()), str(tmp_path), ["sqlite"]))


def test_a_look_tells_what_would_be_done_and_writes_nothing(place: str) -> None:
    wanted = experiment(Model())
    assert asyncio.run(look(wanted, place, ["sqlite"])).counts()["re-run"] == 4
    with pytest.raises(InputError, match=r"does not exist|is no store of runs"):
        load_run(f"{place}#{wanted.name}")
    evaluate(replace(wanted, samples=1), place)
    assert asyncio.run(look(wanted, place, ["sqlite"])).counts() == {
        "reuse": 2,
        "re-grade": 0,
        "re-run": 2,
        "in_flight": 0,
    }


def test_a_file_of_something_else_is_not_touched(tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    place = tmp_path / "app.db"
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
    with pytest.raises(InputError, match="a database of something else, with the table orders: name a file of its own"):
        evaluate(experiment(Model()), str(place))
    with closing(sqlite3.connect(place)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("orders",)]


def test_a_store_of_another_version_is_not_touched(tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    place = tmp_path / "runs.db"
    evaluate(experiment(Model()), str(place))
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("UPDATE store_version SET version = 99")
    with pytest.raises(InputError, match="is of version 99"):
        evaluate(experiment(Model()), str(place))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE grades SET verdicts = '{\"awaited\": 3}'",
        "UPDATE grades SET verdicts = 'no JSON'",
        "UPDATE grades SET overall = 'great'",
        "UPDATE runs SET header = '[1]'",
        'UPDATE runs SET header = \'{"databases": ["sqlite"]}\'',
        "DELETE FROM environments",
    ],
)
def test_rows_that_no_harness_writes_are_one_line(tmp_path: Path, change: str) -> None:
    import sqlite3
    from contextlib import closing

    place = tmp_path / "runs.db"
    evaluate(experiment(Model()), str(place))
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute(change)
    with pytest.raises(MachineError, match=r"runs\.db: holds what no harness writes: "):
        load_run(str(place))


def test_a_password_is_not_told() -> None:
    from harness.runs.database import Database

    assert Database("postgresql+asyncpg://me:secret@host/x").shown == "postgresql+asyncpg://me:***@host/x"


def test_writing_that_fails_is_told_and_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    from harness.runs.writer import Writer

    async def full(self: Writer, batch: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(Writer, "_commit", full)
    with pytest.raises(MachineError, match=r"--store: .*runs\.db: database or disk is full"):
        evaluate(experiment(Model()), str(tmp_path / "runs.db"))


def test_texts_are_kept_as_they_came(place: str) -> None:
    said = "a\0b \ud800 \U0001f600 \r\n"
    wanted = experiment(Model(answer=lambda request: Reply(said)), samples=1)
    evaluate(wanted, place)

    async def read() -> dict[str, str]:
        async with Store(place, create=False) as store:
            return await store.texts([each.digest for each in wanted.plan()])

    assert set(asyncio.run(read()).values()) == {said}
