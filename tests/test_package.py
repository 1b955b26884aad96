from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.resources import cases_folder, completions_folder, resource, skill_folder

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (path,) = folder.glob("*.whl")
    return path


def test_nothing_is_kept_that_is_to_be_ignored() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("no repository: an unpacked archive")
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "--cached", "--ignored", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    assert listed.stdout.splitlines()[:10] == []


def test_the_wheel_holds_evals_and_skill(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, place in (("evals", "_shipped/evals"), ("skill", ".agents/skills")):
        files = {p.relative_to(ROOT / folder).as_posix() for p in (ROOT / folder).rglob("*") if p.is_file()}
        assert files
        assert {f"harness/{place}/{name}" for name in files if "__pycache__" not in name} <= names
    assert sum(name.endswith("relational-db-agent/SKILL.md") for name in names) == 1
    assert not any(name.startswith(("tests/", "evals/", "skill/")) for name in names)
    assert "harness/cli/__init__.py" in names
    assert any(name.endswith("/LICENSE") for name in names)


def test_what_is_in_the_wheel_is_found_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "from harness import load_cases, read_completions;"
        "from harness.resources import completions_folder;"
        "from harness.skills import find_skill, load_skill;"
        "print(completions_folder(), load_skill(find_skill('relational-db-agent')).folder);"
        "print(len(read_completions(completions_folder(), load_cases()).completions))"
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    command = [sys.executable, "-c", code]
    ended = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    first, second = ended.stdout.splitlines()
    site = tmp_path / "site" / "harness"
    assert first == f"{site}/_shipped/evals/completions {site}/.agents/skills/relational-db-agent"
    assert int(second) >= 40


def test_the_checkout_holds_what_is_shipped() -> None:
    assert cases_folder().is_dir()
    assert completions_folder().is_dir()
    assert (skill_folder() / "SKILL.md").is_file()
    with pytest.raises(harness.errors.MachineError, match="install relational-db-agent again"):
        resource("nothing", "nothing")


def test_the_public_names_exist() -> None:
    for name in harness.__all__:
        assert callable(getattr(harness, name)), name
    with pytest.raises(AttributeError, match="nonsense"):
        harness.nonsense  # noqa: B018


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_requirements_are_locked_with_hashes_and_name_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"index-url|find-links|https?://|file:", lock)
    blocks = re.split(r"\n(?=[A-Za-z])", lock)
    pins = {}
    for block in blocks:
        pinned = re.match(r"([\w.-]+)==([\w.]+)", block)
        assert pinned, block[:80]
        assert "--hash=sha256:" in block, pinned[1]
        pins[pinned[1].lower()] = pinned[2]
    project = _project()
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    for requirement in wanted:
        name = re.match(r"[\w.-]+", requirement)
        assert name
        assert name[0].lower() in pins, f"{requirement}: run make lock"


def test_plain_sqlalchemy_is_not_enough() -> None:
    dependencies = _project()["project"]["dependencies"]
    assert any(dependency.startswith("sqlalchemy[asyncio]") for dependency in dependencies)


@pytest.mark.parametrize("target", ["eval", "test", "lint", "schemas", "lock", "build"])
def test_make_has_the_target(target: str) -> None:
    ended = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr


def test_the_ci_script_runs_what_the_readme_says() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True, timeout=60)
    text = script.read_text(encoding="utf-8")
    assert "export HARNESS_CI=1" in text
    assert "\nmake test\nmake eval\n" in text
