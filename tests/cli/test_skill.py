from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.resources import skill_folder
from tests.skills.folders import VALID, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Result

    Run = Callable[..., Result]

ROOT = Path(__file__).parent.parent.parent
COMMANDS = ["list", "show", "validate", "install", "prompt"]
GOLDEN = """\
my-skill/SKILL.md:3:1: description: holds `<` or `>`
    remedy: Leave them out: it is put between tags.
my-skill/SKILL.md:4:1: fields: version is no field of the specification
    remedy: The specification knows name, description, license, compatibility, metadata and allowed-tools; put \
anything else under metadata.
my-skill/SKILL.md:10:1: session-import: this is sqlalchemy.ext.asyncio.AsyncSession
    remedy: Import it with `from sqlmodel.ext.asyncio.session import AsyncSession`, everywhere.

my-skill/references/a.md:1:1: links (advice): no page leads here: agents do not open it
    remedy: Say in SKILL.md when to open it.

my-skill: 3 errors, 1 advice; 1 of 1 Python block in 2 pages judged.
What it means and what to write instead: harness explain session-import
"""
FAULTY = """\
---
name: my-skill
description: Use when <b>.
version: 1
---
# Do it

```python
from sqlalchemy.ext.asyncio import AsyncSession
async def save(session: AsyncSession):
    await session.commit()
```
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples(run: Run, command: str) -> None:
    result = run("skill", command, "--help")
    assert (result.status, result.err) == (0, "")
    assert "Examples:\n" in result.out
    assert "--format" in result.out


def test_the_list(run: Run) -> None:
    result = run("skill", "list")
    assert (result.status, result.err) == (0, "")
    names = [line.split()[0] for line in result.out.splitlines()]
    assert names[0] == "relational-db-agent"
    assert {"sqlmodel", "fastapi", "typer"} <= set(names)
    found = json.loads(run("skill", "list", "--format", "json").out)["skills"]
    assert [each["name"] for each in found] == names
    assert found[0]["description"].startswith("Async")


def test_a_skill_that_cannot_be_read_does_not_end_the_list(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(here / "package" / ".agents" / "skills", b"\xff")
    monkeypatch.setattr(sys, "path", [*sys.path, str(here)])
    result = run("skill", "list", "--format", "json")
    assert result.status == 0
    assert "is not UTF-8 text" in result.err
    [found] = [each for each in json.loads(result.out)["skills"] if each["name"] == "my-skill"]
    assert found["description"] is None


def test_a_skill_is_shown(run: Run, here: Path) -> None:
    put(here, VALID, {"references/a.md": "A" * 35})
    result = run("skill", "show", "--skill", "my-skill")
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith("my-skill: Does it. Use when needed.\n\nfolder     my-skill\ndigest     ")
    assert "  references/a.md  35 bytes, 10 tokens\n" in result.out
    data = json.loads(run("skill", "show", "--skill", "./my-skill", "--format", "json").out)
    assert (data["name"], data["references"]) == ("my-skill", [{"name": "references/a.md", "tokens": 10}])
    assert data["tokens"]["instructions"] < data["tokens"]["all"]
    assert data["digest"] in result.out


def test_a_valid_skill(run: Run) -> None:
    result = run("skill", "validate")
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith("relational-db-agent: valid, 0 advice; ")


def test_a_faulty_skill(run: Run, here: Path) -> None:
    put(here, FAULTY, {"references/a.md": "A\n"})
    result = run("skill", "validate", "--skill", "my-skill")
    assert (result.status, result.err) == (1, "")
    assert result.out == GOLDEN
    result = run("skill", "validate", "--skill", "my-skill", "--format", "json")
    assert result.status == 1
    data = json.loads(result.out)
    assert (data["skill"]["name"], data["valid"], data["unread"]) == ("my-skill", False, [])
    assert data["pages"] == {"SKILL.md": {"blocks": 1, "judged": 1}, "references/a.md": {"blocks": 0, "judged": 0}}
    assert [f"{each['path']}:{each['line']}:{each['criterion']}:{each['level']}" for each in data["findings"]] == [
        "my-skill/SKILL.md:3:description:error",
        "my-skill/SKILL.md:4:fields:error",
        "my-skill/SKILL.md:10:session-import:error",
        "my-skill/references/a.md:1:links:advice",
    ]
    assert set(data["findings"][0]) == {"criterion", "level", "path", "line", "column", "message", "remedy"}


def test_advice_does_not_make_a_skill_invalid(run: Run, here: Path) -> None:
    put(here, VALID.replace("Use when needed.", ""))
    result = run("skill", "validate", "--skill", "my-skill")
    assert result.status == 0
    assert "(advice)" in result.out
    assert "my-skill: valid, 1 advice; " in result.out


def test_a_file_that_cannot_be_parsed_is_status_2(run: Run, here: Path) -> None:
    put(here, VALID, {"assets/a.py": "import sqlmodel\ndef f(:\n"})
    result = run("skill", "validate", "--skill", "my-skill")
    assert result.status == 2
    assert result.out.startswith("my-skill/assets/a.py:2:1: not checked: syntax error")
    assert "my-skill: 0 errors, 0 advice, 1 file not checked; " in result.out
    assert not json.loads(run("skill", "validate", "--skill", "my-skill", "--format", "json").out)["valid"]


@pytest.mark.parametrize("name", ["sqlmodel", "fastapi"])
def test_the_official_skills_have_findings_for_async_code(run: Run, name: str) -> None:
    result = run("skill", "validate", "--skill", name)
    assert (result.status, result.err) == (1, "")
    assert "    remedy: `async" in result.out


@pytest.mark.parametrize("command", ["show", "validate", "install", "prompt"])
@pytest.mark.parametrize(
    ("content", "reference", "words"),
    [
        (None, "nonsense", "nonsense: is no folder and no skill that is known here; known: relational-db-agent, "),
        (None, "no/where", "no/where: does not exist"),
        (b"\xff", "my-skill", "my-skill/SKILL.md:1: is not UTF-8 text"),
        (b"a" * (5 << 20), "my-skill", "my-skill/SKILL.md: is larger than the limit"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_status_2(
    run: Run, here: Path, command: str, content: bytes | None, reference: str, words: str
) -> None:
    if content is not None:
        put(here, content)
    result = run("skill", command, "--skill", reference)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith(f"harness: {words}")
    assert result.err.count("\n") == 1
    assert not (here / ".agents").exists()


def test_installing_says_what_it_did(run: Run, here: Path) -> None:
    result = run("skill", "install")
    files = len([path for path in skill_folder().rglob("*") if path.is_file() and "__pycache__" not in path.parts])
    written = f"{files} file{'s' * (files != 1)}"
    assert (result.status, result.err) == (0, "")
    assert result.out == (
        f".claude/skills/relational-db-agent: {written} written\n"
        f".agents/skills/relational-db-agent: {written} written\n"
    )
    again = run("skill", "install", "--to", ".claude/skills")
    assert (again.status, again.out) == (0, f".claude/skills/relational-db-agent: up to date, {written}\n")
    (here / ".claude/skills/relational-db-agent/SKILL.md").write_text("mine")
    (here / ".claude/skills/relational-db-agent/notes").write_text("mine")
    refused = run("skill", "install")
    assert (refused.status, refused.out) == (2, "")
    assert "differs from the skill in SKILL.md" in refused.err
    forced = json.loads(run("skill", "install", "--force", "--format", "json").out)
    assert [each["written"] for each in forced["installed"]] == [["SKILL.md"], []]
    assert forced["installed"][0]["others"] == ["notes"]
    assert "let be, not of this skill: notes" in run("skill", "install").out


def test_an_installed_skill_is_found_by_its_folder(run: Run) -> None:
    run("skill", "install", "--skill", "sqlmodel", "--to", "mine")
    data = json.loads(run("skill", "show", "--skill", "mine/sqlmodel", "--format", "json").out)
    assert data["digest"] == json.loads(run("skill", "show", "--skill", "sqlmodel", "--format", "json").out)["digest"]


def test_a_prompt_within_a_budget(run: Run, here: Path) -> None:
    put(here, f"{VALID}references/a.md\n", {"references/a.md": "A" * 100, "references/b.md": "B" * 35})
    result = run("skill", "prompt", "--skill", "my-skill")
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith("# Do it\nreferences/a.md\n")
    assert "A" * 100 in result.out
    result = run("skill", "prompt", "--skill", "my-skill", "--budget", "30")
    assert "A" * 100 not in result.out
    assert "B" * 35 in result.out
    assert result.err.endswith("tokens; left out: references/a.md\n")
    data = json.loads(run("skill", "prompt", "--skill", "my-skill", "--budget", "30", "--format", "json").out)
    assert data["prompt"] == result.out
    assert (data["references"], data["left_out"]) == (["references/b.md"], ["references/a.md"])
    assert data["tokens"] <= 30
    result = run("skill", "prompt", "--skill", "my-skill", "--budget", "3")
    assert "the instructions alone are about 7 tokens, more than the budget of 3" in result.err
    assert run("skill", "prompt", "--budget", "-1").status == 2


def test_the_commands_on_the_page_can_be_run(run: Run) -> None:
    page = (ROOT / "docs" / "skills.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\$ harness (.*)$", page, re.MULTILINE)
    assert {line.split()[1] for line in lines} == set(COMMANDS)
    for line in lines:
        result = run(*line.split())
        assert (result.status, bool(result.out)) == (0, True), line


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom harness.cli.app import app\nfrom typer.main import get_command\nget_command(app)\n"
        "print([name for name in ('libcst', 'pydantic', 'markdown_it', 'sqlmodel', 'rich') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
