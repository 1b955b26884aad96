"""Messages of Anthropic's Messages API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.endpoints.formats.output import Output, Unusable, arm_of, content, names_beside, number, prompts, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def read(record: dict[str, Any]) -> Iterable[Output | Unusable] | None:
    """One output: the text blocks, without what the model thought and the tools it called."""
    is_message = record.get("type") == "message" and record.get("role") == "assistant"
    return _message(record) if is_message else None


def _message(record: dict[str, Any]) -> Iterator[Output | Unusable]:
    said = content(record.get("content"))
    if said is None:
        yield Unusable(f"holds no text (it stopped for {word(record.get('stop_reason')) or 'no reason given'})")
        return
    metadata = record.get("metadata")
    yield Output(
        text=said,
        names=names_beside(record),
        prompts=(*prompts(record.get("messages")), *prompts(record.get("prompt"))),
        arm=arm_of(record, metadata),
        model=word(record.get("model")),
        sample=number(record.get("sample")),
    )
