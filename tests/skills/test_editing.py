from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.skills import load_skill
from harness.skills.editing import EditError, diff, edit_prompt, make_edited, read_edit
from tests.skills.folders import VALID, put

if TYPE_CHECKING:
    from pathlib import Path

LINES = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=20), max_size=5)


def block(name: str, text: str) -> str:
    return f'<file path="{name}">\n{text}</file>\n'


@given(LINES, LINES)
def test_what_stands_between_the_marks_is_the_file(first: list[str], second: list[str]) -> None:
    texts = ["".join(f"{line}\n" for line in lines if "file" not in line) for lines in (first, second)]
    reply = f"So:\n{block('SKILL.md', texts[0])}\nand\n{block('references/a.md', texts[1])}"
    assert read_edit(reply) == {"SKILL.md": texts[0].encode(), "references/a.md": texts[1].encode()}
    assert read_edit(reply.replace("\n", "\r\n")) == read_edit(reply)


def test_half_a_character_does_not_break_an_edit() -> None:
    assert read_edit(block("SKILL.md", "a \ud800 b\n")) == {"SKILL.md": b"a ? b\n"}


@given(st.text())
def test_any_reply_is_read_or_refused(reply: str) -> None:
    with pytest.raises(EditError):
        read_edit(reply)


@pytest.mark.parametrize(
    "name",
    [
        "/etc/SKILL.md",
        "../SKILL.md",
        "references/../../a.md",
        "references/../SKILL.md",
        "references//a.md",
        "references/.hidden.md",
        "references\\a.md",
        "scripts/check.py",
        "references/a.py",
        "references/a.md\0",
        "references/\u0430.md",
        "",
        f"references/{'a' * 300}.md",
    ],
)
def test_only_pages_inside_the_skill_can_be_named(name: str) -> None:
    with pytest.raises(EditError, match="only SKILL"):
        read_edit(block(name, "x\n"))


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (block("SKILL.md", "a\n") * 2, "holds SKILL.md twice"),
        (f'<file path="SKILL.md">\n{block("references/a.md", "")}', "does not end SKILL.md before"),
        (block("SKILL.md", "a\n") + '<file path="references/a.md">\n', "ends inside references/a.md"),
    ],
)
def test_blocks_that_are_not_whole_are_refused(reply: str, says: str) -> None:
    with pytest.raises(EditError, match=says):
        read_edit(reply)


def test_the_prompt_shows_files_as_they_are_answered(tmp_path: Path) -> None:
    skill = load_skill(put(tmp_path, VALID, {"references/a.md": "# A\n"}))
    said = edit_prompt(skill, "Mend it.").partition("# How to answer")[2]
    assert read_edit(said) == {"SKILL.md": VALID.encode(), "references/a.md": b"# A\n"}


def test_an_edited_skill_is_another_folder_and_the_diff_shows_it(tmp_path: Path) -> None:
    skill = load_skill(put(tmp_path, VALID, {"scripts/a.sh": "true\n"}))
    (tmp_path / "new").mkdir()
    pages = {"SKILL.md": f"{VALID}\nSee references/a.md.\n".encode(), "references/a.md": b"# A\n"}
    edited = make_edited(skill, pages, tmp_path / "new")
    assert edited.folder == tmp_path / "new" / "my-skill"
    assert edited.files == {**skill.files, **pages}
    assert load_skill(skill.folder) == skill
    assert diff(skill, edited).endswith("--- /dev/null\n+++ b/references/a.md\n@@ -0,0 +1 @@\n+# A\n")
    assert "+See references/a.md.\n" in diff(skill, edited)


@pytest.mark.parametrize(
    ("pages", "says"),
    [
        ({"SKILL.md": VALID.encode() + b"\n"}, "changes nothing"),
        ({"SKILL.md": b"# No front matter\n"}, "is not valid: SKILL.md:1: "),
        ({"references/a.md": b"a", "references/a.md/b.md": b"b"}, "cannot be read: references/a.md"),
    ],
)
def test_what_is_no_valid_skill_is_refused(tmp_path: Path, pages: dict[str, bytes], says: str) -> None:
    skill = load_skill(put(tmp_path))
    (tmp_path / "new").mkdir()
    with pytest.raises(EditError, match=says):
        make_edited(skill, pages, tmp_path / "new")
