from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.endpoints.processes import gone
from tests.endpoints.server import Answer, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Result

pytestmark = pytest.mark.usefixtures("obedient")
# whoever runs the tests in the background may have Ctrl-C or the end of the terminal ignored
HARNESS = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "signal.signal(signal.SIGHUP, signal.SIG_DFL); from harness.cli import main; main()"
)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(lambda request: Answer("awaited: fail" if request["messages"][0]["role"] == "user" else "fine")) as it:
        yield it


@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "markdown"])
def test_two_arms_and_once_more_from_the_store(
    run: Callable[..., Result], tmp_path: Path, server: Server, format_: str
) -> None:
    store = str(tmp_path / "runs.db")
    line = ["eval", "session-factory", "--model", f"{server.url}#m", "--skill", "relational-db-agent", "--samples", "2"]
    line += ["--baseline-skill", "none", "--store", store, "--format", format_, "--out", str(tmp_path / "out")]
    first = run(*line)
    assert first.status == 1
    assert "4 samples: 0 stored, 0 to judge again, 4 to ask for" in first.err
    grades = [json.loads(each) for each in (tmp_path / "out" / "grades.jsonl").read_text().splitlines()]
    assert sorted((g["arm"], g["sample"], g["overall"]) for g in grades) == [
        ("none", 0, "fail"),
        ("none", 1, "fail"),
        ("relational-db-agent", 0, "pass"),
        ("relational-db-agent", 1, "pass"),
    ]
    said = str(tmp_path / "out" / "completions.jsonl")
    judged = [json.loads(each) for each in run("eval", "--completions", said, "--format", "jsonl").out.splitlines()]
    assert {(g["arm"], g["model"], g["sample"]) for g in judged} == {
        (g["arm"], g["model"], g["sample"]) for g in grades
    }
    assert [g["overall"] for g in judged if g["arm"] == "none"] == ["fail", "fail"]
    assert "4 answers in 4 requests; the run has used 60 tokens\n" in first.err
    again = run(*line)
    assert "4 samples: 4 stored, 0 to judge again, 0 to ask for" in again.err
    assert "answers in" not in again.err
    assert (again.status, len(server.requests)) == (1, 4)
    if format_ in {"table", "markdown"}:
        assert "relational-db-agent against no skill, on sqlite" in first.out
        assert "2 pairs of 1 prompt: 2 better, 0 worse" in first.out
        assert "Underpowered: " in first.out
        assert first.out.endswith("other samples of them, not other prompts.\n")
    if format_ == "json":
        (section,) = json.loads(first.out)["experiment"]["sections"]
        assert (section["before"], section["after"]) == ("none", "relational-db-agent")
        assert section["contrasts"][0]["pairs"]["better"] == 2
        assert json.loads(again.out)["grades"] == json.loads(first.out)["grades"]
        assert json.loads(first.out)["run"]["spent"] == {"tokens": 60, "cost": None}
    if format_ == "jsonl":
        assert sorted(again.out.splitlines()) == sorted(first.out.splitlines())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--temperature", "1"], "--temperature: only with --model or --command"),
        (["--temperature", "0", "--max-cost", "0", "--seed", "0"], "--temperature, --seed, --max-cost: only with"),
        (["--dry-run"], "--dry-run: only with --model or --command"),
        (["--model", "a:b", "--model", "a:b"], "a:b is named twice"),
        (["--model", "a:b", "--completions", "x"], "one of them"),
        (["--model", "a:b", "--baseline-skill", "none"], "--skill names what is compared"),
        (["--model", "a:b", "--skill", "none", "--baseline-skill", "none"], "both arms are no skill"),
        (
            ["--model", "a:b", "--skill", "relational-db-agent", "--baseline-skill", "relational-db-agent"],
            "both arms are relational-db-agent, the same files: there is nothing to compare",
        ),
        (["--model", "a:b", "--skill", "nowhere"], "--skill: nowhere: is no folder"),
        (["--model", "a:b", "--top-p", "2"], "--top-p: Input should be less than or equal to 1"),
        (["--model", "a:b", "--header", "x"], "--header: number 1 is not of the form"),
        (["--model", "openai:gpt-5-mini"], "set the environment variable OPENAI_API_KEY"),
        (["--model", "http://127.0.0.1:9/v1#m", "--max-cost", "1"], "--max-cost: no price is known"),
        (["--command", "cat", "--max-tokens", "5"], "--max-tokens: command:cat does not tell"),
        (["--command", "cat", "--temperature", "0", "--header", "a: b"], "--temperature, --header: only with --model"),
        (["--command", "no-such-agent-anywhere"], "there is no program 'no-such-agent-anywhere'"),
    ],
)
def test_what_cannot_be_asked_is_one_line(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], says: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    result = run("eval", *options)
    assert (result.status, result.out, len(result.err.splitlines())) == (2, "", 1)
    assert says in result.err


def test_a_dry_run_needs_no_key_and_no_network_and_writes_nothing(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("socket.socket.connect", None)
    line = ["eval", "--model", "openai:gpt-5-mini", "--command", "cat", "--samples", "3", "--dry-run"]
    result = run(*line, "--format", "json")
    planned = json.loads(result.out)
    assert (result.status, planned["calls"]) == (0, {"openai:gpt-5-mini": 12, "command:cat": 12})
    assert planned["prompt_tokens"]["total"] >= 24 * 10
    assert {each["action"] for each in planned["decisions"]} == {"re-run"}
    assert "calls: 24\n" in run(*line).out
    assert list(tmp_path.iterdir()) == []


def test_a_spent_budget_is_told_and_is_no_success(run: Callable[..., Result], tmp_path: Path, server: Server) -> None:
    line = ["eval", "session-factory", "--model", f"{server.url}#m", "--samples", "9", "--max-output-tokens", "5"]
    result = run(*line, "--max-tokens", "100", "--store", str(tmp_path / "runs.db"), "--concurrency", "1")
    assert result.status == 3
    assert "harness: the budget is spent: " in result.err
    assert 0 < len(server.requests) < 9


def test_a_budget_too_small_for_anything_is_not_called_spent(
    run: Callable[..., Result], tmp_path: Path, server: Server
) -> None:
    result = run("eval", "--model", f"{server.url}#m", "--max-tokens", "3000", "--store", str(tmp_path / "runs.db"))
    assert (result.status, server.requests) == (3, [])
    assert "harness: the budget is too small for the first request: " in result.err
    assert "--max-output-tokens" in result.err


def test_an_endpoint_that_fails_is_an_error_and_the_rest_is_complete(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    with Server([Answer("no such model", status=404)]) as server:
        line = ["eval", "--model", f"{server.url}#m", "--store", str(tmp_path / "runs.db"), "--format", "json"]
        result = run(*line)
    document = json.loads(result.out)
    assert (result.status, len(document["grades"])) == (3, 4)
    assert {grade["overall"] for grade in document["grades"]} == {"error"}
    assert "status 404: no such model" in document["grades"][0]["error"]
    shown = run("report", str(tmp_path / "runs.db"))
    assert "the same command asks again for what was not answered" in shown.out
    assert "harness doctor" not in shown.out


def test_what_cannot_be_asked_leaves_what_an_earlier_run_has_kept(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    line = ["eval", "session-factory", "--out", str(tmp_path / "out"), "--store", str(tmp_path / "runs.db"), "--model"]
    run(*line, f"{server.url}#m")
    before = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert set(before) == {"grades.jsonl", "completions.jsonl", "run.json"}
    assert run(*line, "openai:gpt-5-mini").status == 2
    assert {path.name: path.read_text() for path in (tmp_path / "out").iterdir()} == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_does_not_outlive_the_harness_that_is_ended(tmp_path: Path, number: signal.Signals) -> None:
    told, agent = tmp_path / "pid", tmp_path / "agent"
    agent.write_text(f"#!/bin/sh\nsleep 600 &\necho $! > {told}.new\nmv {told}.new {told}\nsleep 600\n")
    agent.chmod(0o755)
    line = [sys.executable, "-c", HARNESS, "eval", "session-factory", "--command", str(agent)]
    line += ["--store", str(tmp_path / "runs.db"), "--unsafe-no-sandbox"]
    with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as harness:
        while not told.exists():
            assert harness.poll() is None
            time.sleep(0.001)
        sleeping = int(told.read_text())
        harness.send_signal(number)
        _, said = harness.communicate(timeout=60)
    assert (harness.returncode, gone(sleeping)) == (130, True)
    assert "what came back is in" in said
