"""The arrows of the house run one way, and the supervisor loads neither the parser nor what answers use."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import harness

PACKAGE = Path(harness.__file__).parent
FORBIDDEN = {
    "criteria": (
        "libcst",
        "harness.fixes",
        "harness.sandbox",
        "harness.probes",
        "harness.inside",
        "harness.grading",
        "harness.cli",
    ),
    "source": (
        "harness.criteria",
        "harness.fixes",
        "harness.sandbox",
        "harness.probes",
        "harness.inside",
        "harness.grading",
        "harness.cli",
    ),
    "fixes": (
        "harness.criteria",
        "harness.checking",
        "harness.sandbox",
        "harness.probes",
        "harness.inside",
        "harness.grading",
        "harness.cli",
    ),
    "sandbox": (
        "harness.criteria",
        "harness.source",
        "harness.databases",
        "harness.probes",
        "harness.grading",
        "harness.cli",
    ),
    "databases": (
        "harness.criteria",
        "harness.source",
        "harness.probes",
        "harness.inside",
        "harness.grading",
        "harness.cli",
    ),
    "probes": ("harness.criteria", "harness.source", "harness.grading", "harness.cli"),
    "inside": ("harness.criteria", "harness.source", "harness.probes", "harness.grading", "harness.cli"),
    "answer": ("harness.criteria", "harness.source", "harness.sandbox", "harness.probes", "libcst"),
    "runs": ("libcst", "harness.reports", "harness.source", "harness.probes", "harness.cli"),
    "endpoints": ("harness.criteria", "harness.runs", "harness.reports", "harness.grading", "harness.cli"),
    "reports": ("harness.cli", "harness.sandbox", "harness.source", "harness.probes"),
}


def imported(path: Path) -> set[str]:
    """Everything that a module imports, for its types too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("room", FORBIDDEN)
def test_a_room_knows_only_what_stands_below_it(room: str) -> None:
    for path in (PACKAGE / room).rglob("*.py"):
        wrong = [
            name for name in imported(path) for forbidden in FORBIDDEN[room] if f"{name}.".startswith(f"{forbidden}.")
        ]
        assert not wrong, path


def test_nothing_imports_the_command_line() -> None:
    for path in PACKAGE.rglob("*.py"):
        if "cli" not in path.parts and path.name != "__main__.py":
            assert not [name for name in imported(path) if f"{name}.".startswith("harness.cli.")], path


def test_the_supervisor_loads_no_parser_and_no_web_framework() -> None:
    heavy = ("libcst", "fastapi", "sqlmodel", "psycopg")
    code = f"import sys, harness.grading; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
