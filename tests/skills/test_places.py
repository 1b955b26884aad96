from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.resources import skill_folder
from harness.skills import find_skill
from harness.skills.places import known_skills
from tests.skills.folders import VALID, put


@pytest.mark.parametrize("name", ["sqlmodel", "fastapi", "typer"])
def test_the_skills_of_installed_packages_are_found(name: str) -> None:
    folder = find_skill(name)
    assert folder.parts[-4:] == (name, ".agents", "skills", name)
    assert (folder / "SKILL.md").is_file()


def test_the_built_in_skill_is_found() -> None:
    assert find_skill("relational-db-agent") == skill_folder()
    assert known_skills()[0].folder == skill_folder()


def test_a_folder_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = put(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert find_skill(folder) == folder
    assert find_skill(str(folder)) == folder
    assert find_skill(folder / "SKILL.md") == folder
    assert find_skill("my-skill").resolve() == folder
    assert find_skill(".") == Path()
    folder.rename(tmp_path / "sqlmodel")
    assert find_skill("sqlmodel").resolve() == tmp_path / "sqlmodel"


def test_a_folder_without_a_skill_does_not_hide_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sqlmodel").mkdir()
    monkeypatch.chdir(tmp_path)
    assert ".agents" in find_skill("sqlmodel").parts
    assert find_skill("./sqlmodel").resolve() == find_skill(Path("sqlmodel")).resolve() == tmp_path / "sqlmodel"


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("nonsense", "nonsense: is no folder and no skill that is known here; known: relational-db-agent, "),
        ("no/where", "no/where: does not exist"),
        (Path("nonsense"), "nonsense: does not exist"),
        ("", "is no folder"),
    ],
)
def test_what_is_not_found_is_one_line(reference: str | Path, words: str) -> None:
    with pytest.raises(InputError) as caught:
        find_skill(reference)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_package_of_that_name_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("a", "my-skill", "z"):
        put(tmp_path / package / ".agents" / "skills", VALID)
    put(tmp_path / "thief" / ".agents" / "skills", VALID).rename(
        tmp_path / "thief" / ".agents" / "skills" / "relational-db-agent"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), "", str(tmp_path / "gone")])
    assert find_skill("my-skill") == tmp_path / "my-skill" / ".agents" / "skills" / "my-skill"
    assert find_skill("relational-db-agent") == skill_folder()
    assert [place.package for place in known_skills()] == ["harness", "my-skill", "a", "z"]
