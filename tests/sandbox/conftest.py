"""A sandbox with small limits, and a look at what runs inside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.sandbox import Limits, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
LIMITS = Limits(
    cpu_seconds=3,
    wall_seconds=15,
    memory_bytes=512 << 20,
    file_bytes=8 << 20,
    disk_bytes=16 << 20,
    output_bytes=100_000,
)


def _make(*, limits: Limits = LIMITS, unsafe_no_sandbox: bool = False) -> Sandbox:
    return Sandbox(
        limits=limits,
        target="targets:main",
        warm_up="targets:warm_up",
        import_from=[HERE],
        unsafe_no_sandbox=unsafe_no_sandbox,
    )


def _descendants(pid: int) -> list[int]:
    found = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            try:
                state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
            except (FileNotFoundError, ProcessLookupError):
                continue
            found += ([child] if state not in "ZX" else []) + _descendants(child)
    return found


@pytest.fixture(scope="session")
def make_sandbox() -> Callable[..., Sandbox]:
    """Makes a sandbox that runs ``targets.py``, with small limits."""
    return _make


@pytest.fixture(scope="session")
def descendants() -> Callable[[int], list[int]]:
    """Process ids below a process, zombies left out."""
    return _descendants


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with _make() as made:
        yield made
