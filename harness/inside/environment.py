"""Which environment variables the answer reads, and plausible values for those it cannot do without."""

from __future__ import annotations

import functools
import os
import sys
import typing
from typing import TYPE_CHECKING, Any

import pydantic_settings
import starlette.config
from pydantic import AliasChoices

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

    from pydantic.fields import FieldInfo

    from harness.inside.places import Places

_SERVER = "postgresql+asyncpg://app:app@localhost:5432/app"
URL = "sqlite+aiosqlite:///./app.db"
_NUMERIC = ("SIZE", "PORT", "TIMEOUT", "OVERFLOW", "RECYCLE", "LIMIT", "COUNT", "SECONDS", "MINUTES", "MAX", "MIN")
_TRANSPARENT = (
    "<frozen os>",
    "<frozen _collections_abc>",
    "/os.py",
    "/_collections_abc.py",
    "/dotenv/",
    "/starlette/config.py",
)
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONDONTWRITEBYTECODE")


def plausible(name: str, url: str = URL) -> str:
    """A value for a variable that the answer requires and nobody has set."""
    upper = name.upper()
    if any(word in upper for word in ("URL", "DSN", "URI")):
        return url
    if any(word in upper.split("_") for word in _NUMERIC):
        return "5"
    if any(word in upper.split("_") for word in ("DEBUG", "ECHO", "ENABLED", "IS")):
        return "false"
    return "test"


def _schemes(field: FieldInfo) -> frozenset[str]:
    """The schemes of URLs that a field of settings takes, empty where it is not a field for some only."""
    found: set[str] = set()
    todo: list[Any] = [field.annotation, *field.metadata]
    while todo:
        each = todo.pop()
        found.update(getattr(getattr(each, "_constraints", each), "allowed_schemes", None) or ())
        todo.extend((*typing.get_args(each), *getattr(each, "__metadata__", ())))
    return frozenset(found)


class Environment:
    """``read`` are the variables the answer asked for, ``supplied`` those that were given a plausible value."""

    def __init__(self, folder: str, variables: Mapping[str, str], places: Places, url: str = URL) -> None:
        self._url = url
        self.read: list[str] = []
        self.supplied: dict[str, str] = {}
        self.places = places
        self._variables = dict(variables)
        self._folder = folder

    def install(self) -> None:
        for name in [name for name in os.environ if name not in _KEPT]:
            del os.environ[name]
        os.environ.update(self._variables)
        os.environ.__class__ = self._recording_class()
        self._wrap_settings()
        self._wrap_starlette_config()

    def note(self, name: str) -> None:
        if name not in self.read and name not in _KEPT:
            self.read.append(name)

    def supply(self, name: str) -> str:
        self.note(name)
        self.supplied[name] = plausible(name, self._url)
        os.environ[name] = self.supplied[name]
        return self.supplied[name]

    def _asked_by_answer(self, frame: FrameType | None) -> bool:
        while frame is not None:
            filename = frame.f_code.co_filename
            if filename != __file__ and not any(part in filename for part in _TRANSPARENT):
                return filename.startswith(self._folder) or self.places.knows(filename)
            frame = frame.f_back
        return False

    def _recording_class(self) -> Any:
        environment = self
        original: Any = os._Environ

        class RecordingEnviron(original):  # type: ignore[misc]
            def __getitem__(self, name: str) -> str:
                asked = environment._asked_by_answer(sys._getframe(1))
                if asked:
                    environment.note(name)
                try:
                    return str(original.__getitem__(self, name))
                except KeyError:
                    if asked and name.isupper():
                        return environment.supply(name)
                    raise

            def get(self, name: str, default: Any = None) -> Any:
                if environment._asked_by_answer(sys._getframe(1)):
                    environment.note(name)
                try:
                    return original.__getitem__(self, name)
                except KeyError:
                    return default

            def __contains__(self, name: object) -> bool:
                if isinstance(name, str) and environment._asked_by_answer(sys._getframe(1)):
                    environment.note(name)
                try:
                    original.__getitem__(self, name)
                except KeyError:
                    return False
                return True

        return RecordingEnviron

    def _wrap_settings(self) -> None:
        original: Callable[..., None] = pydantic_settings.BaseSettings.__init__
        environment = self

        @functools.wraps(original)
        def init(settings: Any, *args: Any, **kwargs: Any) -> None:
            environment._settings_read(type(settings), kwargs)
            original(settings, *args, **kwargs)

        pydantic_settings.BaseSettings.__init__ = init  # type: ignore[method-assign, assignment]

    def _settings_read(self, cls: Any, given: Mapping[str, Any]) -> None:
        prefix = str(cls.model_config.get("env_prefix", ""))
        for field, info in cls.model_fields.items():
            alias = info.validation_alias
            names = [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else [alias]
            name = names[0] if isinstance(names[0], str) else (prefix + field).upper()
            self.note(name)
            present = any(name.upper() == variable.upper() for variable in os.environ)
            if info.is_required() and field not in given and not present:
                self.supply(name)
            self._suit(name, _schemes(info))

    def _suit(self, name: str, schemes: frozenset[str]) -> None:
        """Give a field that takes a server's URL only, such as ``PostgresDsn``, one: engines are redirected anyway."""
        for variable in [each for each in os.environ if each.upper() == name.upper()]:
            scheme = os.environ[variable].partition("://")[0]
            if scheme.startswith("sqlite") and scheme not in schemes and _SERVER.partition("://")[0] in schemes:
                os.environ[variable] = _SERVER

    def _wrap_starlette_config(self) -> None:
        original = starlette.config.Config.get
        environment = self

        @functools.wraps(original)
        def get(config: Any, key: str, cast: Any = None, default: Any = starlette.config.undefined) -> Any:
            environment.note(key)
            if default is starlette.config.undefined and key not in os.environ and key not in config.file_values:
                environment.supply(key)
            return original(config, key, cast, default)

        starlette.config.Config.get = get  # type: ignore[method-assign, assignment]
