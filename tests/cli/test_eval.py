from __future__ import annotations

import errno
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import ObedientGrader, Result

LABEL = "case: session-factory\noverall: fail\nverdicts: {awaited: fail, depends: pass}\n"
pytestmark = pytest.mark.usefixtures("obedient")


def put(folder: Path, files: dict[str, str]) -> str:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return str(folder)


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({"session-factory/a.md": "fine"}, 0),
        ({"session-factory/a.md": "awaited: fail"}, 1),
        ({"session-factory/a.md": "awaited: fail", "session-factory/a.yaml": LABEL}, 0),
        ({"session-factory/a.md": "fine", "session-factory/a.yaml": LABEL}, 1),
        ({"session-factory/a.md": "error: lost", "session-factory/b.md": "awaited: fail"}, 3),
        ({"session-factory/a.md": "machine: no sandbox"}, 3),
        ({"session-factory/a.md": "error: lost", "unknown/b.md": "x"}, 2),
        ({"unknown/b.md": "x"}, 2),
    ],
)
@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "markdown"])
def test_exit_status(
    run: Callable[..., Result], tmp_path: Path, files: dict[str, str], status: int, format_: str
) -> None:
    result = run("eval", "--completions", put(tmp_path, files), "--format", format_)
    assert result.status == status
    assert ("names the case 'unknown'" in result.err) == (status == 2)


def test_json(run: Callable[..., Result], tmp_path: Path) -> None:
    folder = put(tmp_path, {"session-factory/a.md": "fine", "test-your-skill/b.md": "awaited: fail"})
    result = run("eval", "--completions", folder, "--format", "json")
    document = json.loads(result.out)
    assert set(document) == {"run", "grades", "summary"}
    assert [(g["case"], g["completion"], g["overall"]) for g in document["grades"]] == [
        ("session-factory", "session-factory/a.md", "pass"),
        ("test-your-skill", "test-your-skill/b.md", "fail"),
    ]
    assert document["run"]["exit_status"] == result.status == 1
    assert result.err == ""


def test_json_is_complete_when_the_machine_fails_on_the_way(run: Callable[..., Result], tmp_path: Path) -> None:
    files = {
        "session-factory/a.md": "fine",
        "session-factory/b.md": "machine: out of memory",
        "session-factory/c.md": "fine",
    }
    result = run("eval", "--completions", put(tmp_path, files), "--format", "json")
    grades = json.loads(result.out)["grades"]
    assert [g["overall"] for g in grades] == ["pass", "error", "error"]
    assert grades[2]["error"] == "out of memory"
    assert result.status == 3


def test_jsonl_and_out(run: Callable[..., Result], tmp_path: Path) -> None:
    folder = put(tmp_path / "in", {"session-factory/a.md": "fine", "session-factory/b.md": "awaited: fail"})
    out = tmp_path / "deep" / "out"
    result = run("eval", "--completions", folder, "--format", "jsonl", "--out", str(out))
    lines = [json.loads(line) for line in result.out.splitlines()]
    assert [line["overall"] for line in lines] == ["pass", "fail"]
    assert (out / "grades.jsonl").read_text() == result.out
    document = json.loads((out / "run.json").read_text())
    assert document["summary"]["overall"]["fail"] == 1
    assert document["run"]["exit_status"] == 1


def test_an_interrupted_run_keeps_what_was_judged(run: Callable[..., Result], tmp_path: Path) -> None:
    folder = put(tmp_path / "in", {"session-factory/a.md": "fine", "session-factory/b.md": "interrupt: now"})
    out = tmp_path / "out"
    result = run("eval", "--completions", folder, "--out", str(out))
    assert (result.status, result.out) == (130, "")
    assert result.err == f"harness: interrupted; the grades so far are in {out}/grades.jsonl\n"
    assert len((out / "grades.jsonl").read_text().splitlines()) == 1
    document = json.loads((out / "run.json").read_text())
    assert (document["run"]["interrupted"], document["run"]["exit_status"]) == (True, 130)
    assert document["summary"]["grades"] == 1


def test_an_interrupted_run_that_keeps_nothing(run: Callable[..., Result], tmp_path: Path) -> None:
    result = run("eval", "--completions", put(tmp_path, {"session-factory/b.md": "interrupt: now"}))
    assert (result.status, result.out, result.err) == (130, "", "harness: interrupted\n")


def test_interrupted_before_anything_is_judged(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.endpoints.stored.read_completions", interrupt)
    result = run("eval")
    assert (result.status, result.out, result.err) == (130, "", "harness: interrupted\n")


@pytest.mark.parametrize("format_", ["table", "json", "jsonl"])
def test_a_full_disk_under_out_does_not_end_the_run(run: Callable[..., Result], tmp_path: Path, format_: str) -> None:
    folder = put(tmp_path / "in", {"session-factory/a.md": "fine", "session-factory/b.md": "awaited: fail"})
    out = tmp_path / "out"
    out.mkdir()
    (out / "grades.jsonl").symlink_to("/dev/full")
    (out / "run.json").write_text("of an earlier run")
    result = run("eval", "--completions", folder, "--out", str(out), "--format", format_)
    assert result.status == 3
    assert result.err == f"harness: --out: {out} could not be written: No space left on device\n"
    assert result.out == run("eval", "--completions", folder, "--format", format_).out or format_ == "json"
    if format_ == "json":
        assert len(json.loads(result.out)["grades"]) == 2
    assert [path.name for path in out.iterdir()] == ["grades.jsonl"]


def test_a_disk_that_is_full_in_the_end(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put(tmp_path / "in", {"session-factory/a.md": "fine"})

    def fail(path: Path, *_: object, **__: object) -> None:
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(type(tmp_path), "write_text", fail)
    result = run("eval", "--completions", folder, "--out", str(tmp_path / "out"))
    assert result.status == 3
    assert "out could not be written: No space left on device" in result.err
    assert "1 grade on sqlite: 1 pass." in result.out
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["grades.jsonl"]


def test_unusable_input_goes_before_a_full_disk(run: Callable[..., Result], tmp_path: Path) -> None:
    folder = put(tmp_path / "in", {"session-factory/a.md": "fine", "unknown/b.md": "x"})
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "grades.jsonl").symlink_to("/dev/full")
    assert run("eval", "--completions", folder, "--out", str(tmp_path / "out")).status == 2


@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "markdown"])
def test_a_run_that_judges_nothing_is_not_green(run: Callable[..., Result], tmp_path: Path, format_: str) -> None:
    folder = put(tmp_path, {"session-factory/a.md": "fine", "test-your-skill/b.md": "fine"})
    result = run("eval", "debug-missing-greenlet", "--completions", folder, "--format", format_)
    assert result.status == 2
    assert result.err == (
        f"harness: {folder}: holds no completion of debug-missing-greenlet; "
        "it holds those of session-factory, test-your-skill\n"
    )


def test_each_case_that_was_asked_for_must_be_there(run: Callable[..., Result], tmp_path: Path) -> None:
    folder = put(tmp_path, {"session-factory/a.md": "fine", "unknown/b.md": "x"})
    result = run("eval", "session-factory", "request-scoping", "--completions", folder)
    assert result.status == 2
    assert "holds no completion of request-scoping; it holds those of session-factory" in result.err
    assert "1 grade on sqlite: 1 pass.\n2 problems with the input, see above.\n" in result.out


def test_a_broken_label_does_not_remove_the_completion(run: Callable[..., Result], tmp_path: Path) -> None:
    folder = put(tmp_path, {"session-factory/good.md": "awaited: fail", "session-factory/good.yaml": "case: ]"})
    result = run("eval", "--completions", folder, "--format", "json")
    document = json.loads(result.out)
    assert [(grade["completion"], grade["overall"]) for grade in document["grades"]] == [
        ("session-factory/good.md", "fail")
    ]
    assert document["summary"]["expected"]["labelled"] == 0
    assert (result.status, document["run"]["exit_status"]) == (2, 2)
    assert "good.yaml:1: is not valid YAML" in result.err


def test_the_table_says_what_failed_and_what_to_do(run: Callable[..., Result], tmp_path: Path) -> None:
    result = run("eval", "--completions", put(tmp_path, {"session-factory/a.md": "awaited: fail"}))
    assert "✗ session-factory/a.md: fail" in result.out
    assert "because of awaited" in result.out
    assert "remedy: do it" in result.out
    assert f"harness grade {tmp_path}/session-factory/a.md --case session-factory" in result.out


def test_chosen_cases(run: Callable[..., Result], tmp_path: Path) -> None:
    folder = put(tmp_path, {"session-factory/a.md": "fine", "test-your-skill/b.md": "awaited: fail"})
    result = run("eval", "session-factory", "--completions", folder, "--format", "jsonl")
    assert result.status == 0
    assert [json.loads(line)["case"] for line in result.out.splitlines()] == ["session-factory"]
    result = run("eval", "no-such", "--completions", folder)
    assert result.status == 2
    assert result.err.startswith("harness: there is no case 'no-such'; known: debug-missing-greenlet, ")


def test_cases_of_ones_own(run: Callable[..., Result], tmp_path: Path) -> None:
    case = "id: mine\ntitle: T\nprompt: P\ncomplete: nothing\ncriteria: [awaited]\nprobe: create\n"
    put(tmp_path / "cases", {"mine.yaml": case})
    folder = put(tmp_path / "in", {"mine/a.md": "awaited: fail"})
    result = run("eval", "--cases", str(tmp_path / "cases"), "--completions", folder, "--format", "json")
    (grade,) = json.loads(result.out)["grades"]
    assert (grade["case"], list(grade["verdicts"])) == ("mine", ["awaited"])


def test_the_stored_completions_are_the_default(run: Callable[..., Result]) -> None:
    result = run("eval", "--format", "json")
    assert json.loads(result.out)["summary"]["expected"]["labelled"] >= 40


def test_options_reach_the_grader(run: Callable[..., Result], tmp_path: Path, obedient: type[ObedientGrader]) -> None:
    folder = put(tmp_path, {"session-factory/a.md": "fine"})
    run("eval", "--completions", folder, "--jobs", "3", "--unsafe-no-sandbox", "--db", "SQLite")
    assert obedient.made == [{"jobs": 3, "databases": ("sqlite",), "unsafe_no_sandbox": True}]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--db", "postgresql+asyncpg://u:p@127.0.0.1:1/db"), 3, "harness: --db: PostgreSQL cannot be reached"),
        (("--db", "mysql://u:secret@x"), 2, "harness: --db: 'mysql' is not a database"),
        (("--db", ""), 2, "harness: --db: '' is not a database"),
        (("--db", "sqlite:///x.db"), 2, "harness: --db: sqlite takes no address"),
        (("--db", "sqlite+aiosqlite://"), 2, "harness: --db: sqlite takes no address"),
        (("--completions", "/nonexistent"), 2, "harness: /nonexistent: does not exist"),
        (("--completions", "n" * 300), 2, "cannot be read: File name too long"),
        (("--cases", "n" * 300), 2, "cannot be read: File name too long"),
        (("--cases", "/nonexistent"), 2, "harness: /nonexistent: is not a folder"),
        (("--jobs", "0"), 2, "--jobs"),
        (("--format", "xml"), 2, "Error: Invalid value for '--format': 'xml' is not one of 'table', 'json', "),
        (("--no-such-option",), 2, "No such option"),
        (("--out", "/proc/no/such"), 2, "harness: --out: /proc/no/such cannot be written"),
    ],
)
def test_wrong_usage(run: Callable[..., Result], arguments: tuple[str, ...], status: int, words: str) -> None:
    result = run("eval", *arguments)
    assert (result.status, result.out) == (status, "")
    assert words in result.err
    assert "Traceback" not in result.err
    assert "secret" not in result.err
