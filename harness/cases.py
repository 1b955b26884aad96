"""Eval cases: one prompt, what is given with it, and what its answer must show."""

from __future__ import annotations

import ast
import json
import keyword
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from harness.documents import Document, read_document
from harness.errors import InputError
from harness.resources import cases_folder

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA_NAME = "case.schema.json"
_REPORTED = 5


def _identifier(name: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError(f"{name!r} is not a Python name")
    return name


def _annotation(text: str) -> str:
    try:
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(f"{text!r} is not a Python type, such as 'str' or 'int | None'") from None
    return text


def _criterion_ids() -> tuple[str, ...]:
    from harness.criteria import IDS  # here, because criteria speak of cases

    return IDS


def _known(criterion: str) -> str:
    if criterion not in _criterion_ids():
        raise ValueError(f"{criterion!r} is not a criterion; known: {', '.join(_criterion_ids())}")
    return criterion


def _list_ids(schema: dict[str, Any]) -> None:
    schema["enum"] = list(_criterion_ids())


Identifier = Annotated[str, Field(max_length=100), AfterValidator(_identifier)]
Annotation = Annotated[str, Field(max_length=200), AfterValidator(_annotation)]
Criterion = Annotated[str, AfterValidator(_known), Field(json_schema_extra=_list_ids)]


class Complete(StrEnum):
    """How much of the answer must be code that can be put in place as it is, every name imported."""

    EVERYTHING = "everything"
    CONFIGURATION = "configuration"  # the module that makes the engine and the sessions
    NOTHING = "nothing"


class Probe(StrEnum):
    """Which experiments are run with an answer."""

    CREATE = "create"
    RELATION = "relation"
    CONFIGURATION = "configuration"
    SCOPING = "scoping"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


class Entity(_Model):
    """A model that the prompt speaks of: fields by name with their Python types, parents by attribute."""

    fields: dict[Identifier, Annotation] = Field(description="Column name to Python type, as text; id is added.")
    parents: dict[Identifier, Identifier] = Field(
        default_factory=dict, description="Relationship attribute to the entity it leads to."
    )


class Endpoint(_Model):
    """The endpoint that a prompt shows; an answer that gives only a new body for it is read as that endpoint."""

    head: str = Field(min_length=1, description="Decorator and def line.")
    variable: Identifier = Field(description="The object that the body fetches and answers.")
    fetch: str = Field(min_length=1, description="The line that fetches it, where a body does not.")
    answer: str = Field(min_length=1, description="The line that answers, where a body does not return.")


class Context(_Model):
    """What a completion may leave to its reader: the models it speaks of, and the endpoint that the prompt shows."""

    entities: dict[Identifier, Entity] = Field(default_factory=dict)
    endpoint: Endpoint | None = None

    @model_validator(mode="after")
    def _parents_exist(self) -> Context:
        for name, entity in self.entities.items():
            for attribute, parent in entity.parents.items():
                if parent not in self.entities:
                    raise ValueError(f"{name}.{attribute} leads to {parent}, which is not among the entities")
        return self


class Case(_Model):
    """One prompt and what its answer must show."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100, description="Names folders too; stable.")
    title: str = Field(min_length=1, max_length=200)
    prompt: str = Field(min_length=1, description="What the model is asked, word for word.")
    complete: Complete = Field(description="Which of the asked-for code must be complete, imports included.")
    context: Context = Field(default_factory=Context)
    criteria: tuple[Criterion, ...] = Field(min_length=1, description="In the order of the report.")
    probe: Probe = Field(description="Which experiments are run with an answer.")

    @model_validator(mode="after")
    def _criteria_once(self) -> Case:
        if len(set(self.criteria)) != len(self.criteria):
            raise ValueError("criteria names one twice")
        return self


def load_cases(folder: Path | None = None) -> dict[str, Case]:
    """The built-in cases by id, with those of ``folder`` (``*.yaml``, ``*.yml``) added or put in their place.

    Raises ``InputError`` that names file, line, field and what to do.
    """
    cases = _load_folder(cases_folder())
    if folder is not None:
        cases |= _load_folder(folder)
    return cases


def load_case(path: Path) -> Case:
    """The case that one YAML file holds; ``InputError`` as for ``load_cases``."""
    document = read_document(path)
    try:
        return Case.model_validate(document.data)
    except ValidationError as error:
        raise InputError(_explain(error, document)) from None


def schema_text() -> str:
    """The JSON schema of a case file, for editors: the content of ``evals/cases/case.schema.json``."""
    schema: dict[str, Any] = Case.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _load_folder(folder: Path) -> dict[str, Case]:
    try:
        if not folder.is_dir():
            raise InputError(f"{folder}: is not a folder of case files (*.yaml)")
        paths = sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"})
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error.strerror or error}") from error
    cases: dict[str, Case] = {}
    origins: dict[str, Path] = {}
    for path in paths:
        case = load_case(path)
        if case.id in cases:
            raise InputError(f"{path}: id {case.id!r} is also in {origins[case.id]}: give one of them another id")
        cases[case.id], origins[case.id] = case, path
    if not cases:
        raise InputError(f"{folder}: holds no case files (*.yaml)")
    return cases


def _explain(error: ValidationError, document: Document) -> str:
    problems = []
    # a misspelt field is why another one is missing: it comes first
    for item in sorted(error.errors(), key=lambda item: item["type"] == "missing")[:_REPORTED]:
        path = tuple(part for part in item["loc"] if part != "[key]")
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            message = "is not a field of a case file: remove it or correct its name"
        elif item["type"] == "missing":
            message = "is missing: add it"
        elif item["type"] == "string_pattern_mismatch":
            message = "is not an id: use lower-case letters and digits, words joined by one hyphen, such as 'my-case'"
        problems.append(f"{document.where(path)}: {message}")
    more = error.error_count() - _REPORTED
    return "; ".join(problems) + (f"; and {more} more" if more > 0 else "")
