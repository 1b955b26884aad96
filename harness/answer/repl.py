"""Interactive sessions: the code that was typed, without prompts and output."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.answer.pieces import Piece

_PROMPT = re.compile(r"\s*(?:>>> ?|In \[\d+\]: ?)")
_CONTINUED = re.compile(r"\s*(?:\.\.\.(?: |$)|\.{3,}: ?|\.\.\.: ?)")


def typed(piece: Piece) -> Piece:
    """The lines behind prompts and continuation prompts."""
    indices: list[int] = []
    bodies: list[str] = []
    typing = False
    for index, line in enumerate(piece.lines):
        match = _PROMPT.match(line) or (_CONTINUED.match(line) if typing else None)
        typing = match is not None
        if match:
            indices.append(index)
            bodies.append(line[match.end() :])
    kept = piece.take(indices)
    return type(piece)(tuple(bodies), kept.numbers)
