"""The reply of a model service, of whichever kind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.endpoints.formats import anthropic, chat, responses
from harness.endpoints.formats.output import Output, Unusable

if TYPE_CHECKING:
    from collections.abc import Iterator


def wrapped(reply: object, names: tuple[str, ...], **known: Any) -> Iterator[Output | Unusable]:
    """The outputs of ``reply``, which something else holds that knows more: ``names`` come before its own."""
    found = None
    if isinstance(reply, dict):
        for read in (anthropic.read, responses.read, chat.read):
            found = read(reply)
            if found is not None:
                break
    if found is None:
        yield Unusable("holds no reply that is known: a chat completion, a response or a message")
        return
    for each in found:
        if isinstance(each, Output):
            added = {field: value for field, value in known.items() if value and not getattr(each, field)}
            yield replace(each, names=(*names, *each.names), **added)
        else:
            yield each
