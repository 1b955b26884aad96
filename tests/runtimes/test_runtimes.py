"""Each runtime loads the skill's folder from disk, by its own code, and gives its contents back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.runtimes.environments import HERE, environment, locked, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.skills import Skill

DID = {
    "skills-ref": "`validate`, `read_properties`, `parse_frontmatter`",
    "google-adk": "`load_skill_from_dir`, `SkillToolset`",
    "strands-agents": "`Skill.from_file(strict=True)`, `AgentSkills`",
    "deepagents": "`SkillsMiddleware` on a `FilesystemBackend`",
    "agent-framework-core": "`FileSkillsSource.get_skills`, `get_content`",
    "pydantic-ai-harness": "`Skills.load`, `render`; nothing skipped",
    "openai-agents": "`LocalDirLazySkillSource`, read in a sandbox session",
}


@pytest.mark.parametrize("name", DID)
def test_the_runtime_gives_back_what_the_files_hold(name: str, skill: Skill, row: Callable[..., None]) -> None:
    loader = str(HERE / "loaders" / f"{name}.py")
    python = str(environment(name) / "python")
    folder = str(skill.folder.parent)
    # isolated: a loader has the name of the package that it imports
    found = json.loads(run([python, "-I", loader, folder, skill.header.name], skill.folder.parent).splitlines()[-1])
    assert found["name"] == skill.header.name
    assert found["description"] == skill.header.description
    assert skill.instructions.strip() in found["body"].replace("\r\n", "\n")
    equal = "name, description, body"
    if "references" in found:
        assert found["references"] == dict(skill.references)
        equal += f", {len(skill.references)} references" if skill.references else ""
    row(name, locked(name), DID[name], equal)


def test_the_command_of_the_official_validator_agrees(skill: Skill) -> None:
    command = str(environment("skills-ref") / "agentskills")
    assert "Valid skill" in run([command, "validate", str(skill.folder)])
    assert json.loads(run([command, "read-properties", str(skill.folder)]))["name"] == skill.header.name
