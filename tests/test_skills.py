from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from harness import grade, load_cases
from harness.errors import InputError
from harness.resources import skill_folder
from harness.skills import load_skill
from harness.verdicts import Outcome, Overall

ROOT = Path(__file__).parent.parent
VALID = "---\nname: my-skill\ndescription: Does it. Use when needed.\n---\n# Do it\n"


def put(folder: Path, text: str) -> Path:
    skill = folder / "my-skill"
    skill.mkdir()
    (skill / "SKILL.md").write_text(text)
    return skill


def test_a_skill(tmp_path: Path) -> None:
    skill = load_skill(put(tmp_path, VALID))
    assert (skill.header.name, skill.header.description) == ("my-skill", "Does it. Use when needed.")
    assert skill.instructions == "\n\n\n\n# Do it\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# Do it\n", "SKILL.md:1: must begin with front matter"),
        ("---\nname: my-skill\n", "SKILL.md:1: must begin with front matter"),
        (VALID.replace("my-skill", "My-Skill"), "SKILL.md:2: name: use lower-case"),
        (VALID.replace("my-skill", "other"), "SKILL.md:2: name: must be the name of its folder, 'my-skill'"),
        (VALID.replace("Does it", "<b>"), "SKILL.md:3: description: "),
        (VALID.replace("Does it", "x" * 1024), "SKILL.md:3: description: "),
        (VALID.replace("description", "descripton"), "description: Field required"),
        (VALID.replace("# Do", "version: 1\n# Do").replace("needed.\n", "needed.\nversion: 1\n"), ":4: version: "),
        (VALID.replace("Does it.", "Does: it."), "SKILL.md:3: is not valid YAML"),
    ],
)
def test_a_broken_rule_is_named_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        load_skill(put(tmp_path, text))
    assert words in str(caught.value)


def test_the_shipped_skill_follows_the_rules_and_has_the_version_of_the_package() -> None:
    header = load_skill(skill_folder()).header
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (header.name, header.metadata["version"]) == (project["name"], project["version"])


def test_the_marketplace_names_the_shipped_skill() -> None:
    plugins = json.loads((ROOT / ".claude-plugin" / "marketplace.json").read_text(encoding="utf-8"))["plugins"]
    assert [[ROOT / path for path in plugin["skills"]] for plugin in plugins] == [[skill_folder()]]


def test_the_code_of_the_shipped_skill_passes_every_criterion() -> None:
    result = grade(load_skill(skill_folder()).instructions, load_cases()["test-your-skill"])
    wrong = {name: verdict.reason for name, verdict in result.verdicts.items() if verdict.outcome is not Outcome.PASS}
    assert wrong == {}
    assert result.overall is Overall.PASS
