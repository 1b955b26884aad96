from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.checking.findings import Level
from harness.resources import skill_folder
from harness.skills import load_skill
from harness.skills.contents import MAX_LINES, MAX_PAGE, judge_contents
from tests.skills.folders import VALID, put

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ADVICE = Level.ADVICE
ERROR = Level.ERROR
LINES = VALID.count("\n")


def judged(
    parent: Path, text: str, files: Mapping[str, str | bytes] | None = None
) -> list[tuple[str, int, str, Level, str]]:
    found = judge_contents(load_skill(put(parent, VALID + text, files)))
    return [(each.path, each.line, each.criterion, each.level, each.message) for each in found]


@pytest.mark.parametrize(
    "text",
    [
        "See [a](references/a.md), `references/a.md` or references/a.md.\n",
        "[a](references/a.md#part), [b](./references/a.md) [c](https://example.org/references/x.md) [d](#here)\n",
        "Read references/ first: [all](references/).\n\n```python\nopen('references/none.md')\n```\nreferences/a.md\n",
        "Not `app/references/none.md`; [mail](mailto:a@example.org); `references/a.md`\n",
    ],
)
def test_what_leads_somewhere(tmp_path: Path, text: str) -> None:
    assert judged(tmp_path, text, {"references/a.md": "[home](../SKILL.md), [me](a.md), references/a.md\n"}) == []


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("One\n[b](references/b.md)\n", 2, "references/b.md is not there"),
        ("| a |\n| - |\n| `scripts/run.py` |\n", 3, "scripts/run.py is not there"),
        ("One\ntwo\nreferences/b.md\n", 3, "references/b.md is not there"),
        ("![b](assets/b.png)\n", 1, "assets/b.png is not there"),
        ("[b](../other/SKILL.md)\n", 1, "../other/SKILL.md is outside the skill"),
        ("[b](references/../../x.md)\n", 1, "references/../../x.md is outside the skill"),
        ("[b](/etc/passwd)\n", 1, "/etc/passwd is outside the skill"),
    ],
)
def test_a_broken_link_is_told_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    assert judged(tmp_path, text) == [("SKILL.md", LINES + line, "links", ERROR, words)]


def test_references_are_read_for_links_and_may_lead_on(tmp_path: Path) -> None:
    files = {"references/a.md": "[b](b.md)\n\n[c](c.md)\n", "references/b.md": "B"}
    assert judged(tmp_path, "`references/a.md`\n", files) == [
        ("references/a.md", 3, "links", ERROR, "c.md is not there")
    ]


def test_references_that_nobody_opens(tmp_path: Path) -> None:
    found = judged(tmp_path, "references/a/b.md\n", {"references/a/b.md": "B", "references/c.md": "C"})
    assert [(path, rule, level) for path, _, rule, level, _ in found] == [
        ("references/a/b.md", "files", ADVICE),
        ("references/c.md", "links", ADVICE),
    ]


def test_references_may_be_listed_by_their_bare_names(tmp_path: Path) -> None:
    files = {"references/pool-size.md": "P", "references/echo.md": "E", "references/size.md": "S"}
    table = "| rule | reference |\n| --- | --- |\n| echo it, size it | pool-size |\n\nOpen `echo`.\n"
    found = judged(tmp_path / "told", f"{table}The references are `references/<name>.md`.\n", files)
    assert [path for path, *_ in found] == ["references/size.md"]
    assert len(judged(tmp_path / "untold", table, files)) == 3
    skill = load_skill(tmp_path / "told" / "my-skill")
    assert list(skill.references) == ["references/pool-size.md", "references/echo.md", "references/size.md"]


def test_links_and_files_that_are_not_text(tmp_path: Path) -> None:
    folder = put(tmp_path, f"{VALID}references/a.md\n", {"references/a.md": b"\xff"})
    (folder / "key").symlink_to("/etc/hostname")
    found = judge_contents(load_skill(folder))
    assert [(each.path, each.criterion, each.level) for each in found] == [
        ("key", "files", ERROR),
        ("references/a.md", "files", ERROR),
    ]


@pytest.mark.parametrize(
    ("text", "level", "words"),
    [
        ("a\n" * MAX_LINES, ADVICE, "506 lines, more than 500"),
        ("a" * 20_000, ADVICE, "tokens, by estimate, more than 5,000"),
    ],
)
def test_long_instructions_are_advised_against(tmp_path: Path, text: str, level: Level, words: str) -> None:
    [found] = judged(tmp_path, text)
    assert found[2:4] == ("length", level)
    assert words in found[4]


def test_a_page_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    found = judged(tmp_path, "references/a.md\n", {"references/a.md": "[x](none.md)\n" + "a" * MAX_PAGE})
    assert [each[2:4] for each in found] == [("length", ERROR)]


def test_a_skill_without_instructions(tmp_path: Path) -> None:
    [found] = judge_contents(load_skill(put(tmp_path, VALID.replace("# Do it\n", ""))))
    assert (found.criterion, found.level) == ("length", ADVICE)


def test_the_shipped_skill_leads_to_what_is_there() -> None:
    assert judge_contents(load_skill(skill_folder())) == []
