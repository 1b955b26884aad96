"""``[tool.harness.check]`` in pyproject.toml: what a project always wants of ``harness check``."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.checking.selection import known
from harness.documents import read_text
from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

TABLE = ("tool", "harness", "check")
_NAME = "pyproject.toml"
_MOST_BYTES = 4 << 20
_WANTED = {
    "list_type": "a list of strings",
    "string_type": "a string",
    "bool_type": "true or false",
    "dict_type": "a table",
    "model_type": "a table",
}


def _key(name: str) -> str:
    """How a field is called in the file."""
    return name.replace("_", "-")


class Options(BaseModel):
    """The keys of the table; patterns are those of ``.gitignore``."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=_key)

    select: list[str] = Field(default=[], description="Only these criteria.")
    ignore: list[str] = Field(default=[], description="All criteria but these.")
    exclude: list[str] = Field(default=[], description="Patterns of files and folders that are not checked.")
    per_file_ignores: dict[str, list[str]] = Field(
        default={}, description="Patterns of files, and the criteria that are not told of those."
    )
    advice: bool = Field(default=False, description="Tell what works and could be better, too.")
    baseline: str | None = Field(default=None, description="File with the findings that are known already.")


@dataclass(frozen=True, slots=True)
class Settings:
    """The options, the folder that their patterns and paths are relative to, and the file that they stand in."""

    options: Options = field(default_factory=Options)
    folder: Path = field(default_factory=Path.cwd)
    file: Path = Path(_NAME)

    def where(self, key: str) -> str:
        """How a complaint names an option."""
        return _where(self.file, key)

    @property
    def baseline(self) -> Path | None:
        """The baseline as it is reached from the working folder."""
        if self.options.baseline is None:
            return None
        path = self.folder / self.options.baseline
        return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def load(config: Path | None, first: Path) -> Settings:
    """The settings in ``config``; without it, in the nearest pyproject.toml above ``first`` that has some.

    The search ends at the root of the repository. Raises InputError for a file that cannot be used.
    """
    if config is not None:
        table = _table(config)
        if table is None:
            raise InputError(f"{config}: has no table [{'.'.join(TABLE)}]")
        return _settings(config, table)
    for file in _above(first):
        table = _table(file)
        if table is not None:
            return _settings(file, table)
    return Settings()


def _above(path: Path) -> Iterator[Path]:
    """Every pyproject.toml above, as it is reached from the working folder where it is below it."""
    here = (Path.cwd() / path).resolve()
    working = Path.cwd()
    for folder in [here, *here.parents]:
        file = folder / _NAME
        if file.is_file():
            yield file.relative_to(working) if file.is_relative_to(working) else file
        if (folder / ".git").exists():
            return


def _table(file: Path) -> Any:
    """What stands under ``[tool.harness.check]``, None where nothing does."""
    text = read_text(file, _MOST_BYTES)
    try:
        table: Any = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"{file}: is not valid TOML: {error}") from error
    for name in TABLE:
        if not isinstance(table, dict) or name not in table:
            return None
        table = table[name]
    return table


def _settings(file: Path, table: Any) -> Settings:
    try:
        options = Options.model_validate(table)
    except ValidationError as error:
        raise InputError(_complaint(file, error.errors()[0])) from error
    for key, names in (("select", options.select), ("ignore", options.ignore)):
        known(names, _where(file, key))
    for pattern, names in options.per_file_ignores.items():
        known(names, _where(file, "per-file-ignores", pattern))
    return Settings(options, (Path.cwd() / file).parent, file)


def _complaint(file: Path, error: ErrorDetails) -> str:
    where = _where(file, *(str(part) for part in error["loc"]))
    if error["type"] == "extra_forbidden":
        keys = [_key(name) for name in Options.model_fields]
        close = difflib.get_close_matches(str(error["loc"][-1]), keys, 1)
        return f"{where}: there is no such key" + (
            f": did you mean {close[0]}?" if close else f"; known: {', '.join(keys)}"
        )
    wanted = _WANTED.get(error["type"])
    return f"{where}: has to be {wanted}" if wanted else f"{where}: {error['msg']}"


def _where(file: Path, *keys: str) -> str:
    return f"{file}: {'.'.join([*TABLE, *keys])}"
