"""Root's tests once more, without root's rights."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.sandbox import bwrap

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
NOBODY = "65534"


TESTS = {
    "sandbox": ["sandbox/test_attacks.py", "sandbox/test_sandbox.py", "databases/test_isolation.py"],
    "hostile completions": ["hostile/test_battery.py", "-k", "not postgresql"],
}


@pytest.mark.skipif(os.getuid() != 0, reason="all tests are run by an ordinary user already")
@pytest.mark.parametrize("name", TESTS)
def test_all_as_an_ordinary_user(name: str) -> None:
    """In a view of this machine where the interpreter can be reached even if it lies in root's home."""
    setpriv = ["setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]
    tests = [str(HERE.parent / each) if each.endswith(".py") else each for each in TESTS[name]]
    pytest_ = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [bwrap.find().path, "--dev-bind", "/", "/", *_reachable(), "--cap-add", "ALL", *setpriv, *pytest_, *tests],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


def _reachable() -> list[str]:
    """Options that bring the interpreter and the packages back after hiding a home that only root may enter."""
    options: list[str] = []
    for needed in dict.fromkeys([os.path.realpath(sys.base_prefix), sys.prefix, str(ROOT)]):
        ancestors = list(reversed(Path(needed).parents))
        closed = next((folder for folder in ancestors if not folder.stat().st_mode & 0o001), None)
        if closed is None:
            continue
        if str(closed) not in options:
            options += ["--perms", "0755", "--tmpfs", str(closed)]
        for folder in ancestors[ancestors.index(closed) + 1 :]:
            options += ["--perms", "0755", "--dir", str(folder)]
        options += ["--ro-bind", needed, needed]
    return options
