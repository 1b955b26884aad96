from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.cases import load_cases
from harness.endpoints.formats import FORMATS, recognised
from harness.endpoints.stored import Stored, read_completions
from harness.errors import InputError
from tests.endpoints.formats import written as w

CASES = load_cases()
SCOPING, SKILL, FACTORY = CASES["request-scoping"].prompt, "test-your-skill", "session-factory"
Row = tuple[str, str, str | None, int, str]


def rows(stored: Stored) -> list[Row]:
    """Case, arm, model, sample and text of each completion."""
    return [(each.case, each.arm, each.model, each.sample, each.text) for each in stored.completions]


def read(folder: Path, name: str, content: object) -> Stored:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif name.endswith(".jsonl") and isinstance(content, list):
        path.write_text("".join(json.dumps(each) + "\n" for each in content))
    else:
        path.write_text(json.dumps(content, indent=2))
    return read_completions(path, CASES)


SHAPES: dict[str, tuple[str, object, list[Row]]] = {
    "chat completion, named by its file": (
        "test-your-skill.json",
        w.chat("A", "B"),
        [(SKILL, "", "gpt-5", 0, "A"), (SKILL, "", "gpt-5", 1, "B")],
    ),
    "chat completions, by the prompt beside them": (
        "log.jsonl",
        [w.chat("A", messages=[{"role": "system", "content": "x"}, {"role": "user", "content": f" {SCOPING}\n"}])],
        [("request-scoping", "", "gpt-5", 0, "A")],
    ),
    "chat completions by their metadata, in a list": (
        "all.json",
        [w.chat("A", metadata={"case": SKILL, "arm": "none"}), w.chat("B", metadata={"case": SKILL, "arm": "mine"})],
        [(SKILL, "none", "gpt-5", 0, "A"), (SKILL, "mine", "gpt-5", 0, "B")],
    ),
    "a refusal is what the model said": (
        "session-factory.json",
        {"choices": [{"message": {"role": "assistant", "content": None, "refusal": "I cannot."}}]},
        [(FACTORY, "", None, 0, "I cannot.")],
    ),
    "text completions": ("session_factory.json", {"choices": [{"text": "A"}]}, [(FACTORY, "", None, 0, "A")]),
    "requests with their responses": (
        "log.jsonl",
        [{"request": {"model": "m", "messages": [{"role": "user", "content": SCOPING}]}, "response": w.chat("A")}],
        [("request-scoping", "", "gpt-5", 0, "A")],
    ),
    "responses": (
        "responses.jsonl",
        [w.response("A", "B", input=SCOPING), w.response("C", input=[{"role": "user", "content": SCOPING}])],
        [("request-scoping", "", "gpt-5", 0, "A\n\nB"), ("request-scoping", "", "gpt-5", 1, "C")],
    ),
    "OpenAI's batches": (
        "batch_67_output.jsonl",
        [
            w.openai_batch("test-your-skill-1", w.chat("A")),
            w.openai_batch("none/session_factory/2", w.response("B")),
            w.openai_batch("test-your-skill-2", w.chat("C")),
            w.openai_batch("row 17: my-skill__session_factory__2", w.chat("D")),
            w.openai_batch("session-factory 3f", w.chat("E", "F")),
        ],
        [
            (SKILL, "", "gpt-5", 1, "A"),
            (FACTORY, "none", "gpt-5", 2, "B"),
            (SKILL, "", "gpt-5", 2, "C"),
            (FACTORY, "row : my-skill", "gpt-5", 2, "D"),
            (FACTORY, "", "gpt-5", 0, "E"),
            (FACTORY, "", "gpt-5", 1, "F"),
        ],
    ),
    "a message": ("test-your-skill.json", w.message("A", "B"), [(SKILL, "", "claude-opus-5", 0, "AB")]),
    "Anthropic's batches": (
        "results.jsonl",
        [
            w.anthropic_batch("session-factory", w.message("A")),
            w.anthropic_batch("3-none-session-factory-4", w.message("B")),
        ],
        [(FACTORY, "", "claude-opus-5", 0, "A"), (FACTORY, "none", "claude-opus-5", 4, "B")],
    ),
    "EvalPlus": (
        "samples.jsonl",
        [
            {"task_id": SKILL, "solution": "A", "_identifier": "test-your-skill (line 1 in x)"},
            {"task_id": f"Ours/{SKILL}", "completion": "B"},
            {"task_id": FACTORY, "solution": "C", "sample": 7, "model": "m"},
        ],
        [(SKILL, "", None, 0, "A"), (SKILL, "", None, 1, "B"), (FACTORY, "", "m", 7, "C")],
    ),
    "lm-eval": (
        "samples_ours_2026-01-01T00-00-00.000000.jsonl",
        [
            w.lm_eval(0, {"task_id": SKILL}, "x", ["A", "B"], "strict"),
            w.lm_eval(0, {"task_id": SKILL}, "x", ["A", "B"], "flexible"),
            w.lm_eval(1, {}, [json.dumps([{"role": "user", "content": SCOPING}])], ["C"]),
            w.lm_eval(2, {}, "x", ["D"]) | {"arguments": [[SCOPING, {}]]},
        ],
        [
            (SKILL, "", None, 0, "A"),
            (SKILL, "", None, 1, "B"),
            ("request-scoping", "", None, 0, "C"),
            ("request-scoping", "", None, 1, "D"),
        ],
    ),
    "Inspect, as JSON": (
        "log.json",
        w.inspect_header()
        | {
            "samples": [
                w.inspect_sample(SKILL, 1, "A", metadata={"arm": "mine"}),
                w.inspect_sample(SKILL, 2, "B", metadata={"arm": "mine"}),
                w.inspect_sample(3, 1, "attachment://f00", input=SCOPING, attachments={"f00": "C"}),
            ]
        },
        [
            (SKILL, "mine", "mockllm/model", 0, "A"),
            (SKILL, "mine", "mockllm/model", 1, "B"),
            ("request-scoping", "", "mockllm/model", 0, "C"),
        ],
    ),
    "Inspect, as an archive": (
        "2026-11-23T12-56-00-00-00_my-task_cUuq.eval",
        w.inspect_archive(w.inspect_header(task="session_factory"), [w.inspect_sample(1, 2, "A")]),
        [(FACTORY, "", "mockllm/model", 1, "A")],
    ),
    "Inspect, as an archive of older versions": (
        "a.eval",
        w.inspect_archive(
            w.inspect_header(task="session_factory"), [w.inspect_sample(1, 2, "A")], method=zipfile.ZIP_DEFLATED
        ),
        [(FACTORY, "", "mockllm/model", 1, "A")],
    ),
    "promptfoo": (
        "results.json",
        w.promptfoo(
            w.promptfoo_row("A") | {"vars": {"prompt": SCOPING}},
            w.promptfoo_row("B", "with skill") | {"vars": {"case": SKILL}, "provider": "exec:x"},
            w.promptfoo_row("C", testCase={"metadata": {"case": FACTORY, "arm": "none"}}),
        ),
        [
            ("request-scoping", "", "openai:gpt-5", 0, "A"),
            (SKILL, "with skill", "exec:x", 0, "B"),
            (FACTORY, "none", "openai:gpt-5", 0, "C"),
        ],
    ),
    "promptfoo, providers of the same model, and a prompt around the case's": (
        "results.json",
        w.promptfoo(
            w.promptfoo_row("A", vars={"task": SCOPING}, provider={"id": "openai:gpt-5", "label": "bare"}),
            w.promptfoo_row(
                "B",
                vars={"task": SCOPING},
                prompt={"raw": f"You have a skill. {SCOPING}", "label": "{{task}}"},
                provider={"id": "openai:gpt-5", "label": "with skill"},
            ),
        ),
        [
            ("request-scoping", "", "openai:gpt-5 (bare)", 0, "A"),
            ("request-scoping", "", "openai:gpt-5 (with skill)", 0, "B"),
        ],
    ),
    "promptfoo, before 0.100": (
        "results.json",
        {"version": 2, "results": [w.promptfoo_row("A", vars={"case": SKILL})]},
        [(SKILL, "", "openai:gpt-5", 0, "A")],
    ),
    "promptfoo, one result a line": (
        "results.jsonl",
        [w.promptfoo_row("A", vars={"case": SKILL}), w.promptfoo_row("B", vars={"case": SKILL})],
        [(SKILL, "", "openai:gpt-5", 0, "A"), (SKILL, "", "openai:gpt-5", 1, "B")],
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_format_is_read_with_case_arm_model_and_sample(tmp_path: Path, shape: str) -> None:
    name, content, expected = SHAPES[shape]
    stored = read(tmp_path, name, content)
    assert stored.problems == ()
    assert rows(stored) == expected
    names = [(each.case, each.name, each.sample) for each in stored.completions]
    assert len(set(names)) == len(names)


def test_each_module_is_in_the_registry() -> None:
    folder = Path(__file__).parents[3] / "harness" / "endpoints" / "formats"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "output", "replies"}
    assert {read.__module__.rpartition(".")[2] for read in FORMATS} == modules


UNUSABLE: list[tuple[str, object, str]] = [
    ("a.json", {"choices": []}, "a.json: has no choices"),
    ("a.json", {"some": "thing"}, "a.json: holds no output in a form that is known"),
    ("a.json", [w.chat("A")], "a.json[0]: belongs to no case that is known: name the case in its id"),
    ("test-your-skill.json", w.chat(None), "holds no text"),
    ("test-your-skill.json", w.message(), "holds no text (it stopped for end_turn)"),
    (
        "a.jsonl",
        [w.openai_batch("test-your-skill", None)],
        "a.jsonl:1: was not answered: This request could not be executed in time.",
    ),
    ("a.jsonl", [w.openai_batch(SKILL, {"error": {"message": "slow down"}}, status=429)], "not answered: slow down"),
    ("a.jsonl", [w.openai_batch(SKILL, {"strange": 1})], "a.jsonl:1: holds no reply that is known"),
    ("a.jsonl", [w.anthropic_batch(SKILL, None)], "a.jsonl:1: was not answered: errored: bad input"),
    ("a.jsonl", [{"custom_id": SKILL, "result": {"type": "expired"}}], "was not answered: expired"),
    ("a.jsonl", [w.openai_batch("request-7", w.chat("A"))], "(it is named 'request-7')"),
    ("a.jsonl", [w.openai_batch("test-your-skill session-factory", w.chat("A"))], "belongs to no case"),
    ("a.jsonl", [{"task_id": "HumanEval/0", "solution": "A"}], "belongs to no case that is known (it is named 'Human"),
    ("a.jsonl", [{"task_id": "latest-your-skill", "solution": "A"}], "belongs to no case that is known"),
    ("a.jsonl", [{"task_id": "test-your-skills", "solution": "A"}], "belongs to no case that is known"),
    ("a.jsonl", [w.lm_eval(0, {}, "x", ["A"]) | {"resps": [[[-1.5, False]]]}], "not asked to generate"),
    ("a.json", w.inspect_header(), "a.json: holds no samples"),
    (
        "a.json",
        w.inspect_header() | {"samples": [w.inspect_sample(SKILL, 1, "half") | {"error": {"message": "cut\n off"}}]},
        "a.json: samples[0]: broke off: cut off",
    ),
    ("a.json", w.promptfoo(), "a.json: holds no results"),
    ("a.json", w.promptfoo(w.promptfoo_row(None, error="no key")), "a.json: results[0]: holds no text: no key"),
    ("a.json", w.promptfoo(w.promptfoo_row({"a": 1})), "results[0]: holds no text"),
    ("a.eval", b"PK\x03\x04 no zip", "a.eval: cannot be read as a log of Inspect"),
    ("a.eval", b"", "a.eval: cannot be read as a log of Inspect"),
    ("a.json", b"", "a.json:1: is not JSON"),
    ("a.json", b"[" * 100_000, "is not JSON that can be read"),
    ("a.json", b"\xff\xfe", "is not UTF-8"),
    ("a.json", [], "a.json: holds no output"),
]


@pytest.mark.parametrize(("name", "content", "words"), UNUSABLE)
def test_what_cannot_be_used_is_listed(tmp_path: Path, name: str, content: object, words: str) -> None:
    stored = read(tmp_path, name, content)
    assert stored.completions == ()
    (problem,) = stored.problems
    assert words in problem
    assert "\n" not in problem


def test_an_archive_in_a_compression_that_is_not_known_is_one_clear_line(tmp_path: Path) -> None:
    raw = bytearray(w.inspect_archive(w.inspect_header(), [w.inspect_sample(1, 1, "A")], method=zipfile.ZIP_STORED))
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        place = raw.find(mark)
        while place >= 0:
            raw[place + offset : place + offset + 2] = (97).to_bytes(2, "little")
            place = raw.find(mark, place + 4)
    stored = read(tmp_path, "a.eval", bytes(raw))
    (problem,) = stored.problems
    assert "inspect log convert --to json" in problem


@pytest.mark.parametrize("method", [w.ZSTD, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_a_member_that_unpacks_to_much_more_than_it_is(
    tmp_path: Path, method: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.endpoints.documents.MAX_MEMBER_BYTES", 2**20)
    samples = [w.inspect_sample(SKILL, 1, "x" * 2**20), w.inspect_sample(SKILL, 2, "B")]
    raw = w.inspect_archive(w.inspect_header(), samples, method=method)
    assert len(raw) < 100_000
    stored = read(tmp_path, "a.eval", raw)
    assert [each.text for each in stored.completions] == ["B"]
    assert "is larger than the limit of 1024 KiB" in stored.problems[0]


def test_a_broken_member_is_a_problem_and_the_rest_is_read(tmp_path: Path) -> None:
    samples = [w.inspect_sample(SKILL, 1, "FIRST"), w.inspect_sample(SKILL, 2, "B")]
    raw = w.inspect_archive(w.inspect_header(), samples, method=zipfile.ZIP_STORED).replace(b"FIRST", b"OTHER", 1)
    stored = read(tmp_path, "a.eval", raw)
    assert [each.text for each in stored.completions] == ["B"]
    assert "cannot be unpacked: Bad CRC-32" in stored.problems[0]


def test_lines_in_a_json_file_and_a_document_in_a_jsonl_file(tmp_path: Path) -> None:
    lines = [w.openai_batch(SKILL, w.chat("A")), w.openai_batch(SKILL, w.chat("B"))]
    (tmp_path / "a.json").write_text("\n".join(map(json.dumps, lines)))
    assert [each.text for each in read_completions(tmp_path / "a.json", CASES).completions] == ["A", "B"]
    (tmp_path / "b.jsonl").write_text(json.dumps(w.chat("A", metadata={"case": SKILL}), indent=1))
    assert [each.text for each in read_completions(tmp_path / "b.jsonl", CASES).completions] == ["A"]


def test_folders_hold_other_json_too(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"run": {}}')
    (tmp_path / SKILL).mkdir()
    (tmp_path / SKILL / "reply.json").write_text(json.dumps(w.chat("A")))
    stored = read_completions(tmp_path, CASES)
    assert stored.problems == ()
    assert rows(stored) == [(SKILL, "", "gpt-5", 0, "A")]


def test_the_folder_that_is_given_may_name_the_case(tmp_path: Path) -> None:
    assert rows(read(tmp_path, f"{SKILL}/reply.json", w.chat("A"))) == [(SKILL, "", "gpt-5", 0, "A")]


def test_a_name_goes_before_the_prompt_and_the_prompt_before_the_file(tmp_path: Path) -> None:
    asked = {"messages": [{"role": "user", "content": SCOPING}]}
    by_name = read(tmp_path, "session-factory.json", w.chat("A", metadata={"case": SKILL}, **asked))
    by_prompt = read(tmp_path, "session-factory.json", w.chat("A", **asked))
    assert [each.case for each in (*by_name.completions, *by_prompt.completions)] == [SKILL, "request-scoping"]


MANY = json.dumps([content for _, content, _ in SHAPES.values() if not isinstance(content, bytes)])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a document: what holds it, and under which key."""
    found: list[tuple[Any, Any]] = []
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in list(keys):
        found += [(value, key), *places(value[key])]
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_change_of_a_document_ends_in_a_traceback(tmp_path: Path, data: st.DataObject) -> None:
    """One or two values of a document are another one's, or anything else."""
    document = [record for each in json.loads(MANY) for record in (each if isinstance(each, list) else [each])]
    changed = data.draw(st.sampled_from(document))
    spots = places(changed)
    for _ in range(data.draw(st.integers(1, 2))):
        holder, key = data.draw(st.sampled_from(spots))
        holder[key] = data.draw(ANYTHING)
    stored = read(tmp_path, "test-your-skill.json", changed)
    assert stored.completions or stored.problems
    assert all("\n" not in problem for problem in stored.problems)
    json.dumps([each.text for each in stored.completions]).encode()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_change_of_an_archive_ends_in_a_traceback(tmp_path: Path, data: st.DataObject) -> None:
    raw = bytearray(w.inspect_archive(w.inspect_header(), [w.inspect_sample(SKILL, 1, "A")]))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(raw)))
        raw[start : start + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=6))
    stored = read(tmp_path, "a.eval", bytes(raw))
    assert stored.completions or stored.problems


def test_an_archive_of_a_version_to_come_is_told(tmp_path: Path) -> None:
    raw = bytearray(w.inspect_archive(w.inspect_header(), [w.inspect_sample(SKILL, 1, "A")]))
    raw[raw.index(b"PK\x01\x02") + 6] = 64  # the version that is needed to read a member, times 10
    (problem,) = read(tmp_path, "a.eval", bytes(raw)).problems
    assert problem.endswith("a.eval: cannot be read as a log of Inspect: zip file version 6.4")


def test_a_missing_archive_and_a_folder_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_completions(tmp_path / "a.eval", CASES)
    assert recognised({}) is None
