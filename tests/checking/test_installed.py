"""Code that others wrote, as much as there is here: nothing of it ends the check, and no finding in it is wrong.

The standard library and the installed packages: some of their files in every run of the tests, all of them by
``make check-installed``.
"""

from __future__ import annotations

import functools
import os
import sysconfig
import warnings
from pathlib import Path

import libcst as cst
import pytest

from harness.checking.files import NEVER
from harness.checking.judge import judge
from harness.checking.run import check
from harness.checking.workers import judged
from harness.processors import processors
from harness.source.treefile import TreeFile

ALL = os.environ.get("CHECK_INSTALLED") == "all"
SAMPLE = 60
MOST_BYTES = 20_000 if not ALL else 1 << 20
FOLDERS = {name: Path(sysconfig.get_paths()[name]) for name in ("stdlib", "purelib")}
RIGHT = {
    ("sqlalchemy/ext/horizontal_shard.py", "Engine is imported for type checkers only, and used when the code runs"),
    (
        "sqlalchemy/ext/horizontal_shard.py",
        "Connection is imported for type checkers only, and used when the code runs",
    ),
    ("sqlalchemy/orm/query.py", "_no_kw is imported for type checkers only, and used when the code runs"),
}
"""Faults that the locked versions have: each is a NameError on a path that nobody seems to take."""


def python_files(folder: Path) -> list[Path]:
    """All of a folder, but for what belongs to another one; small ones only where not all are wanted."""
    found = []
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - NEVER)
        found += [Path(root, name) for name in sorted(names) if name.endswith(".py")]
    return [path for path in found if path.stat().st_size <= MOST_BYTES]


def is_parsed(path: Path) -> bool:
    """Whether libcst can parse a file: of Python's own oddest syntax (``(x): int = 1``) it cannot all."""
    try:
        cst.parse_module(path.read_bytes())
    except cst.ParserSyntaxError:
        return False
    return True


def is_python(path: Path) -> bool:
    """Whether this Python can compile a file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_is_read(folder: str) -> None:
    """Each file alone, by every criterion, whatever it is about; what Python and libcst know can be read."""
    files = python_files(FOLDERS[folder])
    chosen = files if ALL else files[:: len(files) // SAMPLE]
    units = [[TreeFile(path.stem, str(path), path.read_bytes())] for path in chosen]
    unread = {
        each.path: each.reason
        for _, (_, broken) in judged(units, functools.partial(judge, advice=True), jobs=processors())
        for each in broken
    }
    assert len(chosen) >= SAMPLE
    assert not {path: why for path, why in unread.items() if is_python(Path(path)) and is_parsed(Path(path))}
    assert not {path: why for path, why in unread.items() if "fault of the harness" in why}


@pytest.mark.parametrize("package", ["fastapi", "sqlmodel", "pydantic_settings"])
def test_a_package_has_no_faults(package: str) -> None:
    report = check([FOLDERS["purelib"] / package])
    assert report.files
    assert not report.findings
    assert not report.unread


if ALL:

    def test_what_is_found_anywhere_is_right() -> None:
        """Whole trees: every finding has been read, and is one."""
        found = {}
        for name, folder in FOLDERS.items():
            report = check([folder], advice=True)
            assert report.files > 1000
            assert not report.unread
            found[name] = {
                (Path(each.path).absolute().relative_to(folder).as_posix(), each.message) for each in report.findings
            }
        assert not found["stdlib"]
        assert found["purelib"] == RIGHT
