"""Skill folders for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FRONT = "---\nname: my-skill\ndescription: Does it. Use when needed.\n---\n"
VALID = f"{FRONT}\n# Do it\n"


def put(parent: Path, text: str | bytes = VALID, files: Mapping[str, str | bytes] | None = None) -> Path:
    """A folder ``my-skill`` with this ``SKILL.md`` and these files."""
    folder = parent / "my-skill"
    for name, content in {"SKILL.md": text, **(files or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder
