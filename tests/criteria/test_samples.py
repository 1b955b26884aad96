"""The samples beside each criterion: exactly that criterion fires, on exactly that line, and no other does."""

from __future__ import annotations

import pytest

from harness.criteria import CRITERIA, Criterion, Sample
from harness.verdicts import State
from tests.criteria.reading import subject

CONFIGURATION = {"pool-size", "sql-echo"}
"""Asked of one case only: other samples make engines without them."""
PROSE = {"diagnosis", "right-example", "wrong-example", "problems-named"}
SAMPLES = [
    (criterion, sample, kind)
    for criterion in CRITERIA.values()
    for kind, samples in (("passing", criterion.passing), ("failing", criterion.failing))
    for sample in samples
]


def failing(sample: Sample) -> dict[str, list[int]]:
    read = subject(sample.code, complete="everything" if sample.complete else "nothing")
    opinions = {name: criterion.static(read) for name, criterion in CRITERIA.items() if name not in PROSE}
    return {
        name: [evidence.line for evidence in opinion.evidence]
        for name, opinion in opinions.items()
        if opinion.state is State.FAIL
    }


@pytest.mark.parametrize(
    ("criterion", "sample", "kind"), SAMPLES, ids=[f"{c.id}-{kind}-{i}" for i, (c, _, kind) in enumerate(SAMPLES)]
)
def test_sample(criterion: Criterion, sample: Sample, kind: str) -> None:
    found = failing(sample)
    others = set(found) - {criterion.id} - set(sample.also)
    others -= CONFIGURATION | ({"dependency-shape"} if sample.complete else set())
    assert not others
    if kind == "passing":
        assert criterion.id not in found
    else:
        marked = [i for i, line in enumerate(sample.code.splitlines(), 1) if line.endswith(("# !", "# ?", "# -"))]
        assert found.get(criterion.id) == marked


@pytest.mark.parametrize("criterion", CRITERIA.values(), ids=list(CRITERIA))
def test_every_criterion_says_what_why_and_what_to_do(criterion: Criterion) -> None:
    assert all([criterion.title, criterion.statement, criterion.why, criterion.remedy])
