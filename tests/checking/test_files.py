"""Which files are checked, and that nothing that is no file is waited for."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from harness.checking.files import Ignores, python_files
from harness.checking.modules import MOST_BYTES, load, project_root
from harness.errors import InputError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(*names: str, text: str = "import sqlmodel\n") -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def found(*paths: str, exclude: tuple[str, ...] = ()) -> list[str]:
    rules = [Ignores.of(exclude, Path.cwd(), "test")]
    return [
        path.relative_to(Path.cwd()).as_posix() for path in python_files([Path(each) for each in paths], exclude=rules)
    ]


def test_files_are_sorted_and_each_comes_once() -> None:
    put("b.py", "a/z.py", "a/b/c.py", "a.py", "c.txt", "d.pyi")
    assert found(".") == ["a/b/c.py", "a/z.py", "a.py", "b.py"]
    assert found("a/z.py", ".", "a", "./a/../a/z.py") == ["a/z.py", "a/b/c.py", "a.py", "b.py"]


def test_what_nobody_here_wrote_is_passed_over_unless_it_is_named() -> None:
    put("a.py", ".venv/b.py", "node_modules/c.py", "build/d.py", "x/site-packages/e.py")
    assert found(".") == ["a.py"]
    assert found(".", "build") == ["a.py", "build/d.py"]


@pytest.mark.parametrize(
    ("rules", "inner", "expected"),
    [
        ("b.py\n", "", ["a.py", "d/a.py"]),
        ("/b.py\n", "", ["a.py", "d/a.py", "d/b.py"]),
        ("d/\n", "", ["a.py", "b.py"]),
        ("*.py\n!a.py\n", "", ["a.py", "d/a.py"]),
        ("b.py\n", "!b.py\n", ["a.py", "d/a.py", "d/b.py"]),
    ],
)
def test_gitignore(rules: str, inner: str, expected: list[str]) -> None:
    put("a.py", "b.py", "d/a.py", "d/b.py")
    Path(".git").mkdir()
    Path(".gitignore").write_text(rules)
    Path("d/.gitignore").write_text(inner)
    assert sorted(found(".")) == sorted(expected)
    assert found("b.py") == ["b.py"]


def test_what_git_ignores_is_checked_where_it_is_named() -> None:
    put("d/a.py", "d/e/b.py", "d/e/c.py")
    Path(".git").mkdir()
    Path(".gitignore").write_text("/d/\n")
    Path("d/.gitignore").write_text("c.py\n")
    assert found(".") == []
    assert found("d") == ["d/a.py", "d/e/b.py"]
    assert found("d/e") == ["d/e/b.py"]


def test_rules_of_folders_above_hold_in_a_repository_only(folder: Path) -> None:
    put("d/a.py", "d/b.py")
    Path(".gitignore").write_text("b.py\n")
    assert found("d") == ["d/a.py", "d/b.py"]
    Path(".git").mkdir()
    assert found("d") == ["d/a.py"]


def test_what_is_no_file_is_passed_over() -> None:
    put("a.py")
    os.mkfifo("pipe.py")
    Path("self.py").symlink_to("self.py")
    Path("gone.py").symlink_to("nowhere.py")
    Path("zero.py").symlink_to("/dev/zero")
    Path("up").symlink_to("..")
    Path("folder.py").mkdir()
    Path("here.py").symlink_to(".")
    Path("linked.py").symlink_to("a.py")
    assert found(".") == ["a.py", "linked.py"]


@pytest.mark.parametrize("name", ["pipe.py", "zero.py"])
def test_what_is_no_file_is_refused_where_it_is_named(name: str) -> None:
    os.mkfifo("pipe.py")
    Path("zero.py").symlink_to("/dev/zero")
    files, unread = load(python_files([Path(name)]))
    assert not files
    assert [(each.path, each.reason) for each in unread] == [(name, "cannot be read: is no regular file")]


def test_a_folder_that_cannot_be_entered_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    put("a.py", "shut/b.py")
    scan, opens = os.scandir, os.open

    def refuse(path: Path) -> os.scandir[str]:  # type: ignore[type-arg]
        if path.name == "shut":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    def refuse_too(path: Path, flags: int) -> int:
        if path.name == "shut":
            raise PermissionError(13, "Permission denied")
        return opens(path, flags)

    monkeypatch.setattr(os, "scandir", refuse)
    monkeypatch.setattr(os, "open", refuse_too)
    files, unread = load(python_files([Path()]))
    assert [file.path for file in files] == ["a.py"]
    assert [(each.path, each.reason) for each in unread] == [("shut", "cannot be read: Permission denied")]


def test_a_file_that_vanishes_is_told() -> None:
    put("a.py", "b.py")
    paths = list(python_files([Path()]))
    Path("a.py").unlink()
    files, unread = load(paths)
    assert [file.path for file in files] == ["b.py"]
    assert [(each.path, each.reason) for each in unread] == [("a.py", "cannot be read: No such file or directory")]


@pytest.mark.parametrize("path", ["nowhere", "a.py/b.py", "x" * 300, "a\0b"])
def test_a_path_that_is_not_there(path: str) -> None:
    put("a.py")
    with pytest.raises(InputError, match=r"there is no such file|cannot be read"):
        list(python_files([Path(path)]))


def test_folders_may_be_nested_deeper_than_python_recurses(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        for _ in range(1500):
            os.mkdir("d", dir_fd=handle)
            below = os.open("d", os.O_RDONLY, dir_fd=handle)
            os.close(handle)
            handle = below
    finally:
        os.close(handle)
    put("z.py")
    try:
        assert found(".") == ["z.py"]
    finally:
        subprocess.run(["rm", "-rf", "d"], check=True)  # more than the clean-up of temporary folders can do


def test_names_that_are_no_text() -> None:
    put("\udcff.py")
    files, unread = load(python_files([Path()]))
    assert [file.path for file in files] == ["\udcff.py"]
    assert not unread


@pytest.mark.parametrize(
    ("start", "kept", "lost"), [(b"x = 1\n", 1, 0), (b"import sqlmodel\n", 0, 1)], ids=["irrelevant", "relevant"]
)
def test_of_a_file_that_is_too_large_only_the_loss_is_told(start: bytes, kept: int, lost: int) -> None:
    Path("large.py").write_bytes(start + b"#" * MOST_BYTES)
    files, unread = load(python_files([Path()]))
    assert ([file.content for file in files], len(unread)) == ([b""] * kept, lost)


def test_modules_are_named_from_the_root_of_the_project(folder: Path) -> None:
    put("src/app/__init__.py", "src/app/models.py", "src/app/api/routes.py")
    Path("pyproject.toml").touch()
    assert project_root(folder / "src" / "app") == folder
    for paths in (["."], ["src"], ["src/app/models.py", "src/app"], ["src/app/api/../models.py", "src/app"]):
        files, _ = load(python_files([Path(path) for path in paths]))
        assert {"src.app", "src.app.models", "src.app.api.routes"} == {file.module for file in files}


@pytest.mark.parametrize(
    ("here", "path"), [(".", "site"), (".", "site/app"), ("site", "app"), ("site/app", "."), ("site/app/api", ".")]
)
def test_without_a_project_modules_are_named_from_above_their_package(
    monkeypatch: pytest.MonkeyPatch, here: str, path: str
) -> None:
    put("site/app/__init__.py", "site/app/models.py", "site/app/api/__init__.py", "site/app/api/routes.py")
    monkeypatch.chdir(here)
    files, _ = load(python_files([Path(path)]))
    assert [file.module for file in files if f".{file.module}".endswith(".app.api.routes")]


def test_without_a_project_folders_need_not_be_packages() -> None:
    put("site/app/models.py", "site/app/routes.py")
    files, _ = load(python_files([Path("site/app")]))
    assert {file.module for file in files} == {"site.app.models", "site.app.routes"}


def test_two_files_of_one_name_are_two_modules() -> None:
    put("x.py", "x/__init__.py", "__init__.py", ".py", "..py")
    files, _ = load(python_files([Path()]))
    assert len({file.module for file in files}) == 5
