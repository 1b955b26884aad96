from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.cases import load_cases
from harness.endpoints.markdown import MAX_COMPLETION_BYTES, split_case
from harness.endpoints.stored import Stored, read_completions
from harness.errors import InputError
from harness.resources import completions_folder
from harness.verdicts import Outcome, Overall

if TYPE_CHECKING:
    from pathlib import Path

    from harness.completions import Completion

CASES = load_cases()
LABEL = """\
case: test-your-skill
overall: fail
verdicts:
  awaited: fail
  depends: pass
on_postgresql:
  depends: fail
note: forgot it
style: remarks of a labelling tool
"""


def put(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def names(stored: Stored) -> list[tuple[str, str]]:
    return [(completion.case, completion.name) for completion in stored.completions]


def line(**fields: object) -> str:
    return json.dumps({"case": "session-factory", "completion": "x", **fields})


def only(folder: Path) -> Completion:
    stored = read_completions(folder, CASES)
    assert stored.problems == ()
    (completion,) = stored.completions
    return completion


def test_the_stored_completions_are_all_usable() -> None:
    stored = read_completions(completions_folder(), CASES)
    assert stored.problems == ()
    assert len(stored.completions) >= 40
    assert {completion.case for completion in stored.completions} == set(CASES)
    for completion in stored.completions:
        assert completion.expected, completion.name
        labelled = set(completion.expected.verdicts)
        assert labelled <= set(CASES[completion.case].criteria), completion.name
        assert len(labelled) >= 4, completion.name


def test_folders_are_named_after_cases_in_the_order_of_their_paths(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "session-factory/b.md": "B",
            "session-factory/a.v2.md": "A",
            "model-x/test-your-skill/one.md": "1",
            "README.md": "what this folder is",
            ".git/test-your-skill/x.md": "hidden",
            "test-your-skill/notes.txt": "",
        },
    )
    stored = read_completions(tmp_path, CASES)
    assert stored.problems == ()
    assert names(stored) == [
        ("test-your-skill", "model-x/test-your-skill/one.md"),
        ("session-factory", "session-factory/a.v2.md"),
        ("session-factory", "session-factory/b.md"),
    ]
    assert [completion.text for completion in stored.completions] == ["1", "A", "B"]


def test_the_folder_of_a_case_and_a_single_file_can_be_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, {"session-factory/a.md": "A"})
    assert names(read_completions(tmp_path / "session-factory", CASES)) == [("session-factory", "a.md")]
    assert names(read_completions(tmp_path / "session-factory" / "a.md", CASES)) == [("session-factory", "a.md")]
    monkeypatch.chdir(tmp_path / "session-factory")
    assert names(read_completions(type(tmp_path)("."), CASES)) == [("session-factory", "a.md")]


def test_expected_verdicts_stand_beside_the_completion(tmp_path: Path) -> None:
    put(tmp_path, {"test-your-skill/a.md": "A", "test-your-skill/a.yaml": LABEL, "test-your-skill/b.md": "B"})
    first, second = read_completions(tmp_path, CASES).completions
    assert second.expected is None
    assert first.expected is not None
    assert first.expected.note == "forgot it"
    assert first.expected.source == tmp_path / "test-your-skill" / "a.yaml"
    assert first.expected.on("sqlite") == (Overall.FAIL, {"awaited": Outcome.FAIL, "depends": Outcome.PASS})
    assert first.expected.on("postgresql")[1] == {"awaited": Outcome.FAIL, "depends": Outcome.FAIL}


@pytest.mark.parametrize(
    ("label", "where"),
    [
        ("case: x\noverall: ]", "a.yaml:2: is not valid YAML"),
        (LABEL.replace("overall: fail", "overall: maybe"), "a.yaml:2: overall: "),
        (LABEL.replace("awaited: fail", "awaited: no idea"), "a.yaml:4: verdicts.awaited: "),
        (LABEL.replace("awaited: fail", "pool-size: fail"), "a.yaml:4: verdicts.pool-size: is not a criterion"),
        (LABEL.replace("overall: fail\n", ""), "a.yaml:1: overall: Field required"),
        (LABEL.replace("case: test-your-skill", "case: session-factory"), "a.yaml:1: case: is 'session-factory'"),
    ],
)
def test_unusable_expected_verdicts_are_a_problem_and_nothing_is_expected(
    tmp_path: Path, label: str, where: str
) -> None:
    put(tmp_path, {"test-your-skill/a.md": "A", "test-your-skill/a.yaml": label, "test-your-skill/b.md": "B"})
    stored = read_completions(tmp_path, CASES)
    assert [(completion.text, completion.expected) for completion in stored.completions] == [("A", None), ("B", None)]
    (problem,) = stored.problems
    assert where in problem


def test_a_label_that_leads_nowhere_is_a_problem(tmp_path: Path) -> None:
    put(tmp_path, {"test-your-skill/a.md": "A"})
    (tmp_path / "test-your-skill" / "a.yaml").symlink_to(tmp_path / "nowhere")
    stored = read_completions(tmp_path, CASES)
    assert [completion.text for completion in stored.completions] == ["A"]
    assert stored.problems == (f"{tmp_path}/test-your-skill/a.yaml: does not exist",)


def test_front_matter_names_the_case_and_lines_stay_where_they_are(tmp_path: Path) -> None:
    put(tmp_path, {"a.md": "---\ncase: session-factory\nmodel: some-model\narm: skill\nsample: 3\n---\nAnswer\n"})
    completion = only(tmp_path)
    assert (completion.case, completion.model, completion.arm, completion.sample) == (
        "session-factory",
        "some-model",
        "skill",
        3,
    )
    assert completion.text == "\n\n\n\n\n\nAnswer\n"


@pytest.mark.parametrize(
    "text",
    [
        "---\nAn answer that begins with a rule\n---\nmore",
        "---\ncase: session-factory\nnever closed",
        "---\ncase\nmodel: m\n---\n",
        "---\nmodel: m\nname: my-skill\n---\n",
        "--- \n---\n",
        "",
    ],
)
def test_what_only_looks_like_front_matter_belongs_to_the_completion(text: str) -> None:
    front, rest = split_case(text, "a.md")
    assert (front.data, rest) == ({}, text)


def test_front_matter_need_not_repeat_the_case_of_the_folder(tmp_path: Path) -> None:
    put(tmp_path, {"session-factory/a.md": "---\narm: skill\n\nsample: 3\n---\nAnswer\n"})
    completion = only(tmp_path)
    assert (completion.case, completion.arm, completion.sample) == ("session-factory", "skill", 3)
    assert completion.text.strip() == "Answer"


def test_front_matter_goes_before_the_folder(tmp_path: Path) -> None:
    put(tmp_path, {"test-your-skill/a.md": "---\r\ncase: session-factory\r\n---\r\nAnswer"})
    completion = only(tmp_path)
    assert completion.case == "session-factory"
    assert completion.text.splitlines()[3] == "Answer"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("stray.md", "text", "stray.md: belongs to no case: put it in a folder named after its case"),
        ("no-such-case/a.md", "text", "names the case 'no-such-case', which is not known; known: "),
        ("a.md", "---\ncase: nope\n---\n", "names the case 'nope'"),
        ("a.md", "---\ncase: [\n---\n", "a.md:2: is not valid YAML"),
        ("a.md", "---\ncase: session-factory\nsample: q\n---\n", "a.md:3: sample: is not the number of a sample"),
        ("a.md", "---\ncase: session-factory\nsample: true\n---\n", "a.md:3: sample: is not the number"),
        ("a.md", "---\ncase: session-factory\nmodel: m\narm: [a]\n---\n", "a.md:4: arm: is not text"),
        ("a.md", "---\ncase: session-factory\nmodel: yes\n---\n", "a.md:3: model: is not text"),
        ("session-factory/a.md", b"ok\nnot \xff ok", "a.md:2: is not UTF-8 text"),
        ("session-factory/a.md", b"\xff\xfeA\x00", "a.md:1: is not UTF-8 text"),
        ("session-factory/a.md", b"x" * (MAX_COMPLETION_BYTES + 1), "larger than the limit"),
        ("session-factory/a.yaml", LABEL, "there is no a.md beside it"),
        ("a.jsonl", "{", "a.jsonl:1: is not JSON: "),
        ("a.jsonl", '\n\n["x"]', "a.jsonl:3: is not a JSON object"),
        ("a.jsonl", "[" * 100_000, "a.jsonl:1: is not JSON that can be read"),
        ("a.jsonl", '{"case": "session-factory", "n": ' + "9" * 5000 + "}", "a.jsonl:1: is not JSON that can be read"),
        ("a.jsonl", b'{"case": "\xff"}', "a.jsonl:1: is not UTF-8"),
        ("a.jsonl", '{"completion": "x"}', "a.jsonl:1: names no case"),
        ("a.jsonl", '{"case": "nope", "completion": "x"}', "a.jsonl:1: names the case 'nope'"),
        ("a.jsonl", line(model=5), "a.jsonl:1: model: is not text"),
        ("a.jsonl", line(arm=["a"]), "a.jsonl:1: arm: is not text"),
        ("a.jsonl", "\n" + line(sample="q"), "a.jsonl:2: sample: is not the number of a sample: use 0, 1, 2, ..."),
        ("a.jsonl", line(sample=True), "a.jsonl:1: sample: is not"),
        ("a.jsonl", line(sample=-3), "a.jsonl:1: sample: is not"),
        ("a.jsonl", line(sample=1.5), "a.jsonl:1: sample: is not"),
        ("a.jsonl", '{"case": "session-factory"}', "a.jsonl:1: holds no text"),
        ("a.jsonl", '{"case": "session-factory", "choices": [{"message": {"content": null}}]}', "holds no text"),
        ("a.jsonl", '{"case": "session-factory", "choices": "x"}', "holds no text"),
    ],
)
def test_nothing_is_dropped_silently(tmp_path: Path, name: str, content: str | bytes, words: str) -> None:
    put(tmp_path, {"test-your-skill/good.md": "good", name: content})
    stored = read_completions(tmp_path, CASES)
    assert [completion.text for completion in stored.completions] == ["good"]
    (problem,) = stored.problems
    assert words in problem
    assert "\n" not in problem


def test_lines_without_a_number_are_counted_in_each_arm(tmp_path: Path) -> None:
    """So that the arms of one file can be paired."""
    known = {"case": "session-factory", "completion": "x"}
    records = [known | {"arm": arm} for arm in ("none", "mine", "none", "mine")] + [
        known | {"arm": "mine", "sample": 7}
    ]
    put(tmp_path, {"a.jsonl": "\n".join(map(json.dumps, [*records, known | {"arm": "mine"}]))})
    found = [(each.arm, each.sample) for each in read_completions(tmp_path, CASES).completions]
    assert found == [("none", 0), ("mine", 0), ("none", 1), ("mine", 1), ("mine", 7), ("mine", 8)]


def test_json_lines_in_the_shapes_of_common_tools(tmp_path: Path) -> None:
    message = {"role": "assistant", "content": "four"}
    parts = {"content": [{"type": "text", "text": "fi"}, {"type": "image"}, {"type": "text", "text": "ve"}]}
    records = [
        {"case": "session-factory", "completion": "one", "model": "m", "arm": "baseline", "sample": 2},
        {"task_id": "test-your-skill", "text": "two"},
        {"task_id": "test-your-skill", "solution": "three \ud800"},
        {"case": "test-your-skill", "choices": [{"message": message}, {"message": parts}]},
    ]
    put(tmp_path, {"runs.jsonl": "\ufeff" + "\n".join(json.dumps(record) for record in records)})
    stored = read_completions(tmp_path, CASES)
    assert stored.problems == ()
    assert [(c.case, c.name, c.text, c.sample) for c in stored.completions] == [
        ("session-factory", "runs.jsonl:1", "one", 2),
        ("test-your-skill", "runs.jsonl:2", "two", 0),
        ("test-your-skill", "runs.jsonl:3", "three \ufffd", 1),
        ("test-your-skill", "runs.jsonl:4:choices[0]", "four", 2),
        ("test-your-skill", "runs.jsonl:4:choices[1]", "five", 3),
    ]
    assert (stored.completions[0].model, stored.completions[0].arm) == ("m", "baseline")


@pytest.mark.parametrize(
    "reply",
    [
        {
            "choices": [
                {"message": {"content": [{"type": "reasoning", "text": "hm"}, {"type": "text", "text": "said"}]}}
            ]
        },
        {"choices": [{"message": {"content": None, "refusal": "said"}}]},
        {"choices": [{"text": "said"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "said"}]},
        {"object": "response", "output": [{"type": "message", "content": [{"type": "output_text", "text": "said"}]}]},
        {"request": {"model": "m"}, "response": {"choices": [{"message": {"content": "said"}}]}},
    ],
    ids=["chat", "refusal", "text", "message", "response", "logged"],
)
def test_a_line_that_names_its_case_holds_any_reply(tmp_path: Path, reply: dict[str, Any]) -> None:
    known = {"case": "session-factory", "arm": "mine", "sample": 4}
    put(tmp_path, {"test-your-skill.jsonl": json.dumps(reply | known)})
    completion = only(tmp_path)
    assert (completion.case, completion.text) == ("session-factory", "said")
    assert (completion.arm, completion.sample) == ("mine", 4)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", line(arm=None, model=None, sample=None)),
        ("a.md", "---\ncase: session-factory\narm:\nmodel: ~\nsample: null\n---\n"),
    ],
)
def test_null_is_as_good_as_absent(tmp_path: Path, name: str, content: str) -> None:
    completion = only(put(tmp_path, {name: content}))
    assert (completion.arm, completion.model, completion.sample) == ("", None, 0)


def test_a_model_that_yaml_takes_for_a_number(tmp_path: Path) -> None:
    assert only(put(tmp_path, {"a.md": "---\ncase: session-factory\nmodel: 4.1\n---\n"})).model == "4.1"


def test_a_line_without_end_does_not_hide_the_next(tmp_path: Path) -> None:
    good = json.dumps({"case": "session-factory", "completion": "good"})
    put(tmp_path, {"a.jsonl": b"x" * (MAX_COMPLETION_BYTES + 100) + b"\n" + good.encode()})
    stored = read_completions(tmp_path, CASES)
    assert [completion.text for completion in stored.completions] == ["good"]
    assert "a.jsonl:1: is longer than the limit" in stored.problems[0]


def test_empty_and_marked_completions_are_completions(tmp_path: Path) -> None:
    put(tmp_path, {"session-factory/empty.md": b"", "session-factory/mark.md": b"\xef\xbb\xbfhello"})
    stored = read_completions(tmp_path, CASES)
    assert [completion.text for completion in stored.completions] == ["", "hello"]


def test_pipes_and_folders_in_the_way_are_problems(tmp_path: Path) -> None:
    put(tmp_path, {"session-factory/good.md": "good"})
    os.mkfifo(tmp_path / "session-factory" / "pipe.md")
    (tmp_path / "session-factory" / "gone.md").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.jsonl")
    stored = read_completions(tmp_path, CASES)
    assert [completion.text for completion in stored.completions] == ["good"]
    assert len(stored.problems) == 3


@pytest.mark.parametrize(
    ("name", "words"), [("missing", "does not exist"), ("empty", "holds no completions"), ("a.txt", "neither a folder")]
)
def test_a_path_without_completions_is_an_error(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(InputError, match=words):
        read_completions(tmp_path / name, CASES)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(tmp_path: Path, content: bytes) -> None:
    put(tmp_path, {"session-factory/a.md": content, "b.jsonl": content, "test-your-skill/good.md": "good"})
    stored = read_completions(tmp_path, CASES)
    assert any(completion.text == "good" for completion in stored.completions)
