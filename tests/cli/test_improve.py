"""An edit that a model proposes is kept where it is better on samples held out, and leaves no trace where it is not."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

import pytest

from harness.skills import load_skill
from tests.endpoints.server import Answer, Server
from tests.skills.folders import FRONT, VALID, put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Result

pytestmark = pytest.mark.usefixtures("obedient")
EDIT = f'Here it is:\n<file path="SKILL.md">\n{FRONT}\n# Do it well\n</file>\n'
BUDGET = ("--max-tokens", "100000")


@dataclass
class Bench:
    """A skill, a run that was asked with it, and a server that answers ``edit`` when asked for one.

    Asked with a skill that says "well" it gives the next answer of ``edited``, else a wrong one.
    """

    run: Callable[..., Result]
    folder: Path
    server: Server = field(init=False)
    edit: Answer = field(default_factory=lambda: Answer(EDIT))
    edited: Iterator[str] = field(default_factory=lambda: repeat("fine"))
    name: str = ""

    @property
    def skill(self) -> Path:
        return self.folder / "my-skill"

    @property
    def copy(self) -> Path:
        return self.folder / "edited"

    @property
    def store(self) -> str:
        return str(self.folder / "runs.db")

    @property
    def edits_asked(self) -> int:
        return sum("# How to answer" in each["messages"][-1]["content"] for each in self.server.requests)

    def answer(self, request: dict[str, Any]) -> Answer:
        if "# How to answer" in request["messages"][-1]["content"]:
            return self.edit
        return Answer(next(self.edited) if "well" in request["messages"][0]["content"] else "awaited: fail")

    def improve(self, *options: str, samples: int = 6) -> Result:
        line = ["improve", f"{self.store}#{self.name}", "--model", f"{self.server.url}#m", "--apply", str(self.copy)]
        line += ["--skill", str(self.skill), "--store", self.store, "--samples", str(samples)]
        return self.run(*line, *options)


@pytest.fixture
def bench(run: Callable[..., Result], tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(run, tmp_path)
    put(tmp_path, VALID, {"references/more.md": "# More\n", "scripts/run.sh": "true\n"})
    with Server(bench.answer) as bench.server:
        line = ["eval", "session-factory", "--model", f"{bench.server.url}#m", "--skill", str(bench.skill)]
        asked = run(*line, "--samples", "2", "--store", bench.store, "--format", "json")
        assert asked.status == 1
        bench.name = json.loads(asked.out)["run"]["name"]
        bench.server.requests.clear()
        yield bench
    assert load_skill(bench.skill).files["SKILL.md"] == VALID.encode(), "the original was changed"
    assert not list(tmp_path.glob(".edited-*"))


def test_an_edit_that_is_better_is_kept(bench: Bench) -> None:
    result = bench.improve(*BUDGET)
    assert result.status == 0
    assert "held out: samples 2 to 7 of 1 case, which " in result.err
    assert "--- a/SKILL.md\n+++ b/SKILL.md\n" in result.out
    assert "\n-# Do it\n+# Do it well\n" in result.out
    assert "6 pairs of 1 prompt: 6 better, 0 worse" in result.out
    assert result.out.endswith(
        f"Kept in {bench.copy}: overall, on samples held out: better on sqlite (6 better, 0 worse of 6 pairs)\n"
    )
    assert load_skill(bench.copy).files == {
        "SKILL.md": f"{FRONT}\n# Do it well\n".encode(),
        "references/more.md": b"# More\n",
        "scripts/run.sh": b"true\n",
    }
    assert (bench.edits_asked, len(bench.server.requests)) == (1, 13)
    asked = next(each["messages"][-1]["content"] for each in bench.server.requests)
    assert asked.startswith("My my-skill skill has 1 gap")
    assert '<file path="references/more.md">\n# More\n</file>' in asked
    assert "scripts/run.sh" in asked
    assert "true" not in asked.partition("# How to answer")[2]
    grades = json.loads(bench.run("report", bench.store, "--format", "json").out)["grades"]
    assert {each["sample"] for each in grades} == {2, 3, 4, 5, 6, 7}


def test_a_skill_that_the_run_was_not_asked_with_is_not_said_to_have_its_gaps(bench: Bench) -> None:
    bench.edit = Answer("no edit")
    other = put(bench.folder / "other", VALID.replace("my-skill", "other-skill"))
    result = bench.improve(*BUDGET, "--skill", str(other.rename(bench.folder / "other-skill")))
    assert "was asked with my-skill: its gaps are not those of other-skill" in result.err
    assert "has changed" not in result.err
    prompt = bench.server.requests[0]["messages"][-1]["content"]
    assert prompt.startswith("My other-skill skill has 1 gap, seen among 2 answers that were given with my-skill. ")


@pytest.mark.parametrize("better", [0, 5])
def test_an_edit_that_is_not_better_is_not_kept(bench: Bench, better: int) -> None:
    bench.edited = chain(repeat("fine", better), repeat("awaited: fail"))
    result = bench.improve(*BUDGET, "--format", "json")
    assert result.status == 1
    applied = json.loads(result.out)["applied"]
    assert not applied["kept"]
    assert "+# Do it well" in applied["diff"]
    (section,) = applied["experiment"]["sections"]
    counted = section["contrasts"][0]["pairs"]
    assert (counted["better"], counted["neither"]) == (better, 6 - better)
    assert applied["held_out"] == {"first": 2, "samples": 6, "cases": ["session-factory"]}
    assert applied["spent"]["tokens"] == 13 * 15
    assert not bench.copy.exists()
    again = bench.improve(*BUDGET)
    assert json.loads(bench.improve(*BUDGET, "--format", "json").out)["applied"]["spent"] == applied["spent"]
    assert (again.status, len(bench.server.requests)) == (1, 13), "the same is not asked again"
    why = f"underpowered on sqlite ({better} better, 0 worse of 6 pairs)"
    assert again.out.endswith(f"Not kept, {bench.copy} is as it was: overall, on samples held out: {why}\n")


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (Answer("I would rather not."), "the reply holds no file"),
        (Answer(EDIT.replace("</file>", "")), "the reply ends inside SKILL.md"),
        (
            Answer(EDIT.replace("SKILL.md", "../SKILL.md")),
            "the reply names '../SKILL.md': only SKILL.md and references",
        ),
        (Answer(EDIT.replace("# Do it well", "# Do it")), "the reply changes nothing"),
        (Answer(EDIT.replace("my-skill", "other")), "the edited skill is not valid: SKILL.md:2: "),
        (Answer(EDIT, finish="length"), "cut by a limit of tokens: give it more with --max-output-tokens"),
    ],
)
def test_a_reply_that_is_no_edit_is_not_tried(bench: Bench, edit: Answer, why: str) -> None:
    bench.edit = edit
    bench.copy.mkdir()
    result = bench.improve(*BUDGET)
    assert (result.status, len(bench.server.requests)) == (1, 1)
    assert why in result.out
    again = bench.improve(*BUDGET)
    assert (again.status, again.out, len(bench.server.requests)) == (1, result.out, 1), "stored, it is no edit either"
    assert list(bench.copy.iterdir()) == []
    shown = bench.run("report", bench.store, "--format", "json")
    assert json.loads(shown.out)["run"]["name"] == bench.name, "the last run with grades"


def test_what_cannot_be_tried_is_one_line_and_asks_nothing(bench: Bench) -> None:
    full = put(bench.folder / "full")
    missing = bench.folder / "nowhere" / "edited"
    tries = [
        ([], "--apply: asks many times: set a budget with --max-cost or --max-tokens"),
        (["--max-cost", "1"], "--max-cost: no price is known"),
        ([*BUDGET, "--apply", str(full)], "is in the way: name a folder that is new or empty"),
        ([*BUDGET, "--apply", str(bench.skill)], "lies in the skill itself"),
        ([*BUDGET, "--apply", str(bench.skill / "new")], "lies in the skill itself"),
        ([*BUDGET, "--apply", str(missing)], "cannot be written to: No such file"),
        ([*BUDGET, "--samples", "5"], "5 pairs can show no difference at 0.05: it takes 6 at the least"),
        ([*BUDGET, "--skill", "nowhere"], "--skill: nowhere: is no folder"),
        ([*BUDGET, "--model", "nonsense"], "--model: 'nonsense' is neither"),
    ]
    for options, says in tries:
        result = bench.improve(*options)
        lines = [line for line in result.err.splitlines() if "held out: " not in line]
        assert (result.status, result.out, len(lines)) == (2, "", 1), options
        assert says in lines[0]
    alone = bench.run("improve", bench.store, "--apply", str(bench.copy), *BUDGET)
    assert (alone.status, bench.server.requests) == (2, [])
    assert "--apply, --max-tokens: only with both --model" in alone.err


def test_no_edit_is_asked_for_where_the_models_of_the_run_cannot_be(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    document = json.loads(bench.run("report", bench.store, "--format", "json").out)
    document["run"]["models"] = {"openai:gpt-5-mini": {}}
    kept = bench.folder / "run.json"
    kept.write_text(json.dumps(document))
    line = ["--model", f"{bench.server.url}#m", "--apply", str(bench.copy), "--skill", str(bench.skill)]
    result = bench.run("improve", str(kept), *line, "--store", bench.store, *BUDGET)
    assert (result.status, result.out, bench.server.requests) == (2, "", [])
    assert "openai:gpt-5-mini: set the environment variable OPENAI_API_KEY" in result.err


@pytest.mark.parametrize(("tokens", "asked"), [("100", 0), ("600", 1)])
def test_the_budget_holds_over_all_of_it(bench: Bench, tokens: str, asked: int) -> None:
    result = bench.improve("--max-tokens", tokens, "--max-output-tokens", "1", samples=40)
    assert result.status == 3
    assert bench.edits_asked == asked
    assert asked <= len(bench.server.requests) <= int(tokens) / 15
    assert "budget" in result.out
    assert not bench.copy.exists()


def test_a_model_that_fails_is_no_edit(bench: Bench) -> None:
    bench.edit = Answer("no such model", status=404)
    result = bench.improve(*BUDGET)
    assert (result.status, result.out, bench.copy.exists()) == (3, "", False)
    assert "status 404: no such model" in result.err
