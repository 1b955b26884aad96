"""The files that evaluation tools and model services write, recognised by what is in them; one module a format.

Each has a function from one JSON object to the outputs that it holds, or None where it is not of this format. Nothing
of the tools is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from harness.endpoints.formats import (
    anthropic,
    batches,
    chat,
    evalplus,
    inspect_ai,
    lm_eval,
    promptfoo,
    responses,
)
from harness.endpoints.formats.output import Output, Unusable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FORMATS: Final[tuple[Callable[[dict[str, Any]], Iterable[Output | Unusable] | None], ...]] = (
    batches.read,
    inspect_ai.read,
    promptfoo.read,
    lm_eval.read,
    evalplus.read,
    anthropic.read,
    responses.read,
    chat.read,
)
"""In the order in which they are tried: those that wrap others come first."""

__all__ = ["FORMATS", "Output", "Unusable", "recognised"]


def recognised(record: dict[str, Any]) -> Iterable[Output | Unusable] | None:
    """The outputs of ``record``, by the first format that knows it; None where none does."""
    return next((found for read in FORMATS if (found := read(record)) is not None), None)
