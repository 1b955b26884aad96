"""Files written by people and tools: read within limits; YAML with the line of every field for error messages."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_YAML_BYTES = 1024 * 1024
_MAX_DEPTH = 40
_MAX_FRONT_MATTER_LINES = 50

FieldPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML mapping. ``lines`` maps the path of each field to its 1-based line."""

    name: str
    data: dict[str, Any]
    lines: dict[FieldPath, int] = field(repr=False)

    def where(self, path: FieldPath) -> str:
        """``file:line: field`` of the nearest field that the document holds."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        label = ".".join(str(part) for part in path)
        place = f"{self.name}:{self.lines.get(known, 1)}"
        return f"{place}: {label}" if label else place


def read_text(path: Path, limit: int) -> str:
    """UTF-8 text of a regular file of at most ``limit`` bytes, without its byte order mark; else ``InputError``."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{path}: is not a regular file")
        if status.st_size > limit:
            raise InputError(f"{path}: is larger than the limit of {limit // 1024} KiB")
        with path.open("rb") as stream:
            raw = stream.read(limit + 1)
    except FileNotFoundError as error:
        raise InputError(f"{path}: does not exist") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    return decode(raw, str(path))


def decode(raw: bytes, name: str) -> str:
    """UTF-8 text without its byte order mark; ``InputError`` names the line that is not UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(f"{name}:{line}: is not UTF-8 text: save it as UTF-8") from error


def byte_lines(path: Path, limit: int) -> Iterator[tuple[int, bytes]]:
    """The lines of a regular file with their numbers from 1, each with its end; else ``InputError``.

    Of a line that is longer than ``limit`` only more than ``limit`` bytes are given, the rest of it is passed over.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError(f"{path}: is not a regular file")
        with path.open("rb") as stream:
            number = 0
            while raw := stream.readline(limit + 1):
                number += 1
                rest = raw
                while len(raw) > limit and rest and not rest.endswith(b"\n"):
                    rest = stream.readline(limit)
                yield number, raw
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error


def parse_json(text: str, name: str) -> Any:
    """What a JSON document holds; ``InputError`` names the file and the line."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{name}:{error.lineno}: is not JSON: {error.msg} (column {error.colno})") from None
    except (ValueError, RecursionError):
        raise InputError(f"{name}: is not JSON that can be read: a number too long or nested too deeply") from None


def read_document(path: Path) -> Document:
    """The YAML mapping in a file; ``InputError`` when it cannot be read or is not one mapping."""
    return parse_document(read_text(path, MAX_YAML_BYTES), str(path))


def split_front_matter(text: str) -> tuple[str, str]:
    """The YAML between two ``---`` lines at the very start, and the text; the YAML is empty where there is none.

    Blank lines stand in the place of what was taken out of each part, so that line numbers stay those of the file.
    """
    if not text.startswith(("---\n", "---\r\n")):
        return "", text
    lines = text.split("\n", _MAX_FRONT_MATTER_LINES)
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        return "", text
    return "\n" + "\n".join(lines[1:end]), "\n" * (end + 1) + "\n".join(lines[end + 1 :])


def parse_document(text: str, name: str) -> Document:
    """The one mapping that ``text`` holds. ``name`` is the file, for messages.

    Aliases, duplicate keys and deep nesting are refused: no case file needs them, and they make small files
    expand without bound or lose fields.
    """
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise InputError(f"{name}:{line}: holds a character that YAML does not allow") from error
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise InputError(f"{name}:1: must hold one mapping of fields to values")
        lines: dict[FieldPath, int] = {(): node.start_mark.line + 1}
        _collect_lines(node, (), lines, name)
        data = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise InputError(f"{name}:{line}: is not valid YAML: {error.problem or error.context}") from error
    except ValueError as error:  # a number or date that cannot be
        raise InputError(f"{name}: holds a value that cannot be read: {error}") from error
    finally:
        loader.dispose()
    return Document(name, data, lines)


class _Loader(yaml.SafeLoader):
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            self._refuse("aliases (*name) are not supported: repeat the value")
        if self.depth >= _MAX_DEPTH:
            self._refuse(f"nested deeper than {_MAX_DEPTH} levels")
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def _refuse(self, problem: str) -> NoReturn:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        raise yaml.composer.ComposerError(None, None, problem, mark)


def _collect_lines(node: yaml.Node, path: FieldPath, lines: dict[FieldPath, int], name: str) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, str(key.value))
            line = key.start_mark.line + 1
            if inner in lines:
                raise InputError(f"{name}:{line}: {key.value} is given twice (first on line {lines[inner]})")
            lines[inner] = line
            _collect_lines(value, inner, lines, name)
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            lines[(*path, position)] = value.start_mark.line + 1
            _collect_lines(value, (*path, position), lines, name)
