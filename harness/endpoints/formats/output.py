"""What the formats have in common: an output, and how to find things in JSON that may be anything."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

_CASE_FIELDS = ("case", "case_id", "task_id", "eval_case", "id", "name")
_TEXT_PARTS = (None, "text", "output_text", "input_text")


@dataclass(frozen=True, slots=True)
class Output:
    """What a model said, and what its format tells of where it belongs.

    ``names`` are texts that may name a case, the most explicit first; ``prompts`` what the model was asked. ``sample``
    is None where the format has none: outputs of one case, arm and model are then counted. ``place`` is where in the
    record it stands. Of outputs with the same ``once`` and text, only the first counts. ``sent_as`` is the id that its
    sender made, which may tell arm and sample beside the case.
    """

    text: str
    names: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    arm: str = ""
    model: str | None = None
    sample: int | None = None
    place: str = ""
    once: str = ""
    sent_as: str = ""


@dataclass(frozen=True, slots=True)
class Unusable:
    """An output that holds no completion, and why."""

    why: str
    place: str = ""


def at(value: object, *path: str | int) -> Any:
    """What stands under ``path``; None where there is nothing."""
    for key in path:
        if isinstance(key, str) and isinstance(value, dict):
            value = value.get(key)
        elif isinstance(key, int) and isinstance(value, list) and key < len(value):
            value = value[key]
        else:
            return None
    return value


def word(value: object) -> str | None:
    """Text that is not empty, else None."""
    return value if isinstance(value, str) and value else None


def number(value: object) -> int | None:
    """A whole number from 0, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def words(*values: object) -> tuple[str, ...]:
    """Those that are text, or numbers written as text."""
    return tuple(
        str(value)[:1000]
        for value in values
        if (isinstance(value, str) and value) or (isinstance(value, int) and not isinstance(value, bool))
    )


def case_names(held: object) -> tuple[str, ...]:
    """What the fields that usually name a case say: of a record, its metadata, variables."""
    return words(*(at(held, field) for field in _CASE_FIELDS))


def names_beside(reply: dict[str, Any]) -> tuple[str, ...]:
    """What names a case beside a service's reply: its metadata, and fields that were put into it. Its id does not."""
    return (*case_names(reply.get("metadata")), *words(reply.get("case"), reply.get("task_id")))


def arm_of(*held: object) -> str:
    """The first field ``arm`` that is text."""
    return next((found for each in held if (found := word(at(each, "arm")))), "")


def content(value: object) -> str | None:
    """The text of a message: a string, or the text parts of a list; what it thought is no part of what it said."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return None
    parts = [
        part if isinstance(part, str) else part["text"]
        for part in value
        if isinstance(part, str)
        or (isinstance(part, dict) and isinstance(part.get("text"), str) and part.get("type") in _TEXT_PARTS)
    ]
    return "".join(parts) if parts else None


def prompts(value: object) -> tuple[str, ...]:
    """What was asked: a text, or what the user says in a list of messages."""
    if isinstance(value, str):
        return (value,) if value else ()
    if isinstance(value, dict):
        return prompts([value])
    if not isinstance(value, list):
        return ()
    said = [content(each.get("content")) for each in value if isinstance(each, dict) and each.get("role") == "user"]
    return tuple(each for each in said if each)


def written_prompts(value: object) -> tuple[str, ...]:
    """As ``prompts``, of a text that may be a list of messages in JSON."""
    if isinstance(value, str) and value.startswith("["):
        try:
            return prompts(json.loads(value)) or (value,)
        except (ValueError, RecursionError):
            return (value,)
    return prompts(value)
