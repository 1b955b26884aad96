from __future__ import annotations

import os
import shutil
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import grade, load_cases
from harness.errors import InputError
from harness.resources import skill_folder
from harness.skills import estimated_tokens, load_skill
from harness.skills.skill import MAX_FILE_BYTES, MAX_FILES
from harness.verdicts import Outcome, Overall
from tests.skills.folders import FRONT, VALID, put

ROOT = Path(__file__).parent.parent.parent


def test_a_skill(tmp_path: Path) -> None:
    files = {"references/a.md": "A", "references/deep/b.md": "B", "references/c.txt": "C", "scripts/run.py": "1"}
    folder = put(tmp_path, f"{VALID}Open `references/deep/b.md` first.\n", files)
    (folder / "scripts" / "run.py").chmod(0o755)
    skill = load_skill(folder)
    assert (skill.header.name, skill.header.description) == ("my-skill", "Does it. Use when needed.")
    assert skill.instructions.splitlines()[5] == "# Do it"
    assert list(skill.references.items()) == [("references/deep/b.md", "B"), ("references/a.md", "A")]
    assert set(skill.files) == {"SKILL.md", *files}
    assert skill.executable == {"scripts/run.py"}


@pytest.mark.parametrize(
    ("front", "name", "description"),
    [
        ("name: other\ndescription: It.", "other", "It."),
        ("name: my-skill\ndescription: Use when: always, it's fine", "my-skill", "Use when: always, it's fine"),
        ('name: "my-skill"\nname: twice\ndescription: It.', "twice", "It."),
        ("name: my-skill\ndescription: 7", "my-skill", "7"),
        ("name: my-skill\ndescription:", "my-skill", ""),
        ("description: It.", "my-skill", "It."),
        ("name: my-skill\ndescription: >-\n  It and\n  that.", "my-skill", "It and that."),
        ("name: my-skill\ndescription: It.\nversion: 2\nallowed-tools: [Read]", "my-skill", "It."),
    ],
)
def test_what_runtimes_accept_is_loaded(tmp_path: Path, front: str, name: str, description: str) -> None:
    header = load_skill(put(tmp_path, f"---\n{front}\n---\nBody\n")).header
    assert (header.name, header.description) == (name, description)


def test_unknown_fields_are_kept(tmp_path: Path) -> None:
    header = load_skill(put(tmp_path, "---\nname: a\ndescription: b\nversion: 2\nmetadata: {x: 1.5}\n---\n")).header
    assert (header.other, header.metadata) == ({"version": 2}, {"x": "1.5"})


def test_without_front_matter_all_of_it_is_instructions(tmp_path: Path) -> None:
    skill = load_skill(put(tmp_path, "# Do it\n"))
    assert (skill.header.name, skill.header.description, skill.instructions) == ("my-skill", "", "# Do it\n")


def test_hidden_files_caches_and_links_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.md").write_text("key")
    folder = put(tmp_path, VALID, {".git/x": "", "scripts/__pycache__/a.pyc": "", ".DS_Store": "", "a.pyc": ""})
    before = load_skill(folder).digest
    (folder / "references").symlink_to(tmp_path / "secret")
    (folder / "key.md").symlink_to(tmp_path / "secret" / "key.md")
    skill = load_skill(folder)
    assert set(skill.files) == {"SKILL.md"}
    assert skill.links == ("key.md", "references")
    assert skill.digest == before


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: shutil.rmtree(folder), "my-skill: does not exist"),
        (lambda folder: (folder / "SKILL.md").unlink(), "SKILL.md: does not exist: a skill is a folder that holds"),
        (lambda folder: (folder / "SKILL.md").write_bytes(b"---\n\xff"), "SKILL.md:2: is not UTF-8 text"),
        (lambda folder: (folder / "big").write_bytes(b"0" * (MAX_FILE_BYTES + 1)), "big: is larger than the limit"),
        (lambda folder: os.mkfifo(folder / "pipe"), "pipe: is not a regular file"),
        (lambda folder: [(folder / str(n)).touch() for n in range(MAX_FILES)], "holds more than 1000 files"),
        (
            lambda folder: ((folder / "SKILL.md").rename(folder / "x"), (folder / "SKILL.md").symlink_to("x")),
            "SKILL.md: is a symbolic link",
        ),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, make: object, words: str) -> None:
    folder = put(tmp_path)
    make(folder)  # type: ignore[operator]
    with pytest.raises(InputError) as caught:
        load_skill(folder)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_digest_is_that_of_names_and_contents(tmp_path: Path) -> None:
    files = {"references/a.md": "A", "b": "B"}
    one, two = tmp_path / "one", tmp_path / "two"
    digests = {load_skill(put(each, VALID, files)).digest for each in (one, two)}
    assert len(digests) == 1
    digests.add(load_skill(put(tmp_path / "three", VALID, {"references/a.md": "A", "bB": ""})).digest)
    digests.add(load_skill(put(tmp_path / "four", VALID, {"references/a.md": "AB", "b": ""})).digest)
    digests.add(load_skill(put(tmp_path / "five", VALID, {"references/a.md": "A"})).digest)
    assert len(digests) == 4


@pytest.mark.parametrize(
    ("budget", "names"),
    [(None, "acb"), (10_000, "acb"), (150, "ac"), (90, "cb"), (50, "b"), (30, ""), (0, "")],
)
def test_a_prompt_holds_the_references_that_fit(tmp_path: Path, budget: int | None, names: str) -> None:
    text = {"a": "a" * 280, "b": "b" * 40, "c": "c" * 140}
    body = f"{FRONT}\nSee references/a.md, references/c.md.\n"
    skill = load_skill(put(tmp_path, body, {f"references/{name}.md": each for name, each in text.items()}))
    prompt = skill.prompt(budget)
    assert skill.fitting(budget) == tuple(f"references/{name}.md" for name in names)
    assert [name for name in text if text[name] in prompt] == sorted(names)
    assert prompt.startswith("See references/a.md, references/c.md.\n")
    assert "name: my-skill" not in prompt
    if names and budget is not None:
        assert estimated_tokens(prompt) <= budget


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_skill_or_one_line(tmp_path: Path, content: bytes) -> None:
    folder = put(tmp_path, b"---\n" + content)
    told = ""
    try:
        assert isinstance(load_skill(folder).prompt(100), str)
    except InputError as error:
        told = str(error)
    assert "\n" not in told


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a", 1), ("a" * 35, 10), ("a" * 36, 11), ("ä日本", 3)])
def test_tokens_are_estimated(text: str, tokens: int) -> None:
    assert estimated_tokens(text) == tokens


def test_the_shipped_skill_has_the_name_and_the_version_of_the_package() -> None:
    header = load_skill(skill_folder()).header
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (header.name, header.metadata["version"]) == (project["name"], project["version"])


def test_the_code_of_the_shipped_skill_passes_every_criterion() -> None:
    result = grade(load_skill(skill_folder()).instructions, load_cases()["test-your-skill"])
    wrong = {name: verdict.reason for name, verdict in result.verdicts.items() if verdict.outcome is not Outcome.PASS}
    assert wrong == {}
    assert result.overall is Overall.PASS
