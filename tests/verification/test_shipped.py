"""The skill that is shipped says the truth: all of it is read, and run on both databases."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from harness.answer.markdown import Code, read
from harness.resources import skill_folder
from harness.verification import verify

if TYPE_CHECKING:
    from pathlib import Path

    from harness.verification import Verification
    from tests.databases.cluster import Cluster

SKILL = skill_folder()
INDEX = (SKILL / "SKILL.md").read_text()
REFERENCES = sorted((SKILL / "references").iterdir())
_TOKEN = re.compile(r"\w{1,4}|[^\w\s]|\s+")


@pytest.fixture(scope="module")
def verification(cluster: Cluster) -> Verification:
    return verify(SKILL, databases=["sqlite", cluster.url()])


def test_everything_is_as_it_says(verification: Verification) -> None:
    wrong = [
        f"{each.path}:{each.line} on {each.database}: {'; '.join(each.problems)}"
        for each in verification.results
        if not each.holds
    ]
    assert wrong == []
    assert verification.exit_status == 0


def test_every_page_is_run_on_both_databases(verification: Verification) -> None:
    pages = {"SKILL.md", "assets", *(f"references/{page.name}" for page in REFERENCES)}
    for database in ("read", "sqlite", "postgresql"):
        assert {each.path for each in verification.results if each.database == database} == pages
    written = sum(text.count("```python") for text in (INDEX, *(page.read_text() for page in REFERENCES)))
    files = len(list((SKILL / "assets").rglob("*.py")))
    assert verification.blocks == written + files


def test_the_index_shows_the_files_of_the_assets() -> None:
    events, _ = read(INDEX.split("\n"), 0)
    blocks = [event.piece.code for event in events if isinstance(event, Code) and event.info == "python"]
    assert len(blocks) == 3
    for block in blocks:
        path, _, code = block.removeprefix("# ").partition("\n")
        assert (SKILL / "assets" / path).read_text() == code


def test_the_index_is_short() -> None:
    header = yaml.safe_load(INDEX.split("---\n")[1])
    assert set(header) == {"name", "description", "license", "metadata"}
    assert 300 <= len(header["description"]) <= 400
    assert INDEX.count("\n") <= 150
    assert len(_TOKEN.findall(INDEX)) < 5000  # more than any model's own tokens for the same text


def test_every_reference_is_in_the_index_and_has_its_parts() -> None:
    named = set(re.findall(r"\| ([a-z-]+) \|$", INDEX, re.MULTILINE)) - {"reference", "---"}
    assert named == {page.stem for page in REFERENCES}
    for page in REFERENCES:
        text = page.read_text()
        headings = re.findall(r"^## (\w+)", text, re.MULTILINE)
        assert text.startswith("# ")
        assert {*headings} == {"Incorrect", "Correct", "Verify"}, page.name
        assert re.search(r"^\[[^]]+\]\(https://", text.splitlines()[-1]), page.name


WRONG = """\
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select


async def one(session: AsyncSession) -> None:
    await session.exec(select(1))
"""
CHECK = SKILL / "scripts" / "check.py"


def _check(*arguments: str, isolated: bool = False, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *(["-I", "-S"] if isolated else []), str(CHECK), *arguments]
    environment = {"PATH": "/nowhere"} if isolated else None
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=folder)


def test_the_script_checks_code(tmp_path: Path) -> None:
    shutil.copytree(SKILL / "assets", tmp_path / "assets")  # checking leaves a cache beside a pyproject.toml
    clean = _check(str(tmp_path / "assets"))
    assert (clean.returncode, clean.stdout) == (0, "No findings in 8 files.\n")
    (tmp_path / "app.py").write_text(WRONG)
    wrong = _check(str(tmp_path / "app.py"))
    assert wrong.returncode == 1
    assert "session-import" in wrong.stdout
    assert _check(str(tmp_path / "nothing")).returncode == 2


def test_a_package_of_the_project_is_not_taken_for_the_harness(tmp_path: Path) -> None:
    (tmp_path / "harness").mkdir()
    (tmp_path / "harness" / "__init__.py").touch()
    checked = _check(".", folder=tmp_path)
    assert (checked.returncode, checked.stdout) == (0, "No findings in 1 file.\n"), checked.stderr


def test_the_script_says_how_to_get_what_it_needs() -> None:
    result = _check("app", isolated=True)
    assert (result.returncode, result.stdout) == (3, "")
    assert "harness is not installed here" in result.stderr
    assert "harness check app" in result.stderr
    assert _check("--help", isolated=True).stdout.startswith("Reads async session code")
