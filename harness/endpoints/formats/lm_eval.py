"""Samples that lm-evaluation-harness writes with ``--log_samples``."""

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


def read(record: dict[str, Any]) -> Iterable[Output | Unusable] | None:
    """One output a repetition of the request; a document that several filters were applied to counts once."""
    if "doc_id" not in record or not ("resps" in record or "filtered_resps" in record):
        return None
    return _sample(record)


def _sample(record: dict[str, Any]) -> Iterator[Output | Unusable]:
    raw = record.get("resps", record.get("filtered_resps"))
    requests = [each if isinstance(each, list) else [each] for each in (raw if isinstance(raw, list) else [])]
    texts = [text for each in requests for text in each if isinstance(text, str)]
    if not texts:
        yield Unusable("holds no text: it was not asked to generate any")
    doc = record.get("doc")
    for position, text in enumerate(texts):
        yield Output(
            text=text,
            names=(*case_names(doc), *words(record.get("task_name"), record.get("task"), record.get("doc_id"))),
            prompts=(
                *written_prompts(_first(record.get("arguments"))),
                *prompts(at(doc, "prompt")),
                *prompts(at(doc, "question")),
            ),
            arm=arm_of(doc, record),
            model=word(record.get("model")),
            place=f"resps[{position}]" if len(texts) > 1 else "",
            once=f"{record.get('doc_id')}:{position}",
        )


def _first(arguments: object) -> object:
    """The first argument of the request: its context."""
    first = at(arguments, 0, 0) or at(arguments, "gen_args_0", "arg_0")
    return at(first, 0) if isinstance(first, list) else first
