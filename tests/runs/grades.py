"""Grades written short."""

from __future__ import annotations

from typing import Any

from harness.runs.run import Run
from harness.verdicts import Evidence, Grade, Outcome, Overall, Verdict

OUTCOMES = {"+": Outcome.PASS, "-": Outcome.FAIL, "?": Outcome.UNDECIDED, "0": Outcome.NOT_APPLICABLE}


def grade(marks: str, sample: int = 0, criteria: tuple[str, ...] = ("awaited", "depends"), **fields: Any) -> Grade:
    """One mark a criterion: ``+`` pass, ``-`` fail, ``?`` undecided, ``0`` not applicable; ``!`` is an error."""
    known: dict[str, Any] = {
        "case": "test-your-skill",
        "completion": f"{sample}.md",
        "arm": "none",
        "model": "m",
    } | fields
    known["environment"] = known.get("environment", {"python": "3.11"})
    if marks == "!":
        return Grade(overall=Overall.ERROR, verdicts={}, sample=sample, error="429", **known)
    verdicts = {
        name: Verdict(
            OUTCOMES[mark],
            f"because of {name}",
            evidence=(Evidence("app.py", 3, f"no {name}"),) if mark == "-" else (),
            remedy="",
        )
        for name, mark in zip(criteria, marks, strict=True)
    }
    outcomes = {each.outcome for each in verdicts.values()}
    worst = next((each for each in (Outcome.FAIL, Outcome.UNDECIDED) if each in outcomes), Outcome.PASS)
    return Grade(overall=Overall(worst.value), verdicts=verdicts, sample=sample, **known)


def run(name: str, *arms: tuple[str, str], **fields: Any) -> Run:
    """A run with arms of words of marks, one word a sample: ``("none", "++ -+ !")``."""
    grades = [
        grade(marks, sample, arm=arm, **fields) for arm, samples in arms for sample, marks in enumerate(samples.split())
    ]
    return Run(name, {}, tuple(grades))
