"""The blocks of a skill are read as those of a completion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.checking.findings import Level
from harness.resources import skill_folder
from harness.skills import find_skill, load_skill
from harness.skills.blocks import CODE, Count
from harness.skills.validation import validate
from tests.skills.folders import VALID, put

if TYPE_CHECKING:
    from pathlib import Path

MAKER = """\
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

engine = create_async_engine("postgresql+asyncpg://localhost/app")
make = async_sessionmaker(engine, expire_on_commit=False)
"""
WRONG_IMPORT = """\
from sqlalchemy.ext.asyncio import AsyncSession


async def save(session: AsyncSession) -> None:
    await session.commit()
"""


def block(code: str) -> str:
    return f"```python\n{code}```\n"


def test_faults_are_told_with_file_line_criterion_and_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = f"# A\n\n## Incorrect\n\n{block(WRONG_IMPORT)}\n## Correct\n\n{block(MAKER)}"
    files = {"references/a.md": page, "assets/app.py": MAKER, "assets/other.txt": WRONG_IMPORT}
    folder = put(tmp_path, f"{VALID}See `references/a.md`.\n\n{block(WRONG_IMPORT)}", files)
    monkeypatch.chdir(tmp_path)
    validated = validate(load_skill(folder))
    assert [(each.path, each.line, each.criterion) for each in validated.findings] == [
        ("my-skill/SKILL.md", 13, "session-import"),
        ("my-skill/assets/app.py", 5, "session-factory"),
        ("my-skill/references/a.md", 20, "session-factory"),
    ]
    assert all(each.remedy for each in validated.findings)
    assert validated.counts == {"SKILL.md": Count(1, 1), "references/a.md": Count(1, 1)}
    assert validated.errors == 3


def test_pieces_and_other_languages_are_not_judged(tmp_path: Path) -> None:
    left_out = "with Session(engine) as session:\n    ...\n"
    folder = put(tmp_path, f"{VALID}{block(left_out)}\n```sql\nselect 1\n```\n")
    validated = validate(load_skill(folder))
    assert (validated.findings, validated.counts) == ([], {"SKILL.md": Count(1, 0)})


def test_a_block_that_is_taken_for_another_file_is_told(tmp_path: Path) -> None:
    folder = put(tmp_path, f"{VALID}\n`references/a.md`\n\n{block(WRONG_IMPORT)}", {"references/a.md": "A"})
    validated = validate(load_skill(folder))
    [found] = validated.findings
    assert (found.line, found.criterion, found.level) == (11, "blocks", Level.ADVICE)
    assert (validated.errors, validated.counts["SKILL.md"]) == (0, Count(1, 0))


@pytest.mark.parametrize(
    ("code", "words"),
    [("def f(:\n", "syntax error"), ("y = [" * 3000, "syntax error"), ("x = 1\n" * 60_000, "larger than the limit")],
)
def test_code_that_cannot_be_read_is_a_finding(tmp_path: Path, code: str, words: str) -> None:
    validated = validate(load_skill(put(tmp_path, f"{VALID}{block(code)}")))
    told = [each.message for each in validated.findings if each.criterion == "imports"]
    assert len(told) == 1
    assert words in told[0]


def test_a_file_that_cannot_be_parsed_is_unread(tmp_path: Path) -> None:
    validated = validate(load_skill(put(tmp_path, VALID, {"assets/a.py": "import sqlmodel\ndef f(:\n"})))
    assert (validated.findings, [each.line for each in validated.unread]) == ([], [2])


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("sqlmodel", {("SKILL.md", "expire-on-commit"), ("SKILL.md", "session-factory"), ("SKILL.md", "async-engine")}),
        ("fastapi", {("dependencies.md", "dependency-shape")}),
        ("typer", set()),
    ],
)
def test_the_official_skills_are_judged_as_async_code(name: str, faults: set[tuple[str, str]]) -> None:
    validated = validate(load_skill(find_skill(name)))
    assert {(each.path.rpartition("/")[2], each.criterion) for each in validated.findings} == faults
    for each in validated.findings:
        with open(each.path, encoding="utf-8") as page:  # noqa: PTH123
            line = page.readlines()[each.line - 1]
        assert any(word in line for word in ("Session(", "create_engine(", "def get_db", "yield")), line


def test_the_shipped_skill_is_valid() -> None:
    validated = validate(load_skill(skill_folder()))
    assert (validated.findings, validated.unread) == ([], [])
    assert sum(each.judged for each in validated.counts.values()) >= 3


def test_what_holds_for_any_code_is_judged() -> None:
    assert set(CODE) == {
        "session-import",
        "session-factory",
        "expire-on-commit",
        "dependency-shape",
        "depends",
        "imports",
        "error-handling",
        "no-lazy-load",
        "request-scope",
        "awaited",
        "async-engine",
    }
