"""The pages under docs/ say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from harness.criteria import CRITERIA, Kind

VERDICTS = (Path(__file__).parent.parent / "docs" / "verdicts.md").read_text()
PROSE = {"diagnosis", "right-example", "wrong-example", "problems-named"}


def test_every_criterion_is_on_the_page() -> None:
    rows = re.findall(r"^\|(?: `[a-z-]+` \|)? `([a-z-]+)` \|", VERDICTS, re.MULTILINE)
    assert set(rows) >= set(CRITERIA)


def test_the_page_says_how_each_criterion_combines() -> None:
    said: dict[str, str] = {}
    for kind in Kind:
        [row] = re.findall(rf"^\| {kind.value} \|(.*?)\|", VERDICTS, re.MULTILINE)
        said |= dict.fromkeys(re.findall(r"`([a-z-]+)`", row), kind.value)
    assert said | dict.fromkeys(PROSE, "structure") == {name: each.kind.value for name, each in CRITERIA.items()}
