"""right-example: a correct per-request dependency is shown."""

from __future__ import annotations

from harness.criteria import dependency_shape, depends, request_scope
from harness.criteria.criterion import Criterion, Kind, Opinion, Subject, at, failed, nothing_dynamic, passed, unknown
from harness.verdicts import State


def _static(subject: Subject) -> Opinion:
    if not subject.facts.dependencies:
        return failed("no per-request dependency is shown")
    opinions = [part.CRITERION.static(subject) for part in (dependency_shape, depends)]
    wrong = [opinion for opinion in opinions if opinion.state is State.FAIL]
    wrong += [failed(each.how, [at(each.at, each.how)]) for each in subject.facts.shared if not each.by_tasks]
    if wrong:
        return failed(f"the dependency shown is not right: {wrong[0].reason}", wrong[0].evidence)
    if opinions[0].state is State.UNKNOWN:
        return unknown(opinions[0].reason)
    return passed("a dependency that opens a session for each request is shown")


CRITERION = Criterion(
    id="right-example",
    title="The right approach is shown",
    statement="A correct per-request dependency is shown.",
    why="Knowing what is wrong does not yet give the code to write.",
    remedy="Show `get_session` with `async with ... as session: yield session` and an endpoint that depends on it.",
    kind=Kind.STRUCTURE,
    static=_static,
    dynamic=nothing_dynamic,
)
