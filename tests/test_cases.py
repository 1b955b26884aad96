from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.cases import SCHEMA_NAME, Case, Complete, Probe, load_case, load_cases, schema_text
from harness.documents import MAX_YAML_BYTES, parse_document, read_document
from harness.errors import InputError
from harness.resources import cases_folder

if TYPE_CHECKING:
    from pathlib import Path

VALID = """\
id: my-case
title: Mine
prompt: |
  Write it.
complete: nothing
context:
  entities:
    Task: {fields: {title: str, done: "bool | None"}, parents: {project: Project}}
    Project: {fields: {name: str}}
  endpoint: null
criteria: [session-import, awaited]
probe: create
"""


def test_the_four_prompts_of_the_lesson_are_built_in() -> None:
    cases = load_cases()
    assert set(cases) == {"test-your-skill", "debug-missing-greenlet", "session-factory", "request-scoping"}
    assert cases["test-your-skill"].complete is Complete.EVERYTHING
    assert cases["session-factory"].complete is Complete.CONFIGURATION
    assert cases["request-scoping"].probe is Probe.SCOPING
    shown = cases["debug-missing-greenlet"].context.endpoint
    assert shown is not None
    assert shown.answer in cases["debug-missing-greenlet"].prompt
    assert "I'm getting this error in my FastAPI endpoint:" in cases["debug-missing-greenlet"].prompt


def test_a_folder_adds_cases_and_replaces_built_in_ones(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(VALID)
    (tmp_path / "b.yml").write_text(VALID.replace("my-case", "session-factory"))
    (tmp_path / "notes.txt").write_text("not a case")
    cases = load_cases(tmp_path)
    assert len(cases) == 5
    assert cases["my-case"].context.entities["Task"].parents == {"project": "Project"}
    assert cases["session-factory"].title == "Mine"


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("title: Mine", "titel: Mine"), 2, "titel: is not a field"),
        (("title: Mine\n", ""), 1, "title: is missing"),
        (("id: my-case", "id: My Case"), 1, "id: is not an id: use lower-case letters and digits"),
        (("nothing", "some"), 5, "complete: "),
        (("[session-import, awaited]", "[session-import, awaitd]"), 11, "criteria.1: 'awaitd' is not a criterion"),
        (("[session-import, awaited]", "[]"), 11, "criteria: "),
        (("[session-import, awaited]", "[awaited, awaited]"), 1, "names one twice"),
        (("[session-import, awaited]", "awaited"), 11, "criteria: "),
        (("probe: create", "probe: guess"), 12, "probe: "),
        (("title: str", "title: 'str |'"), 8, "context.entities.Task.fields.title: 'str |' is not a Python type"),
        (("title: str", "class: str"), 8, "'class' is not a Python name"),
        (("project: Project}", "project: Projekt}"), 6, "leads to Projekt"),
        (("Write it.", "Write\x07it."), 4, "a character that YAML does not allow"),
        (("complete: nothing", "complete: nothing\ncomplete: nothing"), 6, "complete is given twice"),
        (("endpoint: null", "endpoint: {head: "), 11, "is not valid YAML"),
        (("endpoint: null", "endpoint: &a [*a]"), 10, "aliases"),
        (("endpoint: null", "endpoint: !!python/name:os.system"), 10, "is not valid YAML"),
        (("endpoint: null", "endpoint: " + "[" * 2000), 10, "nested deeper"),
        (("title: Mine", "title: 2020-13-45"), None, "month must be"),
        (("title: Mine", "title: " + "9" * 5000), None, "cannot be read"),
    ],
)
def test_an_invalid_case_names_file_line_and_field(
    tmp_path: Path, change: tuple[str, str], line: int | None, words: str
) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(VALID.replace(*change, 1))
    with pytest.raises(InputError) as caught:
        load_case(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: " if line else f"{path}: ")
    assert words in message
    assert "\n" not in message


def test_the_number_of_reported_problems_is_limited(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(VALID + "".join(f"x{number}: 1\n" for number in range(50)))
    with pytest.raises(InputError, match="and 45 more"):
        load_case(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ":1: must hold one mapping"),
        (b"- a", ":1: must hold one mapping"),
        (b"a: 1\n---\nb: 2", "another document"),
        (b"id: x\nt: \xff", ":2: is not UTF-8"),
        (b"x" * (MAX_YAML_BYTES + 1), "larger than the limit of 1024 KiB"),
    ],
    ids=["empty", "list", "two", "latin-1", "huge"],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "case.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"case\.yaml") as caught:
        read_document(path)
    assert words in str(caught.value)


def test_folders_are_checked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no case files"):
        load_cases(tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        load_cases(tmp_path / "missing")
    (tmp_path / "a.yaml").write_text(VALID)
    (tmp_path / "b.yaml").write_text(VALID)
    with pytest.raises(InputError, match=r"b\.yaml: id 'my-case' is also in .*a\.yaml"):
        load_cases(tmp_path)
    (tmp_path / "b.yaml").unlink()
    (tmp_path / "b.yaml").mkdir()
    with pytest.raises(InputError, match="not a regular file"):
        load_cases(tmp_path)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    with contextlib.suppress(InputError):
        assert isinstance(parse_document(text, "case.yaml").data, dict)


def test_the_schema_beside_the_cases_is_current() -> None:
    assert (cases_folder() / SCHEMA_NAME).read_text(encoding="utf-8") == schema_text(), "run: make schemas"


def test_the_cases_follow_the_schema_and_name_it_for_editors() -> None:
    schema = json.loads(schema_text())
    for path in cases_folder().glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# yaml-language-server: $schema={SCHEMA_NAME}\n"), path.name
        jsonschema.validate(yaml.safe_load(text), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(VALID) | {"criteria": ["unknown"]}, schema)


def test_cases_cannot_be_changed() -> None:
    case = Case.model_validate(yaml.safe_load(VALID))
    with pytest.raises(ValueError, match="frozen"):
        case.title = "other"  # type: ignore[misc]
