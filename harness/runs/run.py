"""What was judged together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.verdicts import Grade


@dataclass(frozen=True, slots=True)
class Run:
    """The grades of one run, in their order.

    ``name`` is what it was asked for by. ``header`` is what ``run.json`` holds under ``run`` (versions, databases,
    problems, ...), empty where nothing was kept but grades.

    The ``arm`` of a grade is ``none`` for no skill, else the skill's name; arms are paired by case, model and sample
    (counted from 0). A fault of the harness or of an endpoint is a grade whose overall verdict is ``error``.
    """

    name: str
    header: Mapping[str, object]
    grades: tuple[Grade, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be used, one line each."""
        held = self.header.get("problems")
        return tuple(str(each) for each in held) if isinstance(held, list | tuple) else ()
