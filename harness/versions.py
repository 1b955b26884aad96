"""The versions that verdicts hold for."""

from __future__ import annotations

import importlib.metadata
import platform

_PACKAGES = ("sqlalchemy", "sqlmodel", "fastapi", "starlette", "pydantic", "aiosqlite")


def versions() -> dict[str, object]:
    """Of Python and of what answers are made with."""
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in _PACKAGES}}
