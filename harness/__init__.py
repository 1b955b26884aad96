"""Grades async SQLModel session code by reading it and by really running it.

    from harness import load_cases, grade

    result = grade(open("answer.md").read(), load_cases()["test-your-skill"])
    print(result.overall, {name: verdict.outcome for name, verdict in result.verdicts.items()})

``evaluate`` grades many completions, ``read_completions`` reads them from folders and files, ``Grader`` keeps its
workers between calls. ``check`` finds the faults of a source tree by reading it:

    from harness import check

    for finding in check("app").findings:
        print(finding.path, finding.line, finding.criterion, finding.message)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.cases import load_cases
    from harness.checking.outcome import check
    from harness.endpoints.stored import read_completions
    from harness.evaluation import evaluate, grade
    from harness.grading import Grader

__all__ = ["Grader", "check", "evaluate", "grade", "load_cases", "read_completions"]

_HOMES = {
    "Grader": "harness.grading",
    "check": "harness.checking.outcome",
    "evaluate": "harness.evaluation",
    "grade": "harness.evaluation",
    "load_cases": "harness.cases",
    "read_completions": "harness.endpoints.stored",
}


def __getattr__(name: str) -> Any:
    """Names are imported when they are first used: the command line must start without them."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
