"""The environments an answer is started in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

URL = "sqlite+aiosqlite:///./app.db"
DEFAULT: dict[str, str] = dict.fromkeys(
    ("DATABASE_URL", "ASYNC_DATABASE_URL", "DB_URL", "DATABASE_URI", "SQLALCHEMY_DATABASE_URL", "DATABASE_DSN"), URL
)
_MODES = ("ENV", "ENVIRONMENT", "STAGE", "MODE", "PROFILE", "DEPLOYMENT", "RUNTIME", "TIER")
_SWITCHES = ("DEBUG", "ECHO", "SQL", "LOG", "LOGGING", "VERBOSE", "TRACE", "SHOW")
_LEVELS = ("LEVEL", "LOGLEVEL")
_DEVELOPMENT = (("development", "true"), ("dev", "1"), ("local", "True"))
_PRODUCTION = (("production", "false"), ("prod", "0"))


def profiles(read: Iterable[str]) -> list[tuple[str, dict[str, str]]]:
    """The profiles to try, each with its variables, given the names that the answer reads.

    Only "unset" when none of the names speaks of an environment or of logging.
    """
    relevant = [name for name in dict.fromkeys(read) if _value(name, *_DEVELOPMENT[0], development=True) is not None]
    found: list[tuple[str, dict[str, str]]] = []
    if relevant:
        for words in _DEVELOPMENT:
            found.append(("development", _variables(relevant, *words, development=True)))
        for words in _PRODUCTION:
            found.append(("production", _variables(relevant, *words, development=False)))
    different = [entry for index, entry in enumerate(found) if entry not in found[:index]]
    return [*different, ("unset", {})]


def _variables(names: list[str], mode: str, switch: str, *, development: bool) -> dict[str, str]:
    values = {name: _value(name, mode, switch, development=development) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _value(name: str, mode: str, switch: str, *, development: bool) -> str | None:
    """What the variable is in this profile; None when it has nothing to do with it."""
    parts = name.upper().split("_")
    if any(part in ("URL", "URI", "DSN", "PASSWORD", "HOST", "PORT", "FILE", "PATH", "SIZE") for part in parts):
        return None
    if any(part in _LEVELS for part in parts):
        return "DEBUG" if development else "INFO"
    if any(part in ("PROD", "PRODUCTION") for part in parts):
        return (
            {"true": "false", "1": "0", "True": "False"}[switch] if development else {"false": "true", "0": "1"}[switch]
        )
    if any(part in ("DEV", "DEVELOPMENT") for part in parts) or any(part in _SWITCHES for part in parts):
        return switch
    if any(part in _MODES or part.endswith("ENV") for part in parts):
        return mode
    return None
