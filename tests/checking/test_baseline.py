from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harness.checking import baseline
from harness.checking.baseline import Scope, compare, read, write
from harness.checking.findings import Finding, Level
from harness.checking.judge import CHECKED
from harness.checking.sources import Sources
from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SOURCE = "import x\na()\nb()\na()\n"


@pytest.fixture(autouse=True)
def working(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a.py").write_text(SOURCE)
    (tmp_path / "app" / "b.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def at(line: int, path: str = "app/a.py", criterion: str = "awaited", level: Level = Level.ERROR) -> Finding:
    return Finding(path, line, 1, criterion, "is never awaited", "remedy", level=level)


def looked(
    paths: Sequence[Path], criteria: Sequence[str] = CHECKED, *, advice: bool = True, unread: bool = False
) -> Scope:
    return Scope(paths, criteria, set(Level) if advice else {Level.ERROR}, unread)


def test_the_file(working: Path) -> None:
    file = working / "known.json"
    findings = [at(2), at(4), at(3, "app/b.py", level=Level.ADVICE)]
    assert write(findings, file, Sources(), looked([working])) == 3
    text = file.read_text()
    assert [(each["path"], each["level"], each["count"]) for each in json.loads(text)["findings"]] == [
        ("app/a.py", "error", 2),
        ("app/b.py", "advice", 1),
    ]
    assert text.count("\n") == 7  # an entry a line
    assert write(findings[::-1], file, Sources(), looked([working])) == 3
    assert file.read_text() == text


def test_lines_may_move_but_not_change(working: Path) -> None:
    file = working / "known.json"
    write([at(2), at(3)], file, Sources(), looked([working]))
    (working / "app" / "a.py").write_text("\n\n  a()\nb(1)\n")
    compared = compare([at(3), at(4)], read(file), file, Sources(), looked([working]))
    assert (compared.new, compared.known) == ([at(4)], 1)
    assert [(each.path, each.count) for each in compared.gone] == [("app/a.py", 1)]


def test_one_more_of_the_same_is_new(working: Path) -> None:
    file = working / "known.json"
    write([at(2)], file, Sources(), looked([working]))
    compared = compare([at(2), at(4)], read(file), file, Sources(), looked([working]))
    assert (compared.new, compared.known, compared.gone) == ([at(4)], 1, [])


@pytest.mark.parametrize("other", [at(2, "app/b.py"), at(2, criterion="depends"), at(3)])
def test_another_finding_is_new(working: Path, other: Finding) -> None:
    file = working / "known.json"
    write([at(2)], file, Sources(), looked([working]))
    assert compare([other], read(file), file, Sources(), looked([working])).new == [other]


@pytest.mark.parametrize(
    ("paths", "criteria", "advice", "unread", "gone"),
    [
        (["."], CHECKED, True, False, 3),
        (["app"], CHECKED, True, False, 3),
        (["app/a.py", "app/b.py"], CHECKED, True, False, 3),
        (["app/../app"], CHECKED, True, False, 3),
        (["app/a.py"], CHECKED, True, False, 0),
        (["app"], ["awaited"], True, False, 2),
        (["app"], CHECKED, False, False, 2),
        (["app"], CHECKED, True, True, 0),
    ],
)
def test_only_a_run_that_looked_everywhere_says_what_is_gone(
    working: Path, paths: list[str], criteria: Sequence[str], advice: bool, unread: bool, gone: int
) -> None:
    file = working / "known.json"
    findings = [at(2), at(3, "app/b.py"), at(4, criterion="pool-size", level=Level.ADVICE)]
    write(findings, file, Sources(), looked([working]))
    scope = looked([working / path for path in paths], criteria, advice=advice, unread=unread)
    assert len(compare([], read(file), file, Sources(), scope).gone) == gone
    assert write([], file, Sources(), scope) == 3 - gone
    assert len(read(file).findings) == 3 - gone


def test_what_is_found_again_is_counted_once(working: Path) -> None:
    file = working / "known.json"
    write([at(2), at(4)], file, Sources(), looked([working]))
    assert write([at(2)], file, Sources(), looked([working / "app" / "b.py"])) == 2


def test_paths_are_relative_to_the_file(working: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (working / "ci").mkdir()
    file = working / "ci" / "known.json"
    write([at(2)], file, Sources(), looked([working]))
    assert read(file).findings[0].path == "../app/a.py"
    monkeypatch.chdir(working / "app")
    assert compare([at(2, "a.py")], read(file), file, Sources(), looked([working])).known == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "there is no such baseline: write it with --baseline "),
        ("[]", "is not a baseline ("),
        ("{", "is not a baseline ("),
        ('{"version": 2, "findings": []}', "is not a baseline (version: "),
        ('{"version": 1, "findings": [{"path": 1}]}', "is not a baseline (findings.0.path: "),
        ("\udcff", "is not UTF-8"),
    ],
)
def test_a_file_that_is_no_baseline(working: Path, text: str | None, complaint: str) -> None:
    file = working / "known.json"
    if text is not None:
        file.write_text(text, errors="surrogateescape")
    with pytest.raises(InputError) as raised:
        read(file)
    assert complaint in str(raised.value)
    assert str(raised.value).startswith(str(file))
    assert "\n" not in str(raised.value)


def test_a_file_that_is_something_else_is_not_overwritten(working: Path) -> None:
    file = working / "app" / "a.py"
    with pytest.raises(InputError, match="is not a baseline"):
        write([], file, Sources(), looked([working]))
    assert file.read_text() == SOURCE
    with pytest.raises(InputError, match="cannot be written: No such file"):
        write([], working / "missing" / "known.json", Sources(), looked([working]))


def test_scope_of_a_report(working: Path) -> None:
    from harness.checking.findings import Report, Unread

    scope = baseline.scope([working], ["awaited"], Report(unread=[Unread("a.py", 1, 1, "no")]), advice=False)
    assert scope == Scope([working], {"awaited"}, {Level.ERROR}, unread=True)
