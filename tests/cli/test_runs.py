from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.reports.json import grade_to_json, to_line
from harness.runs.load import load_run
from tests.runs.grades import run as graded

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import ObedientGrader, Result

    Run = Callable[..., Result]


def kept(folder: Path, name: str, *arms: tuple[str, str], **fields: Any) -> str:
    path = folder / f"{name}.jsonl"
    path.write_text("".join(to_line(grade_to_json(grade)) for grade in graded(name, *arms, **fields).grades))
    return str(path)


@pytest.fixture
def good(tmp_path: Path) -> str:
    return kept(tmp_path, "good", ("none", "-+ " * 8), ("mine", "++ " * 8))


@pytest.fixture
def bad(tmp_path: Path) -> str:
    return kept(tmp_path, "bad", ("none", "-+ " * 8), ("mine", "-+ " * 8))


def test_what_eval_keeps_can_be_reported_compared_and_improved(
    run: Run, obedient: type[ObedientGrader], tmp_path: Path
) -> None:
    (tmp_path / "answers" / "session-factory").mkdir(parents=True)
    (tmp_path / "answers" / "session-factory" / "a.md").write_text("pool-size: fail\n")
    folder = str(tmp_path / "kept")
    assert run("eval", "--completions", str(tmp_path / "answers"), "--out", folder).status == 1
    reported = run("report", folder)
    assert (reported.status, reported.err) == (0, "")
    assert "pool-size: fail" in reported.out
    assert run("compare", folder, folder).status == 0
    improved = run("improve", folder)
    assert improved.status == 1
    assert "## 1. pool-size: " in improved.out


def test_arms_of_stored_outputs_become_an_experiment(run: Run, obedient: type[ObedientGrader], tmp_path: Path) -> None:
    """Replies as a service gave them, with the arm in their metadata; one of them names no case."""
    said = [("none", "pool-size: fail"), ("mine", "pool-size: pass")]
    replies = [
        {"model": "m", "choices": [{"message": {"content": text}}], "metadata": {"case": "session-factory", "arm": arm}}
        for arm, text in said * 3
    ]
    replies.append({"choices": [{"message": {"content": "lost"}}]})
    (tmp_path / "replies.jsonl").write_text("".join(json.dumps(each) + "\n" for each in replies))
    graded = run("eval", "--completions", str(tmp_path / "replies.jsonl"), "--format", "jsonl")
    assert graded.status == 2
    assert "replies.jsonl:7: belongs to no case that is known" in graded.err
    (tmp_path / "grades.jsonl").write_text(graded.out)
    document = json.loads(run("report", str(tmp_path / "grades.jsonl"), "--format", "json").out)
    (section,) = document["experiment"]["sections"]
    assert section["contrasts"][0]["pairs"] == {"both": 0, "better": 3, "worse": 0, "neither": 0, "left_out": 0}


def test_compare_ends_with_1_on_a_significant_regression_only(run: Run, good: str, bad: str) -> None:
    worse = run("compare", good, bad)
    assert (worse.status, worse.err) == (1, "")
    assert "Significantly worse: overall mine, on sqlite; awaited mine, on sqlite." in worse.out
    better = run("compare", bad, good)
    assert better.status == 0
    assert "Nothing is significantly worse." in better.out
    assert run("compare", good, bad, "--level", "0.001").status == 0


@pytest.mark.parametrize(
    ("marks", "case", "status", "words"),
    [
        ("! ! !", "test-your-skill", 3, "Nothing could be compared: 3 pairs with an error, no other pair."),
        ("++ ++ ++", "session-factory", 2, "Nothing could be compared: 0 pairs with an error, no other pair."),
    ],
)
def test_a_comparison_of_nothing_is_no_success(
    run: Run, good: str, tmp_path: Path, marks: str, case: str, status: int, words: str
) -> None:
    compared = run("compare", good, kept(tmp_path, "other", ("none", marks), case=case))
    assert compared.status == status
    assert words in compared.out
    assert "Nothing is significantly worse" not in compared.out


def test_a_model_that_got_worse_is_a_regression(run: Run, tmp_path: Path) -> None:
    files = {}
    for name, marks in (("before", ("--", "++")), ("after", ("++", "--"))):
        paths = [
            kept(tmp_path, f"{name}-{m}", ("mine", f"{mark} " * 8), model=m)
            for m, mark in zip("mn", marks, strict=True)
        ]
        files[name] = tmp_path / f"{name}.jsonl"
        files[name].write_text("".join(Path(path).read_text() for path in paths))
    compared = run("compare", str(files["before"]), str(files["after"]))
    assert compared.status == 1
    assert "16 pairs of 1 prompt and 2 models: 8 better, 8 worse" in compared.out
    assert "Significantly worse: n on sqlite." in compared.out


def test_compare_as_json(run: Run, good: str, bad: str) -> None:
    document = json.loads(run("compare", good, bad, "--format", "json").out)
    assert (document["regressed"], document["same"], len(document["changes"])) == (True, 8, 16)
    contrast = document["sections"][1]["contrasts"][0]
    assert contrast["pairs"] == {"both": 0, "better": 0, "worse": 8, "neither": 0, "left_out": 0}
    assert contrast["conclusion"] == "worse"
    assert contrast["p"] == pytest.approx(2 / 2**8)


@pytest.mark.parametrize("command", [("compare", "good", "bad"), ("report", "good")])
def test_markdown_is_markdown(run: Run, good: str, bad: str, command: tuple[str, ...]) -> None:
    paths = {"good": good, "bad": bad}
    out = run(*(paths.get(each, each) for each in command), "--format", "markdown").out
    assert "| --- |" in out
    assert "\n# " in f"\n{out}"


def test_report_shows_rates_and_the_experiment(run: Run, good: str) -> None:
    out = run("report", good).out
    assert "0 % (0 to 32) of 8" in out
    assert "mine against no skill, on sqlite" in out
    assert "Overall better (p 0.008, level 0.05)." in out
    assert "pass@8 100 %, pass^8 100 %" in out
    assert "other samples of them, not other prompts" in out


def test_report_as_json_can_be_read_again(run: Run, good: str, tmp_path: Path) -> None:
    out = run("report", good, "--format", "json").out
    document = json.loads(out)
    assert document["experiment"]["sections"][0]["after"] == "mine"
    assert [each["rates"]["overall"]["rate"] for each in document["arms"]] == [0.0, 1.0]
    (tmp_path / "again.json").write_text(out)
    assert load_run(str(tmp_path / "again.json")).grades == load_run(good).grades


def test_few_samples_are_called_underpowered(run: Run, tmp_path: Path) -> None:
    out = run("report", kept(tmp_path, "few", ("none", "-+ -+"), ("mine", "++ ++"))).out
    assert "Underpowered: so few pairs show a true difference of 20 points in 0 % of all experiments" in out
    assert "samples of each prompt) for 80 %" in out
    assert "of 50 points" in run("report", str(tmp_path / "few.jsonl"), "--effect", "0.5").out


def test_problems_of_the_run_are_told_on_standard_error(run: Run, good: str) -> None:
    with open(good, "a") as stream:  # noqa: PTH123
        stream.write("{")
    for command in (("report", good), ("compare", good, good), ("improve", good)):
        assert "is cut off" in run(*command).err


def test_problems_cannot_steer_the_terminal(run: Run, tmp_path: Path) -> None:
    reply = {"custom_id": "session-factory", "response": None, "error": {"message": "no\x1b[2J\nfunds"}}
    (tmp_path / "a.jsonl").write_text(json.dumps(reply))
    assert "was not answered: no\\x1b[2J funds\n" in run("eval", "--completions", str(tmp_path / "a.jsonl")).err


def test_improve(run: Run, good: str, bad: str) -> None:
    nothing = run("improve", good)
    assert (nothing.status, nothing.out) == (0, "Nothing to improve: no criterion fails in 8 samples.\n")
    document = json.loads(run("improve", bad, "--skill", "other", "--format", "json").out)
    (gap,) = document["gaps"]
    assert (document["skill"], gap["criterion"], gap["failed"], gap["judged"]) == ("other", "awaited", 8, 8)
    assert gap["code"]
    assert gap["evidence"] == [{"path": "app.py", "line": 3, "message": "no awaited"}]


def test_improve_without_a_judged_sample_is_no_success(run: Run, tmp_path: Path) -> None:
    assert run("improve", kept(tmp_path, "errors", ("mine", "! !"))).status == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "nowhere"),
        ("compare", "nowhere", "nowhere"),
        ("improve", "nowhere"),
        ("report", "good", "--baseline", "x"),
        ("improve", "good", "--arm", "x"),
        ("report", "good", "--level", "7"),
    ],
)
def test_wrong_input_is_one_line_and_status_2(run: Run, good: str, arguments: tuple[str, ...]) -> None:
    ended = run(*(good if each == "good" else each for each in arguments))
    assert (ended.status, ended.out) == (2, "")
    assert "Traceback" not in ended.err


def test_terminal_escapes_of_a_run_are_shown_not_obeyed(run: Run, tmp_path: Path) -> None:
    path = kept(tmp_path, "odd", ("none", "-+"), ("m\x1b[31m", "-+"), completion="x\x1b]0;y\x07.md")
    for command in (("report", path), ("compare", path, path), ("improve", path)):
        assert "\x1b" not in run(*command).out
