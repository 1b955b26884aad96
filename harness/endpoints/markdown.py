"""Stored completions in Markdown files, with front matter before them and expected verdicts beside them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeGuard

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.completions import Completion, Expected
from harness.documents import Document, parse_document, read_document, read_text, split_front_matter
from harness.errors import InputError
from harness.verdicts import Outcome, Overall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from harness.cases import Case

MAX_COMPLETION_BYTES = 16 * 1024 * 1024
_FIELDS = {"case", "model", "arm", "sample"}
NO_SAMPLE = "is not the number of a sample: use 0, 1, 2, ..."


class _Label(BaseModel):
    """``extra="ignore"``: labelling tools keep remarks of their own in these files."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    case: str
    overall: Overall
    verdicts: dict[str, Outcome]
    on_sqlite: dict[str, Outcome] = {}
    on_postgresql: dict[str, Outcome] = {}
    note: str = ""


def split_case(text: str, name: str) -> tuple[Document, str]:
    """The front matter (empty where there is none) and the completion, on the lines of the file.

    Only a YAML block that names a ``case``, or has no other fields than a completion has, is front matter: answers may
    begin with a rule themselves.
    """
    front, rest = split_front_matter(text)
    fields = {line.partition(":")[0] if ":" in line else "" for line in front.splitlines() if line.strip()}
    if "case" not in fields and not (fields and fields <= _FIELDS):
        return Document(name, {}, {}), text
    return parse_document(front, name), rest


def read_markdown(
    path: Path, name: str, folder_case: str | None, cases: Mapping[str, Case]
) -> Iterator[Completion | InputError]:
    """The completion in ``path``; its front matter goes before the case that its folder names.

    Expected verdicts that are unusable give an ``InputError`` after it, and nothing is expected of it. Raises
    ``InputError`` when the completion cannot be read or its case is not known.
    """
    front, text = split_case(read_text(path, MAX_COMPLETION_BYTES), str(path))
    case_id = front.data.get("case", folder_case)
    if not isinstance(case_id, str) or case_id not in cases:
        raise InputError(f"{path}: {unknown_case(case_id, cases)}")
    expected, problem = None, None
    try:
        expected = _read_expected(path, cases[case_id])
    except InputError as error:
        problem = error
    yield Completion(
        case=case_id,
        name=name,
        text=text,
        source=path,
        model=_words(front, "model"),
        arm=_words(front, "arm") or "",
        sample=_number(front, "sample"),
        expected=expected,
    )
    if problem is not None:
        yield problem


def is_sample(value: object) -> TypeGuard[int | None]:
    """A whole number from 0, or nothing; YAML and JSON have true and false besides, which Python counts as numbers."""
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)


def unknown_case(case_id: object, cases: Mapping[str, Case]) -> str:
    """One line that says why a completion has no case and what to do."""
    if case_id is None:
        return "belongs to no case: put it in a folder named after its case, or write 'case: <id>' in its front matter"
    return f"names the case {str(case_id)[:100]!r}, which is not known; known: {', '.join(cases)}"


def _words(front: Document, field: str) -> str | None:
    value = front.data.get(field)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{front.where((field,))}: is not text: put it in quotes")
    return str(value)


def _number(front: Document, field: str) -> int:
    value = front.data.get(field)
    if not is_sample(value):
        raise InputError(f"{front.where((field,))}: {NO_SAMPLE}")
    return value or 0


def _read_expected(path: Path, case: Case) -> Expected | None:
    label_path = path.with_suffix(".yaml")
    if not os.path.lexists(label_path):
        return None
    document = read_document(label_path)
    try:
        label = _Label.model_validate(document.data)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"{document.where(first['loc'])}: {first['msg']}") from None
    if label.case != case.id:
        raise InputError(f"{document.where(('case',))}: is {label.case!r}, but the completion belongs to {case.id!r}")
    by_database = {"sqlite": label.on_sqlite, "postgresql": label.on_postgresql}
    for place, verdicts in (
        ("verdicts", label.verdicts),
        ("on_sqlite", label.on_sqlite),
        ("on_postgresql", label.on_postgresql),
    ):
        for criterion in verdicts:
            if criterion not in case.criteria:
                raise InputError(f"{document.where((place, criterion))}: is not a criterion of {case.id}")
    return Expected(
        overall=label.overall,
        verdicts=label.verdicts,
        by_database={name: outcomes for name, outcomes in by_database.items() if outcomes},
        note=label.note,
        source=label_path,
    )
