"""What ``promptfoo eval --output results.json`` writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.endpoints.formats.output import (
    Output,
    Unusable,
    arm_of,
    at,
    case_names,
    prompts,
    word,
    words,
    written_prompts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LONGEST_LABEL = 64


def read(record: dict[str, Any]) -> Iterable[Output | Unusable] | None:
    """One output a test, prompt and provider; results in ``results``, of newer versions in ``results.results``.

    One result by itself, a line of ``--output results.jsonl``, is read as well.
    """
    held = record.get("results")
    rows = at(held, "results") if isinstance(held, dict) else held
    if isinstance(rows, list) and (isinstance(held, dict) or _is_row(at(rows, 0))):
        return _rows(rows)
    return _row(record, "") if _is_row(record) else None


def _is_row(record: object) -> bool:
    """A result names its provider and its test."""
    tested = at(record, "vars") is not None or at(record, "testCase") is not None
    return tested and at(record, "provider") is not None


def _rows(rows: list[Any]) -> Iterator[Output | Unusable]:
    if not rows:
        yield Unusable("holds no results")
    for position, row in enumerate(rows):
        yield from _row(row, f"results[{position}]")


def _row(row: object, place: str) -> Iterator[Output | Unusable]:
    said = at(row, "response", "output")
    if said is None:
        said = at(row, "output")
    if not isinstance(said, str):
        why = word(at(row, "response", "error")) or word(at(row, "error"))
        yield Unusable(f"holds no text{f': {why}' if why else ''}", place)
        return
    test, variables, provider = at(row, "testCase"), at(row, "vars"), at(row, "provider")
    metadata = at(test, "metadata")
    described = words(at(test, "description"), at(row, "description"))
    asked = at(row, "prompt", "raw") or at(row, "prompt")
    known = (at(test, "vars"), variables)
    yield Output(
        text=said,
        names=(*case_names(metadata), *(name for held in known for name in case_names(held)), *described),
        prompts=(*written_prompts(asked), *(text for held in known for text in _values(held))),
        arm=arm_of(metadata, *known) or _label(row),
        model=_model(provider),
        place=place,
    )


def _values(variables: object) -> Iterator[str]:
    """What may have been asked for in a prompt that says more than that."""
    for value in variables.values() if isinstance(variables, dict) else ():
        yield from prompts(value)


def _model(provider: object) -> str | None:
    """The provider's id, and its label: providers that differ in their settings only have the same id."""
    model = word(provider) or word(at(provider, "id"))
    label = word(at(provider, "label"))
    return f"{model} ({label})" if model and label and label != model else model or label


def _label(row: object) -> str:
    """The name that a prompt was given: without one, promptfoo takes its text."""
    label = word(at(row, "prompt", "label")) or ""
    plain = label != at(row, "prompt", "raw") and "{{" not in label and "\n" not in label
    return label if plain and len(label) <= _LONGEST_LABEL else ""
