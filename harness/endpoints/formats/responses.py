"""Objects of OpenAI's Responses API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.endpoints.formats.output import Output, Unusable, arm_of, at, content, names_beside, number, prompts, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def read(record: dict[str, Any]) -> Iterable[Output | Unusable] | None:
    """One output; what the model thought and the tools it called are left out. A refusal is what the model said."""
    items = record.get("output")
    if record.get("object") != "response" and not (isinstance(items, list) and at(items, 0, "type") in _ITEMS):
        return None
    return _response(record, items if isinstance(items, list) else [])


_ITEMS = ("message", "reasoning", "function_call")


def _response(record: dict[str, Any], items: list[Any]) -> Iterator[Output | Unusable]:
    said: list[str] = []
    for item in items:
        if isinstance(item, dict) and item.get("type") == "message":
            text = content(item.get("content"))
            if text is None:
                text = next((found for part in _parts(item) if (found := word(at(part, "refusal")))), None)
            if text is not None:
                said.append(text)
    if not said:
        error = word(at(record, "error", "message")) or word(at(record, "incomplete_details", "reason"))
        yield Unusable(f"holds no text{f': {error}' if error else ''}")
        return
    metadata = record.get("metadata")
    yield Output(
        text="\n\n".join(said),
        names=names_beside(record),
        prompts=(*prompts(record.get("input")), *prompts(at(record, "request", "input"))),
        arm=arm_of(record, metadata),
        model=word(record.get("model")),
        sample=number(record.get("sample")),
    )


def _parts(item: dict[str, Any]) -> list[Any]:
    held = item.get("content")
    return held if isinstance(held, list) else []
