"""Fixing any sample and any stored completion: no crash, never worse, once is enough, and it still parses."""

from __future__ import annotations

import itertools
from pathlib import Path

import libcst as cst
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.answer import extract
from harness.criteria import CRITERIA
from tests.fixes.mending import count, mended
from tests.fixes.tables import TABLES

COMPLETIONS = sorted((Path(__file__).parents[2] / "evals" / "completions").rglob("*.md"))
SHARE = 12
"""Completions are taken in so many portions, each a test."""
SAMPLES = [sample.code for criterion in CRITERIA.values() for sample in (*criterion.passing, *criterion.failing)] + [
    golden.before for table in TABLES.values() for golden in table
]


def hold(files: dict[str, str | bytes], *, unsafe: bool = True) -> bool:
    """Fix twice. Whether anything was there to fix."""
    before = {path: code.encode() if isinstance(code, str) else code for path, code in files.items()}
    once, done = mended(files, unsafe=unsafe)
    if not done.contents:
        return False
    for path in done.contents:
        assert cst.parse_module(once[path]).bytes == once[path]
    assert count(once) == count(before) - done.fixed
    assert done.fixed > 0
    twice, again = mended(dict(once), unsafe=unsafe)
    assert twice == once
    assert again.fixed == 0
    return True


@pytest.mark.parametrize("share", range(SHARE))
def test_stored_completions(share: int) -> None:
    changed = 0
    for path in itertools.islice(COMPLETIONS, share, None, SHARE):
        answer = extract(path.read_text())
        files: dict[str, str | bytes] = {file.path: file.source for file in (*answer.files, *answer.wrong)}
        try:
            changed += hold(files)
        except AssertionError as error:
            raise AssertionError(f"{path}: {error}") from error
    assert changed


@pytest.mark.parametrize("unsafe", [True, False])
def test_samples(unsafe: bool) -> None:
    assert sum(hold({"main.py": code}, unsafe=unsafe) for code in dict.fromkeys(SAMPLES)) > 20


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(SAMPLES), min_size=2, max_size=5))
def test_samples_below_one_another(codes: list[str]) -> None:
    hold({"main.py": "\n".join(codes)})
