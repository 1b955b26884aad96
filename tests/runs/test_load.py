from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import InputError
from harness.reports.json import grade_to_json, to_line, to_text
from harness.runs.grades import grade_from_json
from harness.runs.load import load_run
from harness.verdicts import Evidence, Grade, Outcome, Overall, State, Verdict

if TYPE_CHECKING:
    from pathlib import Path

WORDS = st.text(max_size=10)
GRADES = st.builds(
    Grade,
    case=st.text(min_size=1, max_size=10),
    completion=WORDS,
    overall=st.sampled_from(Overall),
    verdicts=st.dictionaries(
        WORDS,
        st.builds(
            Verdict,
            outcome=st.sampled_from(Outcome),
            reason=WORDS,
            static=st.sampled_from([None, State.PASS, State.FAIL, State.UNKNOWN]),
            dynamic=st.sampled_from([None, State.PASS, State.FAIL, State.UNKNOWN]),
            evidence=st.lists(st.builds(Evidence, WORDS, st.integers(0, 99), WORDS), max_size=2).map(tuple),
            remedy=WORDS,
        ),
        max_size=2,
    ),
    database=WORDS,
    arm=WORDS,
    model=st.none() | WORDS,
    sample=st.integers(0, 99),
    error=WORDS,
    environment=st.dictionaries(WORDS, st.none() | WORDS | st.dictionaries(WORDS, WORDS), max_size=2),
)


def record(**fields: Any) -> dict[str, Any]:
    return grade_to_json(Grade("a-case", "one.md", Overall.PASS, {"awaited": Verdict(Outcome.PASS, "")})) | fields


def kept(folder: Path, *records: object, run: object = None) -> Path:
    (folder / "grades.jsonl").write_text("".join(json.dumps(each) + "\n" for each in records))
    if run is not None:
        (folder / "run.json").write_text(json.dumps({"run": run, "summary": {}}))
    return folder


LINE = json.dumps(record()) + "\n"


@given(GRADES)
def test_every_field_of_a_grade_is_read_back(grade: Grade) -> None:
    assert grade_from_json(json.loads(to_line(grade_to_json(grade))), "here") == grade


def test_a_folder_with_what_is_known_of_the_run(tmp_path: Path) -> None:
    run = load_run(str(kept(tmp_path, record(), record(sample=1), run={"databases": ["sqlite"], "problems": ["odd"]})))
    assert run.name == str(tmp_path)
    assert run.header["databases"] == ["sqlite"]
    assert run.problems == ("odd",)
    assert [grade.sample for grade in run.grades] == [0, 1]


@pytest.mark.parametrize("name", ["grades.jsonl", "output", "grades.txt"])
def test_grades_alone(tmp_path: Path, name: str) -> None:
    kept(tmp_path, record(), record(sample=1)).joinpath("grades.jsonl").rename(tmp_path / name)
    run = load_run(str(tmp_path / name))
    assert (len(run.grades), run.header) == (2, {})


@pytest.mark.parametrize("write", [to_text, to_line])
def test_the_output_of_format_json(tmp_path: Path, write: Any) -> None:
    (tmp_path / "out").write_text(write({"run": {"started": "today"}, "grades": [record(arm="x")], "summary": {}}))
    run = load_run(str(tmp_path / "out"))
    assert (run.header, run.grades[0].arm) == ({"started": "today"}, "x")


def test_a_run_killed_while_it_wrote_keeps_its_grades(tmp_path: Path) -> None:
    kept(tmp_path, record())
    with (tmp_path / "grades.jsonl").open("a") as stream:
        stream.write('{"case": "a-')
    run = load_run(str(tmp_path))
    assert len(run.grades) == 1
    assert run.problems == (
        f"{tmp_path}/grades.jsonl:2: is cut off: the run was ended while it wrote this grade",
        f"{tmp_path}: holds no run.json: the run was killed or goes on, and not all may be judged",
    )


def test_a_run_that_was_interrupted_says_so(tmp_path: Path) -> None:
    run = load_run(str(kept(tmp_path, record(), run={"interrupted": True, "problems": ["odd"]})))
    assert run.problems == ("odd", f"{tmp_path}: the run was interrupted: not all is judged")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "holds no grades.jsonl"),
        ({"grades.jsonl": ""}, "grades.jsonl: holds no grades"),
        ({"grades.jsonl": "{\n"}, "grades.jsonl:1: is not a grade in JSON"),
        ({"grades.jsonl": "[]\n"}, "grades.jsonl:1: is not a grade: "),
        ({"grades.jsonl": json.dumps(record(overall="good")) + "\n"}, "grades.jsonl:1: is not a grade: overall: "),
        ({"grades.jsonl": json.dumps(record(sample=-1)) + "\n"}, "grades.jsonl:1: is not a grade: sample: "),
        ({"grades.jsonl": json.dumps(record()) + "\n", "run.json": "{"}, "run.json:1: is not JSON"),
        (
            {"grades.jsonl": json.dumps(record()) + "\n", "run.json": '{"run": 1}'},
            "run.json: run: is not a JSON object",
        ),
        ({"grades.jsonl": json.dumps(record()) + "\n", "run.json": "[" * 100_000}, "run.json: is not JSON that can be"),
    ],
)
def test_a_folder_that_cannot_be_used(tmp_path: Path, files: dict[str, str], words: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError) as raised:
        load_run(str(tmp_path))
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds no grades"),
        (b'{"a": 1}', "is not a grade"),
        (b'{\n"a": 1}', "holds no grades"),
        (b'{"grades": 5}', "holds no grades"),
        (b'{"grades": [{}]}', "grades[0]: is not a grade: case: "),
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"words", "is not JSON"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "run").write_bytes(content)
    with pytest.raises(InputError) as raised:
        load_run(str(tmp_path / "run"))
    assert words in str(raised.value)


@pytest.mark.parametrize("name", ["nowhere", "a\0b"])
def test_what_is_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        load_run(str(tmp_path / name))


def test_a_pipe_is_no_run(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "grades.jsonl")
    for reference in (tmp_path, tmp_path / "grades.jsonl"):
        with pytest.raises(InputError, match="is not a regular file"):
            load_run(str(reference))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.data())
def test_no_change_of_a_file_ends_in_a_traceback(tmp_path: Path, data: st.DataObject) -> None:
    whole = bytearray(to_text({"run": {}, "grades": [record()]}).encode())
    start = data.draw(st.integers(0, len(whole)))
    whole[start : start + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=5))
    (tmp_path / "run").write_bytes(whole)
    with contextlib.suppress(InputError):
        load_run(str(tmp_path / "run"))
