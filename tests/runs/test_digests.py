"""What decides how a completion is judged is in the digest, so that a change of it judges again."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from harness.runs import digests
from harness.runs.digests import case_digest, digest_of, judging_digest
from tests.runs.parts import CASES

if TYPE_CHECKING:
    from pathlib import Path

LOADED = (
    "import sys, harness.grading, harness.databases.postgresql, harness.source.child, harness.sandbox.zygote\n"
    "print(*sorted(name for name in sys.modules if name.startswith('harness.')))"
)
PASSED_OVER = {"errors", "versions", "documents", "resources", "completions"}
"""What judging imports and is not decided by: exceptions, files, and the versions, which count by themselves."""


def test_all_code_that_judges_is_in_the_digest() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[1] for name in done.stdout.split()}
    held = {*digests._JUDGES, *(name.removesuffix(".py") for name in digests._MODULES)}
    assert loaded - held <= PASSED_OVER
    assert {"criteria", "answer", "source", "probes", "verdicts"} <= held


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with as many places, and next to nothing in them."""
    for name in digests._JUDGES:
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / "module.py").write_text("x = 1")
    for name in digests._MODULES:
        (tmp_path / name).write_text("x = 1")
    monkeypatch.setattr(digests, "_PACKAGE", tmp_path)
    return tmp_path


@pytest.mark.parametrize("changed", [*(f"{name}/deep/module.py" for name in digests._JUDGES), *digests._MODULES])
def test_a_change_of_any_of_it_is_another_digest(package: Path, changed: str) -> None:
    before = judging_digest.__wrapped__()
    assert judging_digest.__wrapped__() == before
    (package / changed).write_text("x = 2")
    assert judging_digest.__wrapped__() != before


@pytest.mark.parametrize("library", ["libcst", "markdown-it-py", "asyncpg", "psycopg", "sqlalchemy", "fastapi"])
def test_another_version_of_a_library_is_another_digest(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    before, version = judging_digest.__wrapped__(), digests.importlib.metadata.version
    monkeypatch.setattr("importlib.metadata.version", lambda name: "99" if name == library else version(name))
    assert judging_digest.__wrapped__() != before


def test_every_field_of_a_case_counts() -> None:
    case = CASES["session-factory"]
    same = case_digest(case)
    assert case_digest(case.model_copy()) == same
    for change in ({"prompt": "Another."}, {"criteria": case.criteria[:2]}, {"id": "other"}):
        assert case_digest(case.model_copy(update=change)) != same


def test_a_digest_is_of_what_is_said_and_not_of_its_order() -> None:
    assert digest_of({"a": 1, "b": [1, 2]}) == digest_of({"b": [1, 2], "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": "1"})
    assert digest_of([1, 2]) != digest_of([2, 1])
