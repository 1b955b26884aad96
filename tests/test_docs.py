"""The pages under docs/ say what the code does."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt
from typer.main import get_command

from harness.checking.settings import Options, load
from harness.cli.app import app
from harness.criteria import CRITERIA, Kind

ROOT = Path(__file__).parent.parent
CHECK = (ROOT / "docs" / "check.md").read_text()
FENCES = [token for token in MarkdownIt().parse(CHECK) if token.type == "fence"]
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


def fenced(language: str) -> list[str]:
    return [token.content for token in FENCES if token.info == language]


def test_every_option_of_check_is_on_its_page() -> None:
    options = [option for each in get_command(app).commands["check"].params for option in each.opts if "--" in option]  # type: ignore[attr-defined]
    assert [option for option in options if f"`{option}" not in CHECK] == []


def test_the_commands_on_the_page_can_be_run(tmp_path: Path) -> None:
    for name in ("app", "tests"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.py").write_text("import sqlmodel\n")
    lines = [line[2:] for content in fenced("console") for line in content.splitlines()]
    assert len(lines) >= 7
    for line in lines:
        program, *arguments = shlex.split(line)
        assert program == "harness"
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "harness", *arguments]
        ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, line + ended.stderr


def test_the_settings_on_the_page_can_be_used(tmp_path: Path) -> None:
    [text] = fenced("toml")
    (tmp_path / "pyproject.toml").write_text(text)
    options = load(tmp_path / "pyproject.toml", tmp_path).options
    assert options.model_fields_set == set(Options.model_fields)


def test_the_workflow_uploads_what_check_writes() -> None:
    workflow, annotations, hook = map(yaml.safe_load, fenced("yaml"))
    steps = workflow["jobs"]["check"]["steps"]
    [written] = [step["run"].rpartition("> ")[2] for step in steps if "sarif" in step.get("run", "")]
    [uploaded] = [step["with"]["sarif_file"] for step in steps if "upload-sarif" in step.get("uses", "")]
    assert written == uploaded
    assert workflow["permissions"]["security-events"] == "write"
    assert annotations[0]["run"].startswith("harness check ")
    [used] = hook["repos"][0]["hooks"]
    [offered] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert used["id"] == offered["id"]
    assert (offered["entry"], offered["pass_filenames"]) == ("harness check", False)


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for token in MarkdownIt().parse(page.read_text()):
        for child in token.children or ():
            target = str(child.attrs.get("href", ""))
            if target and "://" not in target:
                assert (page.parent / target.partition("#")[0]).exists(), target
