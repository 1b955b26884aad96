"""Many tests at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def holm(values: Sequence[float]) -> list[float]:
    """Holm's adjusted p values, in the order of ``values``: the chance of any false finding stays below the level."""
    adjusted = [0.0] * len(values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        highest = max(highest, min((len(values) - rank) * values[place], 1.0))
        adjusted[place] = highest
    return adjusted
