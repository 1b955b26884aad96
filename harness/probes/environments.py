"""The environments an answer is started in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.databases import Backend
    from harness.program import Program

_URL_NAMES = (
    "DATABASE_URL",
    "ASYNC_DATABASE_URL",
    "DB_URL",
    "DATABASE_URI",
    "SQLALCHEMY_DATABASE_URL",
    "DATABASE_DSN",
)
_MODES = ("ENV", "ENVIRONMENT", "STAGE", "MODE", "PROFILE", "DEPLOYMENT", "RUNTIME", "TIER")
_SWITCHES = ("DEBUG", "ECHO", "SQL", "LOG", "LOGGING", "VERBOSE", "TRACE", "SHOW")
_LEVELS = ("LEVEL", "LOGLEVEL")
_DEVELOPMENT = ("development", "dev", "local")
_PRODUCTION = ("production", "prod")
_ON = ("true", "1", "True")
_OFF = ("false", "0", "False")
_MEANS_DEVELOPMENT = ("dev", "local", "debug", "desarrollo", "entwick", "sviluppo", "desenv", "разраб", "开发", "開発")
_MEANS_PRODUCTION = ("prod", "live", "release", "прод", "生产", "本番")
_MEANS_ON = ("yes", "on", "y", "t", "enabled")
_MOST_WORDS = 4
_BESIDES = frozenset(
    "URL URI DSN PASSWORD HOST PORT FILE PATH SIZE USER NAME OVERFLOW TIMEOUT RECYCLE DATABASE DB".split()
)


def defaults(program: Program, database: Backend) -> dict[str, str]:
    """The variables that every answer finds: the database's URL under the names that it usually has."""
    return dict.fromkeys(_URL_NAMES, database.url(sync=program.sync))


def profiles(read: Iterable[str], words: Iterable[str] = ()) -> list[tuple[str, dict[str, str]]]:
    """The profiles to try, each with its variables, given the names that the answer reads.

    ``words`` are the short strings of its source: what it compares a variable with is tried too. Only "unset" when
    nothing it reads speaks of an environment or of logging.
    """
    names = list(dict.fromkeys(read))
    known = list(dict.fromkeys(words))
    found: list[tuple[str, dict[str, str]]] = []
    development = _own(known, _MEANS_DEVELOPMENT)
    production = _own(known, _MEANS_PRODUCTION)
    on = [*_ON, *(word for word in known if word.lower() in _MEANS_ON)]
    spoken = bool(development or production)
    found += _rounds("development", names, [*_DEVELOPMENT, *development], on, spoken)
    found += _rounds("production", names, [*_PRODUCTION, *production], list(_OFF), spoken)
    different = [entry for index, entry in enumerate(found) if entry[1] and entry not in found[:index]]
    return [*different, ("unset", {})]


def _own(words: list[str], stems: tuple[str, ...]) -> list[str]:
    return [word for word in words if word.lower().startswith(stems)][:_MOST_WORDS]


def _rounds(
    profile: str, names: list[str], modes: list[str], switches: list[str], spoken: bool
) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    for index in range(max(len(modes), len(switches))):
        mode, switch = modes[index % len(modes)], switches[index % len(switches)]
        values = {name: _value(name, mode, switch, spoken, development=profile == "development") for name in names}
        found.append((profile, {name: value for name, value in values.items() if value is not None}))
    return found


def _value(name: str, mode: str, switch: str, spoken: bool, *, development: bool) -> str | None:
    """What the variable is in this profile; None when it has nothing to do with it.

    ``spoken``: the source compares something with a word for development or production, so that a variable of any
    name may hold it.
    """
    parts = name.upper().split("_")
    if any(part in _LEVELS for part in parts):
        return "DEBUG" if development else "INFO"
    if any(part in ("PROD", "PRODUCTION") for part in parts):
        opposite = dict(zip((*_ON, *_OFF), (*_OFF, *_ON), strict=True))
        return opposite.get(switch, switch)
    if any(part in ("DEV", "DEVELOPMENT") for part in parts) or any(part in _SWITCHES for part in parts):
        return switch
    if any(part in _MODES or part.endswith("ENV") for part in parts):
        return mode
    return mode if spoken and not _BESIDES.intersection(parts) else None
