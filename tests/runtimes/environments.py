"""An environment of its own for each runtime, made from its lock file and kept as long as that does not change."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
HERE = Path(__file__).parent
ENVIRONMENTS = ROOT / ".venv" / "runtimes"
NODE = "22.23.1"
NPM_SKILLS = "1.7.4"
_SECONDS = 600


def locked(name: str) -> str:
    """The version that is locked."""
    found = re.search(rf"^{re.escape(name)}==(\S+)", lock(name).read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    return found[1]


def lock(name: str) -> Path:
    """The file that names everything that is installed, with hashes."""
    return HERE / "locks" / f"{name}.txt"


def environment(name: str) -> Path:
    """The environment's ``bin`` folder; installs what its lock names where it is not there yet."""
    folder = ENVIRONMENTS / name
    stamp = folder / "installed.txt"
    wanted = f"{sys.version}\n{lock(name).read_text(encoding='utf-8')}"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
        make(folder, ["--require-hashes", "-r", str(lock(name))])
        stamp.write_text(wanted, encoding="utf-8")
    return folder / "bin"


def make(folder: Path, requirements: list[str]) -> None:
    """A new environment with these requirements, as pip takes them."""
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, symlinks=True)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "--disable-pip-version-check"]
    run([*pip, "--no-input", "--quiet", "install", "--no-compile", *requirements])


def npx_skills(arguments: list[str], folder: Path) -> str:
    """What ``npx skills`` writes, without colours; with a Node of its own where the machine's is too old for it."""
    packages = [f"--package=skills@{NPM_SKILLS}"]
    if shutil.which("node") is None or _node() < (22, 20):
        packages.append(f"--package=node@{NODE}")
    command = ["npx", "--yes", f"--cache={ENVIRONMENTS / 'npm'}", *packages, "--", "skills", *arguments]
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", run(command, folder))


def run(command: list[str], folder: Path | None = None) -> str:
    """Standard output of a command that ends with status 0."""
    ended = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    assert ended.returncode == 0, f"{' '.join(command)}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


def _node() -> tuple[int, ...]:
    return tuple(int(part) for part in run(["node", "--version"]).strip().removeprefix("v").split(".")[:2])
