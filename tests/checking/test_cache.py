"""What was found before: when it holds, and that nothing about it can fail."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.checking import cache as caches
from harness.checking import workers
from harness.checking.cache import NAME, Cache
from harness.checking.findings import Finding, Level, Unread
from harness.checking.run import check
from harness.source.treefile import TreeFile

if TYPE_CHECKING:
    from harness.checking.findings import Report

WRONG = "from sqlmodel.ext.asyncio.session import AsyncSession\n\n\nasync def f(s: AsyncSession):\n    s.commit()\n"
UNIT = [TreeFile("a", "a.py", b"one"), TreeFile("b", "b.py", b"two")]
FOUND = (
    [Finding("b.py", 1, 2, "awaited", "\N{SNOWMAN}", "r", fixable=True, level=Level.ADVICE)],
    [Unread("a.py", 3, 4, "why")],
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "a.py").write_text(WRONG)
    (tmp_path / "b.py").write_text("from a import f\n")
    (tmp_path / "c.py").write_text(WRONG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def places(report: Report) -> list[tuple[str, int]]:
    return [(each.path, each.line) for each in report.findings]


def no_process(*_: object) -> None:
    raise AssertionError("something is read")


def test_what_was_found_is_found_again_without_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    first = check([Path()], cached=True)
    assert places(first) == [("a.py", 5), ("c.py", 5)]
    monkeypatch.setattr(workers, "_start", no_process)
    assert check([Path()], cached=True) == first
    with pytest.raises(AssertionError, match="something is read"):
        check([Path()])


def test_paths_are_those_of_the_run_that_asks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "sub").mkdir()
    (folder / "c.py").rename(folder / "sub" / "c.py")
    assert places(check([Path()], cached=True)) == [("a.py", 5), ("sub/c.py", 5)]
    monkeypatch.chdir(folder / "sub")
    monkeypatch.setattr(workers, "_start", no_process)
    assert places(check([Path()], cached=True)) == [("c.py", 5)]


def test_a_unit_is_read_again_when_one_of_its_files_changes(folder: Path) -> None:
    check([Path()], cached=True)
    (folder / "a.py").write_text(f"\n{WRONG}")
    assert places(check([Path()], cached=True)) == [("a.py", 6), ("c.py", 5)]


def test_other_criteria_and_advice_are_other_entries() -> None:
    assert places(check([Path()], cached=True, criteria=["imports"])) == []
    assert len(places(check([Path()], cached=True, criteria=["awaited"]))) == 2
    assert len(places(check([Path()], cached=True, criteria=["awaited"], advice=True))) == 2


def test_an_entry_holds_all_that_was_found(folder: Path) -> None:
    cache = Cache.beside(folder)
    key = cache.key(UNIT)
    assert cache.get(key, UNIT) is None
    cache.put(key, UNIT, FOUND)
    assert cache.get(key, UNIT) == FOUND
    elsewhere = [replace(file, path=f"x/{file.path}") for file in UNIT]
    moved = cache.get(key, elsewhere)
    assert moved is not None
    assert (moved[0][0].path, moved[1][0].path) == ("x/b.py", "x/a.py")


@pytest.mark.parametrize(
    "other",
    [
        [UNIT[0]],
        UNIT[::-1],
        [UNIT[0], replace(UNIT[1], content=b"three")],
        [UNIT[0], replace(UNIT[1], module="c")],
        [UNIT[0], replace(UNIT[1], path="b/__init__.py")],
        [TreeFile("a", "a.py", b"onetwo"), TreeFile("b", "b.py", b"")],
    ],
)
def test_other_files_have_another_key(other: list[TreeFile], folder: Path) -> None:
    assert Cache.beside(folder).key(other) != Cache.beside(folder).key(UNIT)


def test_another_harness_has_another_key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Cache.beside(folder)
    assert Cache.beside(folder) == before
    assert Cache.beside(folder, advice=True) != before
    monkeypatch.setattr(caches, "_version", lambda name: "0")
    assert Cache.beside(folder) != before


def test_a_name_that_is_no_text_has_a_key(folder: Path) -> None:
    assert Cache.beside(folder).key([TreeFile("\udcff", "\udcff.py", b"")])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"{}",
        b"[[], []",
        b'[[{"path": "0"}], []]',
        b'[[], [{"path": "7", "line": 1, "column": 1, "reason": ""}]]',
        b'[[], [{"path": "x", "line": 1, "column": 1, "reason": ""}]]',
        b'[[], [{"path": "0", "line": "one", "column": 1, "reason": ""}]]',
        b"[" * 100_000,
    ],
)
def test_an_entry_that_is_none_is_ignored(content: bytes, folder: Path) -> None:
    expected = places(check([Path()], cached=True))
    entries = [path for path in (folder / NAME).iterdir() if path.name != ".gitignore"]
    assert len(entries) == 2
    for path in entries:
        path.write_bytes(content)
    assert places(check([Path()], cached=True)) == expected


def test_an_entry_may_be_a_folder(folder: Path) -> None:
    cache = Cache.beside(folder)
    (folder / NAME / cache.key(UNIT)).mkdir(parents=True)
    cache.put(cache.key(UNIT), UNIT, FOUND)
    assert cache.get(cache.key(UNIT), UNIT) is None
    assert len(list((folder / NAME).iterdir())) == 1
    cache.prune(0)


@pytest.mark.parametrize("hindrance", ["file", "link to nowhere"])
def test_what_cannot_be_written_is_no_error(hindrance: str, folder: Path) -> None:
    if hindrance == "file":
        (folder / NAME).touch()
    else:
        (folder / NAME).symlink_to("nowhere/at/all")
    assert places(check([Path()], cached=True)) == [("a.py", 5), ("c.py", 5)]


def test_git_does_not_see_it(folder: Path) -> None:
    check([Path()], cached=True)
    assert (folder / NAME / ".gitignore").read_text() == "*\n"


def test_without_a_project_there_is_none(folder: Path) -> None:
    (folder / "pyproject.toml").unlink()
    check([Path()], cached=True)
    assert not (folder / NAME).exists()


def test_where_nothing_matters_there_is_none(folder: Path) -> None:
    for name in "abc":
        (folder / f"{name}.py").write_text("x = 1\n")
    check([Path()], cached=True)
    assert not (folder / NAME).exists()


def test_the_oldest_entries_go(folder: Path) -> None:
    cache = Cache.beside(folder)
    for age, name in enumerate("abcde"):
        cache.put(name, UNIT, FOUND)
        os.utime(folder / NAME / name, (1e9 - age, 1e9 - age))
    cache.get("e", UNIT)
    cache.prune(3)
    assert sorted(path.name for path in (folder / NAME).iterdir()) == [".gitignore", "a", "b", "e"]


def test_what_cannot_be_read_at_all_is_not_kept(folder: Path) -> None:
    (folder / "c.py").write_bytes(b"import sqlmodel\nx = " + b"(" * 100_000 + b")" * 100_000)
    for _ in range(2):
        assert [each.path for each in check([Path()], cached=True).unread] == ["c.py"]
    assert len(list((folder / NAME).iterdir())) == 2


def test_runs_at_the_same_time_do_not_hinder_each_other(folder: Path) -> None:
    cache = Cache.beside(folder)
    wrong: list[object] = []

    def work() -> None:
        for number in range(100):
            key = str(number % 7)
            cache.put(key, UNIT, FOUND)
            if cache.get(key, UNIT) not in (FOUND, None):
                wrong.append(key)
            cache.prune(3)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert not [path.name for path in (folder / NAME).iterdir() if path.name.startswith("new.")]
