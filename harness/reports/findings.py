"""What a reader has to know about one completion: the same for every written report."""

from __future__ import annotations

import os
import shlex
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.verdicts import Outcome, Overall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.completions import Completion
    from harness.evaluation import Judged
    from harness.verdicts import Verdict

DOCTOR = "shows what this machine lacks"
_TROUBLE = (Outcome.FAIL, Outcome.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict to look at: ``title`` says what came out, ``places`` are lines ``file:line: what was seen``."""

    title: str
    reason: str = ""
    places: tuple[str, ...] = ()
    remedy: str = ""


def headline(item: Judged) -> str:
    """``case/completion (arm, model, sample, database)``."""
    grade = item.grade
    sample = f"sample {grade.sample}" if grade.sample else ""
    database = f"on {grade.database}" if grade.database != "sqlite" else ""
    details = [part for part in (grade.arm, grade.model, sample, database) if part]
    name = grade.completion if grade.completion.startswith(f"{grade.case}/") else f"{grade.case}: {grade.completion}"
    return plain(f"{name} ({', '.join(details)})" if details else name)


def findings(item: Judged) -> list[Finding]:
    """What failed or could not be decided; where verdicts were expected, what came out otherwise."""
    grade = item.grade
    if grade.overall is Overall.ERROR:
        return [Finding("not judged", plain(grade.error))]
    if not item.differences:
        return [
            _finding(criterion, verdict, item.completion)
            for criterion, verdict in grade.verdicts.items()
            if verdict.outcome in _TROUBLE
        ]
    found = []
    for difference in item.differences:
        title = f"expected {words(difference.expected)}, came out {words(difference.actual)}"
        verdict = grade.verdicts.get(difference.criterion) if difference.criterion else None
        if verdict is None:
            found.append(Finding(f"{difference.criterion or 'overall'}: {title}"))
        else:
            found.append(_finding(f"{difference.criterion}: {title}", verdict, item.completion, with_outcome=False))
    return found


def next_steps(items: Sequence[Judged]) -> list[str]:
    """What to do about ``items``, one line each."""
    steps = []
    graded = [item for item in items if item.grade.overall is not Overall.ERROR]
    unanswered = [item for item in items if item.grade.error.startswith(f"{item.grade.model}: ")]
    if len(graded) + len(unanswered) < len(items):
        steps.append(f"harness doctor   {DOCTOR}")
    if unanswered:
        steps.append("the same command asks again for what was not answered, and for nothing else")
    stored = next((item for item in graded if item.completion.source.suffix == ".md"), None)
    if stored:
        command = f"harness grade {shlex.quote(shown_path(stored.completion.source))} --case {stored.grade.case}"
        steps.append(f"{plain(command)}   shows all verdicts of one completion")
    labels = [item.completion.expected.source for item in graded if item.differences and item.completion.expected]
    if labels and labels[0]:
        label = plain(shown_path(labels[0]))
        steps.append(f"where the verdict is right and what was expected is not, correct {label}")
    return steps


def plain(text: str) -> str:
    """One line without anything that could steer a terminal: control and direction characters become escapes."""
    return "".join(
        " " if c in "\n\t" else c if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} else ascii(c)[1:-1]
        for c in text
    )


def words(outcome: str) -> str:
    """``not_applicable`` as people write it."""
    return outcome.replace("_", " ")


def places(verdict: Verdict, completion: Completion) -> tuple[str, ...]:
    """The evidence as ``completion:line: what was seen (file of the answer)``."""
    source = completion.source
    in_file = shown_path(source) if source.suffix == ".md" else completion.name
    return tuple(
        plain(f"{in_file}:{e.line}: {e.message}" + (f" (in {e.path})" if e.path else "")) for e in verdict.evidence
    )


def shown_path(path: Path) -> str:
    """Relative to the working directory where it lies below it, so that editors can open it."""
    try:
        here = Path.cwd()
        absolute = Path(os.path.normpath(path.absolute()))
    except OSError:  # the working directory is gone
        return str(path)
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else path)


def _finding(title: str, verdict: Verdict, completion: Completion, *, with_outcome: bool = True) -> Finding:
    return Finding(
        title=f"{title}: {words(verdict.outcome)}" if with_outcome else title,
        reason=plain(verdict.reason),
        places=places(verdict, completion),
        remedy=plain(verdict.remedy),
    )
