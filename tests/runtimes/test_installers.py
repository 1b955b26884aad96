"""Tools that install skills find exactly ours: in the repository and in an environment that holds the wheel."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.runtimes.environments import NPM_SKILLS, ROOT, environment, locked, make, npx_skills, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.skills import Skill

DECOY = "---\nname: decoy\ndescription: Not to be found. Use when never.\n---\n# Decoy\n"


def listed(output: str) -> list[str]:
    """Their names, and that there are as many as it says."""
    names = re.findall(r"^│    ([a-z0-9-]+)$", output, re.MULTILINE)
    found = re.search(r"Found (\d+) skills?", output)
    assert found, output
    assert len(names) == int(found[1])
    return names


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_npx_skills_lists_exactly_ours(skill: Skill, tmp_path: Path) -> None:
    assert listed(npx_skills(["add", str(ROOT), "--list"], tmp_path)) == [skill.header.name]


def test_the_marketplace_hides_what_is_not_ours(skill: Skill, tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    shutil.copytree(ROOT / "skill", repository / "skill")
    (repository / "tests" / "decoy").mkdir(parents=True)
    (repository / "tests" / "decoy" / "SKILL.md").write_text(DECOY)
    assert set(listed(npx_skills(["add", str(repository), "--list"], tmp_path))) == {skill.header.name, "decoy"}
    shutil.copytree(ROOT / ".claude-plugin", repository / ".claude-plugin")
    assert listed(npx_skills(["add", str(repository), "--list"], tmp_path)) == [skill.header.name]


def test_npx_skills_installs_every_file(skill: Skill, tmp_path: Path, row: Callable[..., None]) -> None:
    npx_skills(["add", str(ROOT), "--agent", "claude-code", "--agent", "codex", "--copy", "--yes"], tmp_path)
    for place in (".claude/skills", ".agents/skills"):
        assert contents(tmp_path / place) == {f"{skill.header.name}/{name}": each for name, each in skill.files.items()}
    files = f"{len(skill.files)} files" if len(skill.files) > 1 else "its file"
    row("`npx skills`", NPM_SKILLS, "`add --list`, `add --copy` for Claude Code and Codex", f"its name alone; {files}")


def test_library_skills_finds_it_in_the_installed_wheel(skill: Skill, tmp_path: Path, row: Callable[..., None]) -> None:
    run([sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)], ROOT)
    [wheel] = tmp_path.glob("*.whl")
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[project]\nname = "p"\nversion = "0"\ndependencies = ["relational-db-agent"]\n'
    )
    make(project / ".venv", ["--no-deps", str(wheel)])
    command = str(environment("library-skills") / "library-skills")
    [found] = json.loads(run([command, "scan", "--json"], project))["skills"]
    assert (found["name"], found["description"]) == (skill.header.name, skill.header.description)
    assert found["package"] == "relational-db-agent"
    assert contents(Path(found["path"])) == skill.files
    row(
        "`library-skills`",
        locked("library-skills"),
        "`scan` where the wheel is installed",
        "name, description, all files",
    )
