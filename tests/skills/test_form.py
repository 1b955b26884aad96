from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.checking.findings import Finding, Level
from harness.resources import skill_folder
from harness.skills import load_skill
from harness.skills.form import judge_front_matter
from tests.skills.broken import BROKEN, Broken
from tests.skills.folders import VALID, put

if TYPE_CHECKING:
    from pathlib import Path

ALL = """\
---
name: my-skill
description: >-
  Does it.
  Use when needed.
license: MIT
metadata:
  version: "1.0"
---
"""


def judged(parent: Path, text: str | bytes) -> list[Finding]:
    return judge_front_matter(load_skill(put(parent, text)))


@pytest.mark.parametrize("text", [VALID, ALL, VALID.replace("\n", "\r\n")])
def test_what_all_runtimes_read_is_right(tmp_path: Path, text: str) -> None:
    assert judged(tmp_path, text) == []


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_a_broken_rule_is_told_with_its_line(tmp_path: Path, broken: Broken) -> None:
    found = judged(tmp_path, f"---\n{broken.text}---\n# Do it\n")
    assert [(each.criterion, each.line, each.level) for each in found] == [(broken.rule, broken.line, broken.level)]
    assert broken.words in found[0].message
    assert found[0].remedy


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# Do it\n", "must begin with front matter"),
        ("---\nname: my-skill\n", "must begin with front matter"),
        ("---\n---\n", "must begin with front matter"),
        (b"\xef\xbb\xbf" + VALID.encode(), "byte order mark"),
        ("---\nname: \x07\n---\n", "character that YAML does not allow"),
    ],
)
def test_without_front_matter_nothing_else_is_said(tmp_path: Path, text: str | bytes, words: str) -> None:
    [found] = judged(tmp_path, text)
    assert (found.criterion, found.level) == ("front-matter", Level.ERROR)
    assert words in found.message


def test_the_shipped_skill_breaks_no_rule() -> None:
    assert judge_front_matter(load_skill(skill_folder())) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(st.text(st.sampled_from("name:description \n-[]{}&*!'\"|>#a1é"), max_size=80))
def test_any_text_is_judged(tmp_path: Path, text: str) -> None:
    for each in judged(tmp_path, f"---\n{text}\n---\n"):
        assert 1 <= each.line <= text.count("\n") + 3
        assert each.message
