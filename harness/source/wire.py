"""What goes between the supervisor and the child that reads code: JSON of plain data types, validated on arrival."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter

from harness.answer.answer import SourceFile
from harness.source.facts import Reading
from harness.source.given import EntitySpec, Frame


@dataclass(frozen=True, slots=True)
class Job:
    """The arguments of ``harness.source.reading.read``."""

    right: tuple[SourceFile, ...]
    wrong: tuple[SourceFile, ...]
    complete: str
    entities: dict[str, EntitySpec]
    frame: Frame | None
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A reading, or why there is none: ``unreadable`` by the code's own fault, ``fault`` by the harness's."""

    reading: Reading | None = None
    unreadable: str = ""
    fault: str = ""


JOB: TypeAdapter[Job] = TypeAdapter(Job)
REPLY: TypeAdapter[Reply] = TypeAdapter(Reply)
