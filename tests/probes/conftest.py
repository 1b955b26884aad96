"""One sandbox for all probes, with little CPU time for those who waste it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.sandbox import Limits, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="package")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(limits=Limits(cpu_seconds=2, wall_seconds=30.0)) as sandbox:
        yield sandbox
