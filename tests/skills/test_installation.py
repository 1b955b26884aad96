from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from harness.errors import HarnessError, InputError, MachineError
from harness.skills import Skill, installation, load_skill
from harness.skills.installation import Installed, default_targets, install
from tests.skills.folders import VALID, put

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES = {"references/a.md": "A", "scripts/run.py": "1"}


@pytest.fixture
def skill(tmp_path: Path) -> Skill:
    folder = put(tmp_path / "source", VALID, FILES)
    (folder / "scripts" / "run.py").chmod(0o755)
    (folder / "scripts" / "__pycache__").mkdir()
    (folder / "scripts" / "__pycache__" / "run.pyc").write_bytes(b"")
    (folder / "link").symlink_to("/etc/hostname")
    return load_skill(folder)


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def test_every_file_is_copied_once(skill: Skill, tmp_path: Path) -> None:
    target = tmp_path / "new" / "skills"
    folder = target / "my-skill"
    assert install(skill, [target, target]) == [Installed(folder, tuple(skill.files), 0, ())]
    assert names(folder) == {"SKILL.md", *FILES}
    assert load_skill(folder).digest == skill.digest
    assert stat.S_IMODE((folder / "scripts" / "run.py").stat().st_mode) & 0o111
    assert not stat.S_IMODE((folder / "SKILL.md").stat().st_mode) & 0o111
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert install(skill, [target]) == [Installed(folder, (), 3, ())]
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_changed_files_are_not_overwritten_unless_forced(skill: Skill, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    install(skill, [two])
    changed = two / "my-skill" / "SKILL.md"
    changed.write_text("mine")
    (two / "my-skill" / "notes.md").write_text("mine")
    with pytest.raises(InputError, match=r"my-skill: differs from the skill in SKILL.md: nothing was written; --force"):
        install(skill, [one, two])
    assert changed.read_text() == "mine"
    assert not one.exists()
    done = install(skill, [one, two], force=True)[1]
    assert (done.written, done.unchanged, done.others) == (("SKILL.md",), 2, ("notes.md",))
    assert changed.read_text() == VALID
    assert names(two / "my-skill") == {"SKILL.md", "notes.md", *FILES}


def test_what_is_missing_is_put_back(skill: Skill, tmp_path: Path) -> None:
    install(skill, [tmp_path])
    (tmp_path / "my-skill" / "references" / "a.md").unlink()
    [done] = install(skill, [tmp_path])
    assert (done.written, done.unchanged) == (("references/a.md",), 2)


@pytest.mark.parametrize("place", ["my-skill", "my-skill/references", "my-skill/SKILL.md", "my-skill/references/a.md"])
def test_nothing_is_written_through_a_link(skill: Skill, tmp_path: Path, place: str) -> None:
    target, elsewhere = tmp_path / "skills", tmp_path / "elsewhere"
    link = target / place
    link.parent.mkdir(parents=True)
    if place.endswith(".md"):
        elsewhere.write_text("theirs")
    else:
        elsewhere.mkdir()
    link.symlink_to(elsewhere)
    with pytest.raises(InputError, match="is a symbolic link: nothing is written through it"):
        install(skill, [target])
    assert names(target) <= {place}
    install(skill, [target], force=True)
    assert not any(path.is_symlink() for path in (target / "my-skill", *(target / "my-skill").rglob("*")))
    assert load_skill(target / "my-skill").digest == skill.digest
    assert elsewhere.read_text() == "theirs" if elsewhere.is_file() else not list(elsewhere.iterdir())


def test_a_link_to_the_same_skill_is_no_copy(skill: Skill, tmp_path: Path) -> None:
    target = tmp_path / "skills"
    target.mkdir()
    (target / "my-skill").symlink_to(skill.folder)
    with pytest.raises(InputError, match="is a symbolic link"):
        install(skill, [target])
    install(skill, [target], force=True)
    assert not (target / "my-skill").is_symlink()
    assert names(target / "my-skill") == {"SKILL.md", *FILES}


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "../x", "/etc", ".hidden", "a\nb"])
def test_a_name_never_leads_out_of_the_target(tmp_path: Path, name: str) -> None:
    text = VALID.replace("name: my-skill", f"name: {name!r}".replace("'", '"'))
    skill = load_skill(put(tmp_path / "source", text))
    if not name:
        assert skill.header.name == "my-skill"
        return
    with pytest.raises(InputError, match="cannot be that of a folder"):
        install(skill, [tmp_path / "skills"])
    assert not (tmp_path / "skills").exists()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder.write_text(""), "my-skill: is in the way: a folder is needed there"),
        (lambda folder: (folder / "SKILL.md").mkdir(parents=True), "SKILL.md: is in the way: a file is needed there"),
        (lambda folder: (folder.mkdir(), (folder / "references").touch()), "references: is in the way"),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_what_is_in_the_way_is_told(
    skill: Skill, tmp_path: Path, make: Callable[[Path], object], words: str, force: bool
) -> None:
    make(tmp_path / "my-skill")
    before = names(tmp_path)
    with pytest.raises(InputError, match=words):
        install(skill, [tmp_path], force=force)
    assert names(tmp_path) == before


def test_a_target_that_is_a_file_is_told(skill: Skill, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written: Not a directory"):
        install(skill, [tmp_path / "file"])


@pytest.mark.parametrize(("number", "kind"), [(28, MachineError), (13, InputError)])
def test_a_file_is_written_whole_or_not_at_all(
    skill: Skill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[HarnessError]
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, "no")

    install(skill, [tmp_path])
    changed = tmp_path / "my-skill" / "SKILL.md"
    changed.write_text("mine")
    monkeypatch.setattr(installation.Path, "replace", fail)
    with pytest.raises(kind, match=r"SKILL.md: cannot be written: no"):
        install(skill, [tmp_path], force=True)
    assert changed.read_text() == "mine"
    assert names(tmp_path / "my-skill") == {"SKILL.md", *FILES}


@pytest.mark.parametrize(
    ("there", "targets"),
    [
        ((), (".claude/skills", ".agents/skills")),
        ((".claude",), (".claude/skills",)),
        ((".agents",), (".agents/skills",)),
        ((".agents", ".claude"), (".claude/skills", ".agents/skills")),
    ],
)
def test_where_agents_look(tmp_path: Path, there: tuple[str, ...], targets: tuple[str, ...]) -> None:
    for name in there:
        (tmp_path / name).mkdir()
    assert [os.path.relpath(each, tmp_path) for each in default_targets(tmp_path)] == list(targets)
