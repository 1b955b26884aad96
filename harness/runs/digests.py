"""Digests: what makes two requests, or two judgements, the same."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from harness.versions import versions

if TYPE_CHECKING:
    from harness.cases import Case

_PACKAGE = Path(__file__).resolve().parent.parent
_JUDGES = ("answer", "criteria", "databases", "inside", "probes", "sandbox", "source")
"""The packages whose code decides how a completion is judged, with the modules beside them."""
_MODULES = ("cases.py", "gate.py", "grading.py", "observations.py", "program.py", "seals.py", "verdicts.py")
_READERS = ("libcst", "markdown-it-py", "asyncpg", "psycopg")
"""What answers are read with, and the drivers, beside what ``versions`` tells."""


def digest_of(value: object) -> str:
    """SHA-256, in hex, of anything that JSON can hold."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def text_digest(text: bytes) -> str:
    """SHA-256, in hex."""
    return hashlib.sha256(text).hexdigest()


@cache
def judging_digest() -> str:
    """Of all that judges: the code of the harness that reads, runs and decides, and the versions it does it with."""
    found = hashlib.sha256()
    paths = [path for name in _JUDGES for path in (_PACKAGE / name).rglob("*.py")]
    for path in sorted([*paths, *(_PACKAGE / name for name in _MODULES)]):
        content = path.read_bytes()
        found.update(f"{path.relative_to(_PACKAGE)} {len(content)}\n".encode() + content)
    readers = {name: importlib.metadata.version(name) for name in _READERS}
    return digest_of([found.hexdigest(), versions(), readers])


def case_digest(case: Case) -> str:
    """Of a case as it is judged: its prompt, what is given with it, its criteria."""
    return digest_of(case.model_dump(mode="json"))
