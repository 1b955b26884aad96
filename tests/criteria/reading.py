"""Reads samples as the harness reads answers, without a sandbox."""

from __future__ import annotations

from harness.answer import SourceFile
from harness.criteria import Subject
from harness.observations import Observations, Place
from harness.source.facts import At, Reading
from harness.source.given import EntitySpec
from harness.source.reading import read

ENTITIES = {
    "Task": EntitySpec({"title": "str", "description": "str | None"}, {"project": "Project", "assignee": "Worker"}),
    "Project": EntitySpec({"name": "str"}),
    "Worker": EntitySpec({"name": "str"}),
}


def source_file(code: str, module: str = "block1", *, named: bool = False) -> SourceFile:
    """One file of an answer; its lines are those of the code."""
    path = module.replace(".", "/") + ".py"
    return SourceFile(module, path, code, tuple(range(1, code.count("\n") + 2)), named)


def reading(*files: SourceFile, wrong: tuple[SourceFile, ...] = (), complete: str = "nothing") -> Reading:
    return read(list(files), list(wrong), complete=complete, entities=ENTITIES)


def subject(
    code: str = "", run: Observations | None = None, *, complete: str = "nothing", writes_judged: bool = False
) -> Subject:
    """A subject of one file; what was not run has an empty run."""
    found = reading(source_file(code), complete=complete)

    def locate(place: Place) -> At:
        return At(f"{place.module}.py", place.line)

    return Subject(
        facts=found.facts,
        wrong=found.wrong,
        prose="",
        run=run or Observations(ran=False),
        locate=locate,
        writes_judged=writes_judged,
        asked_complete=complete != "nothing",
    )
