from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harness.cases import load_cases
from harness.endpoints.stored import read_completions

if TYPE_CHECKING:
    from pathlib import Path

CASES = load_cases()


def workspace(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / "my-skill-workspace" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root / "my-skill-workspace"


FILES = {
    "iteration-1/benchmark.json": "{}",
    "iteration-1/benchmark.md": "# Skill Benchmark",
    "iteration-1/eval-0/eval_metadata.json": json.dumps({"eval_id": 0, "eval_name": "session-factory", "prompt": "x"}),
    "iteration-1/eval-0/with_skill/run-1/outputs/database.py": "engine = 1\n",
    "iteration-1/eval-0/with_skill/run-1/outputs/answer.md": "Here it is.\n",
    "iteration-1/eval-0/with_skill/run-1/outputs/metrics.json": "{}",
    "iteration-1/eval-0/with_skill/run-1/outputs/user_notes.md": "none",
    "iteration-1/eval-0/with_skill/run-1/transcript.md": "what the agent did",
    "iteration-1/eval-0/with_skill/run-1/grading.json": '{"expectations": []}',
    "iteration-1/eval-0/with_skill/run-2/outputs/answer.md": "Second.",
    "iteration-1/eval-0/without_skill/run-1/outputs/a/tick.py": "x = '```'\n",
    "iteration-1/eval-request-scoping/old_skill/outputs/answer.md": "Flat.",
}


@pytest.mark.parametrize("below", [".", "iteration-1", "iteration-1/eval-0"])
def test_each_run_is_a_completion_of_its_arm(tmp_path: Path, below: str) -> None:
    stored = read_completions(workspace(tmp_path, FILES) / below, CASES)
    assert stored.problems == ()
    found = [(each.case, each.arm, each.sample, each.text) for each in stored.completions]
    expected = [
        ("session-factory", "my-skill", 0, "Here it is.\n\n`database.py`:\n\n```python\nengine = 1\n```"),
        ("session-factory", "my-skill", 1, "Second."),
        ("session-factory", "none", 0, "`a/tick.py`:\n\n````python\nx = '```'\n````"),
        ("request-scoping", "old_skill", 0, "Flat."),
    ]
    assert found == (expected[:3] if "eval-0" in below else expected)


def test_the_prompt_tells_the_case_where_no_name_does(tmp_path: Path) -> None:
    about = {"eval_id": 7, "prompt": CASES["test-your-skill"].prompt}
    files = {
        "iteration-1/eval-7/eval_metadata.json": json.dumps(about),
        "iteration-1/eval-7/baseline/outputs/a.md": "A",
    }
    (completion,) = read_completions(workspace(tmp_path, files), CASES).completions
    assert (completion.case, completion.arm) == ("test-your-skill", "none")


@pytest.mark.parametrize("below", [".", "iteration-1", "iteration-1/factories"])
@pytest.mark.parametrize("about", ["eval_metadata.json", "notes.json"])
def test_an_evaluation_has_any_name(tmp_path: Path, below: str, about: str) -> None:
    files = {
        f"iteration-1/factories/{about}": json.dumps({"eval_id": 0, "eval_name": "session-factory"}),
        "iteration-1/factories/with_skill/outputs/session-factory.md": "A",
        "iteration-1/factories/without_skill/run-2/outputs/answer.md": "B",
        "iteration-1/benchmark.md": "# Benchmark",
    }
    stored = read_completions(workspace(tmp_path, files) / below, CASES)
    if about == "eval_metadata.json":
        assert [(each.case, each.arm, each.sample) for each in stored.completions] == [
            ("session-factory", "my-skill", 0),
            ("session-factory", "none", 1),
        ]
    else:
        assert len(stored.problems) == 2
        assert all("(it is named 'factories')" in problem for problem in stored.problems)


def test_iterations_that_are_read_together_are_told_apart(tmp_path: Path) -> None:
    files = {f"iteration-{n}/eval-session-factory/with_skill/outputs/a.md": f"{n}" for n in (1, 2)}
    root = workspace(tmp_path, files)
    arms = [each.arm for each in read_completions(root, CASES).completions]
    assert arms == ["my-skill (iteration-1)", "my-skill (iteration-2)"]
    assert [each.arm for each in read_completions(root / "iteration-2", CASES).completions] == ["my-skill"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"iteration-1/eval-3/with_skill/outputs/picture.png": "x"}, "outputs: holds no text and no code"),
        (
            {"iteration-1/eval-3/with_skill/outputs/a.md": "x"},
            "belongs to no case that is known (it is named 'eval-3')",
        ),
    ],
)
def test_what_cannot_be_used_is_listed(tmp_path: Path, files: dict[str, str], words: str) -> None:
    stored = read_completions(workspace(tmp_path, files), CASES)
    assert stored.completions == ()
    (problem,) = stored.problems
    assert words in problem


def test_a_file_that_cannot_be_read_is_a_problem_beside_the_rest(tmp_path: Path) -> None:
    root = workspace(tmp_path, FILES)
    (root / "iteration-1/eval-0/with_skill/run-1/outputs/broken.py").write_bytes(b"\xff")
    stored = read_completions(root, CASES)
    assert len(stored.completions) == 4
    assert "broken.py:1: is not UTF-8" in stored.problems[0]


def test_more_files_than_are_read_are_a_problem_and_pictures_are_none_of_them(tmp_path: Path) -> None:
    root = workspace(tmp_path, FILES)
    outputs = root / "iteration-1/eval-0/with_skill/run-1/outputs"
    for number in range(300):
        (outputs / f"{number}.png").write_bytes(b"x")
    assert read_completions(root, CASES).problems == ()
    for number in range(300):
        (outputs / f"{number}.py").write_text("x")
    stored = read_completions(root, CASES)
    assert len(stored.completions) == 4
    (problem,) = stored.problems
    assert problem.endswith("run-1/outputs: holds more than 200 files of text and code: the rest is left out")


def test_a_folder_called_outputs_elsewhere_is_an_ordinary_one(tmp_path: Path) -> None:
    (tmp_path / "outputs" / "session-factory").mkdir(parents=True)
    (tmp_path / "outputs" / "session-factory" / "a.md").write_text("A")
    (completion,) = read_completions(tmp_path, CASES).completions
    assert completion.name == "outputs/session-factory/a.md"
