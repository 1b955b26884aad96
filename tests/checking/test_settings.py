from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from harness.checking.settings import Options, Settings, load
from harness.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

FULL = """
[tool.harness.check]
select = ["awaited", "depends"]
ignore = ["depends"]
exclude = ["migrations/"]
per-file-ignores = {"tests/" = ["awaited"]}
advice = true
baseline = "ci/known.json"
"""


@pytest.fixture(autouse=True)
def working(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_all_keys(working: Path) -> None:
    (working / "pyproject.toml").write_text(FULL)
    settings = load(None, working)
    assert settings.options == Options.model_validate(
        {
            "select": ["awaited", "depends"],
            "ignore": ["depends"],
            "exclude": ["migrations/"],
            "per-file-ignores": {"tests/": ["awaited"]},
            "advice": True,
            "baseline": "ci/known.json",
        }
    )
    assert settings.folder == working
    assert str(settings.baseline) == "ci/known.json"
    assert settings.where("exclude") == "pyproject.toml: tool.harness.check.exclude"


def test_without_settings(working: Path) -> None:
    assert load(None, working) == Settings()
    (working / "pyproject.toml").write_text("[tool.other]\n")
    assert load(None, working) == Settings()
    assert Settings().baseline is None


def test_the_nearest_file_that_has_settings_counts(working: Path) -> None:
    inner = working / "backend" / "app"
    inner.mkdir(parents=True)
    (working / "pyproject.toml").write_text("[tool.harness.check]\nbaseline = 'outer'")
    (working / "backend" / "pyproject.toml").write_text("[tool.other]")
    assert load(None, inner).options.baseline == "outer"
    (working / "backend" / "pyproject.toml").write_text("[tool.harness.check]\nbaseline = 'inner'")
    for path in (inner, inner / "a.py", inner / "missing" / "a.py"):
        settings = load(None, path)
        assert str(settings.baseline) == "backend/inner"
        assert settings.folder == working / "backend"
    assert load(None, working).options.baseline == "outer"


def test_nothing_above_the_repository_counts(working: Path) -> None:
    repository = working / "vendored"
    (repository / ".git").mkdir(parents=True)
    (working / "pyproject.toml").write_text(FULL)
    assert load(None, repository) == Settings()


def test_a_file_that_is_named(working: Path) -> None:
    (working / "pyproject.toml").write_text("[tool.harness.check]\nnonsense = 1")
    (working / "ci").mkdir()
    (working / "ci" / "harness.toml").write_text("[tool.harness.check]\nbaseline = '/known.json'\nexclude = ['x']")
    named = working / "ci" / "harness.toml"
    settings = load(named.relative_to(working), working)
    assert settings.folder == working / "ci"
    assert str(settings.baseline) == "/known.json"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("selct = []", "selct: there is no such key: did you mean select?"),
        (
            "xyz = []",
            "xyz: there is no such key; known: select, ignore, exclude, per-file-ignores, advice, baseline",
        ),
        ("per_file_ignores = {}", "per_file_ignores: there is no such key: did you mean per-file-ignores?"),
        ("select = 'awaited'", "select: has to be a list of strings"),
        ("select = [1]", "select.0: has to be a string"),
        ("advice = 1", "advice: has to be true or false"),
        ("baseline = []", "baseline: has to be a string"),
        ("per-file-ignores = []", "per-file-ignores: has to be a table"),
        ("ignore = ['x']", "ignore: there is no criterion 'x' to check; known: "),
        ("per-file-ignores = {'a/' = ['x']}", "per-file-ignores.a/: there is no criterion 'x' to check; known: "),
    ],
)
def test_a_key_that_cannot_be_used_is_named(working: Path, text: str, complaint: str) -> None:
    (working / "pyproject.toml").write_text(f"[tool.harness.check]\n{text}")
    with pytest.raises(InputError, match=f"^pyproject.toml: tool.harness.check.{re.escape(complaint)}") as raised:
        load(None, working)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("x = ", "is not valid TOML: Invalid value (at end of document)"),
        ("[tool.harness]\ncheck = 1", "tool.harness.check: has to be a table"),
    ],
)
def test_a_file_that_cannot_be_used(working: Path, text: str, complaint: str) -> None:
    (working / "pyproject.toml").write_text(text)
    with pytest.raises(InputError, match=f"^pyproject.toml: {re.escape(complaint)}$"):
        load(None, working)


@pytest.mark.parametrize(
    ("text", "complaint"), [(None, "does not exist"), ("[x]", "has no table [tool.harness.check]")]
)
def test_a_named_file_has_to_have_settings(working: Path, text: str | None, complaint: str) -> None:
    if text is not None:
        (working / "a.toml").write_text(text)
    with pytest.raises(InputError, match=re.escape(f"a.toml: {complaint}")):
        load(working / "a.toml", working)
