"""Chat completions (and the older text completions) as OpenAI and compatible services answer them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.endpoints.formats.output import Output, Unusable, arm_of, at, content, names_beside, number, prompts, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def read(record: dict[str, Any]) -> Iterable[Output | Unusable] | None:
    """One output a choice; the request may stand in the same object (``messages``, ``prompt``, ``input``, ``request``).

    A refusal is what the model said.
    """
    return _choices(record) if isinstance(record.get("choices"), list) else None


def _choices(record: dict[str, Any]) -> Iterator[Output | Unusable]:
    choices = record["choices"]
    metadata, request = record.get("metadata"), record.get("request")
    asked = [*(record.get(field) for field in ("messages", "prompt", "input"))]
    asked += [at(request, "messages"), at(request, "prompt"), at(request, "body", "messages")]
    first = number(record.get("sample"))
    if not choices:
        yield Unusable("has no choices: the service answered nothing")
    for position, choice in enumerate(choices):
        said = content(at(choice, "message", "content"))
        if said is None:
            said = word(at(choice, "message", "refusal")) or word(at(choice, "text"))
        place = f"choices[{position}]" if len(choices) > 1 else ""
        if said is None:
            yield Unusable("holds no text", place)
            continue
        yield Output(
            text=said,
            names=names_beside(record),
            prompts=tuple(each for value in asked for each in prompts(value)),
            arm=arm_of(record, metadata),
            model=word(record.get("model")),
            sample=None if first is None else first + position,
            place=place,
        )
