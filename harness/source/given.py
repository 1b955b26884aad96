"""What a case gives with its prompt: the models it speaks of, and the endpoint it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class EntitySpec:
    """A model: field name -> type text, and relation name -> the parent entity.

    ``lazy`` is how relations are loaded, where that is not lazily; ``awaitable`` is whether it has ``AsyncAttrs``.
    """

    fields: Mapping[str, str]
    parents: Mapping[str, str] = field(default_factory=dict)
    lazy: Mapping[str, str] = field(default_factory=dict)
    awaitable: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """The prompt's endpoint: its head, the line that fetches ``variable``, and the line that answers."""

    head: str
    variable: str
    fetch: str
    answer: str
