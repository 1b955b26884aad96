"""Bodies fit their schemas."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from harness.probes.bodies import Maker, properties_of
from harness.probes.patterns import example

names = st.sampled_from(["title", "email", "amount", "website_url", "due", "x"])
numbers = st.integers(-50, 50)
leaves = st.one_of(
    st.builds(
        lambda low, span: {"type": "string", "minLength": low, "maxLength": low + span},
        st.integers(0, 30),
        st.integers(8, 60),
    ),
    st.builds(lambda low, span: {"type": "integer", "minimum": low, "maximum": low + span}, numbers, st.integers(0, 9)),
    st.builds(lambda low: {"type": "integer", "exclusiveMinimum": low}, numbers),
    st.builds(lambda high: {"type": "number", "maximum": high}, numbers),
    st.just({"type": "boolean"}),
    st.just({"const": "fixed"}),
    st.just({"enum": ["a", "b"]}),
    st.just({"anyOf": [{"type": "null"}, {"type": "integer"}]}),
    st.just({"type": "string", "format": "date-time"}),
    st.just({"type": "string", "format": "uuid"}),
)


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    properties = st.dictionaries(names, inner, max_size=4)
    return properties.flatmap(
        lambda found: st.builds(
            lambda required: {"type": "object", "properties": found, "required": sorted(required)},
            st.sets(st.sampled_from(sorted(found))) if found else st.just(set()),
        )
    )


schemas = st.recursive(
    leaves,
    lambda inner: st.one_of(
        objects(inner),
        st.builds(lambda item, few: {"type": "array", "items": item, "minItems": few}, inner, st.integers(0, 2)),
    ),
    max_leaves=6,
)


@given(schema=objects(schemas), optional=st.booleans())
def test_made_body_is_valid(schema: dict[str, Any], optional: bool) -> None:
    made = Maker("bcdfghjk", optional=optional).value(schema)
    jsonschema.validate(made, schema)
    assert set(made) >= set(schema["required"])
    assert set(made) == (set(schema["properties"]) if optional else set(schema["required"]))


class Inner(BaseModel):
    name: str = Field(max_length=20)


class Outer(BaseModel):
    title: str
    inner: Inner
    others: list[Inner] = Field(min_length=2)
    code: str = Field(pattern=r"^[A-Z]{3}-\d{2,4}$")
    note: str | None = None


def test_nested_models() -> None:
    schema = Outer.model_json_schema()
    maker = Maker("bcdfghjk", schema["$defs"])
    made = Outer.model_validate(maker.value(schema))
    assert made.title == "bcdfghjk-title"
    assert made.note is None
    assert maker.marked == {"title": "bcdfghjk-title", "name": "bcdfghjk-name"}
    assert set(properties_of(schema, schema["$defs"])) == {"title", "inner", "others", "code", "note"}


@pytest.mark.parametrize(
    ("schema", "made"),
    [
        ({"type": "array", "items": {"$ref": "#/components/schemas/Task"}}, [{"title": "m-title"}]),
        (
            {
                "type": "object",
                "properties": {"tasks": {"type": "array", "items": {"$ref": "#/components/schemas/Task"}}},
                "required": ["tasks"],
            },
            {"tasks": [{"title": "m-title"}]},
        ),
        ({"type": "array", "items": {"type": "string"}}, []),
        ({"type": "array"}, []),
    ],
)
def test_a_minimal_body_has_something_to_create(schema: dict[str, Any], made: object) -> None:
    task = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
    assert Maker("m", {"Task": task}).value(schema) == made


def test_references_are_used_where_asked_for() -> None:
    schema = {
        "type": "object",
        "properties": {"project_id": {"type": "integer"}, "title": {"type": "string"}},
        "required": [],
    }
    maker = Maker("m", references={"project_id": 9}, optional=True, left_out=frozenset({"title"}))
    assert maker.value(schema) == {"project_id": 9}


@pytest.mark.parametrize(
    "pattern", [r"^[a-z]+$", r"^\d{4}-\d{2}$", r"^(low|high)$", r"#[0-9A-F]{6}", r"^\w+@\w+\.com$"]
)
def test_patterns(pattern: str) -> None:
    made = example(pattern)
    assert made is not None
    assert re.search(pattern, made)


@given(st.text(max_size=30))
def test_any_pattern_gives_a_match_or_nothing(pattern: str) -> None:
    made = example(pattern)
    assert made is None or re.search(pattern, made) is not None


def test_schema_that_refers_to_itself() -> None:
    node = {"type": "object", "properties": {"child": {"$ref": "#/components/schemas/Node"}}, "required": ["child"]}
    assert isinstance(Maker("m", {"Node": node}).value(node), dict)
