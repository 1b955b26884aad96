"""A skill as a runtime loads it: everything that can be used is, and what breaks a rule is left to the rules."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.documents import decode, parse_document, split_front_matter
from harness.errors import InputError
from harness.skills.tokens import estimated_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ENTRY = "SKILL.md"
MAX_FILE_BYTES = 4 << 20
MAX_BYTES = 32 << 20
MAX_FILES = 1000
_CACHES = frozenset({"__pycache__", "node_modules"})
_FIELD = re.compile(r"(?P<key>[A-Za-z][\w-]*):[ \t]+(?P<value>\S.*)")
_REFERENCES = "references/"
_PATTERN = "references/<name>.md"


@dataclass(frozen=True, slots=True)
class SkillHeader:
    """The front matter of a ``SKILL.md``; ``other`` holds the fields that the specification does not know."""

    name: str
    description: str
    license: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    other: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Skill:
    """A skill in memory: nothing is read from disk any more.

    ``instructions`` is the text of ``SKILL.md`` below its front matter, with blank lines in the place of it, so that
    line numbers are those of the file. ``files`` maps every file, as a path below the folder with ``/``, to its
    content; ``executable`` are those of them that are. ``links`` are the symbolic links, which are never followed.
    """

    folder: Path
    header: SkillHeader
    instructions: str
    files: Mapping[str, bytes]
    executable: frozenset[str] = frozenset()
    links: tuple[str, ...] = ()

    @cached_property
    def references(self) -> Mapping[str, str]:
        """The texts ``references/**.md`` by their paths: first as ``SKILL.md`` names them, then by name."""
        names = [name for name in self.files if name.startswith(_REFERENCES) and name.endswith(".md")]
        named = {name: self.mention(name) for name in names}
        names.sort(key=lambda name: (named[name] < 0, named[name], name))
        return {name: _text(self.files[name]) for name in names}

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hex, of the names and contents of all files: the same wherever the folder lies."""
        found = hashlib.sha256()
        for name in sorted(self.files):
            for part in (os.fsencode(name), self.files[name]):
                found.update(len(part).to_bytes(8, "big") + part)
        return found.hexdigest()

    def mention(self, name: str) -> int:
        """Where the instructions name a reference first, -1 where they do not.

        They do by its path; or by its bare name in a cell of a table or between backticks, where they say once that the
        references are ``references/<name>.md``.
        """
        found = self.instructions.find(name)
        if found < 0 and _PATTERN in self.instructions:
            bare = re.escape(name.removeprefix(_REFERENCES).removesuffix(".md"))
            cell = re.search(rf"[|`][ \t]*{bare}[ \t]*[|`]", self.instructions)
            return cell.start() if cell else -1
        return found

    def fitting(self, budget: int | None = None) -> tuple[str, ...]:
        """The references that ``prompt(budget)`` holds, in its order."""
        if budget is None:
            return tuple(self.references)
        left = budget - estimated_tokens(self._body)
        taken: list[str] = []
        for name in self.references:
            cost = estimated_tokens(self._section(name))
            if cost <= left:
                left -= cost
                taken.append(name)
        return tuple(taken)

    def prompt(self, budget: int | None = None) -> str:
        """The skill as a system prompt: the instructions, then whole references, as long as they fit.

        ``budget`` is in tokens as ``estimated_tokens`` counts them, None takes all. The instructions are never cut:
        where they alone are more than the budget, they are the prompt.
        """
        return self._body + "".join(map(self._section, self.fitting(budget)))

    @property
    def _body(self) -> str:
        return f"{self.instructions.strip()}\n"

    def _section(self, name: str) -> str:
        return f"\n<!-- {name} -->\n\n{self.references[name].strip()}\n"


def load_skill(folder: Path) -> Skill:
    """The skill in ``folder``, read as runtimes do.

    Unknown fields are kept, front matter that is no YAML is read line by line, a missing name is the folder's. Hidden
    files, caches and symbolic links are left out. ``InputError`` where there is no readable ``SKILL.md`` or the folder
    is larger than any skill (32 MiB, 4 MiB a file, 1000 files).
    """
    files: dict[str, bytes] = {}
    executable: set[str] = set()
    links: list[str] = []
    if not folder.is_dir():
        raise InputError(f"{folder}: {'is not a folder' if folder.exists() else 'does not exist'}")
    entry = folder / ENTRY
    if not entry.exists():
        raise InputError(f"{entry}: does not exist: a skill is a folder that holds a {ENTRY}")
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            links.append(name)
            continue
        content, runs = _read(path)
        files[name] = content
        if runs:
            executable.add(name)
        if len(files) > MAX_FILES or sum(map(len, files.values())) > MAX_BYTES:
            raise InputError(f"{folder}: holds more than {MAX_FILES} files or {MAX_BYTES >> 20} MiB: this is no skill")
    if ENTRY not in files:
        raise InputError(f"{entry}: is a symbolic link: put the file itself there")
    front, instructions = split_front_matter(decode(files[ENTRY], str(entry)))
    header = _header(front, str(entry), folder_name(folder))
    return Skill(folder, header, instructions, files, frozenset(executable), tuple(links))


def folder_name(folder: Path) -> str:
    """The name that runtimes see: of a folder given as ``.`` its own, of a link that of the link."""
    return Path(os.path.normpath(Path.cwd() / folder)).name


def _walk(folder: Path) -> Iterator[Path]:
    """Files and links below the folder, sorted; folders are never entered by a link."""

    def refuse(error: OSError) -> None:
        raise InputError(f"{error.filename}: cannot be read: {error.strerror}")

    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(each for each in folders if not _passed_over(each))
        links = [each for each in folders if (Path(parent) / each).is_symlink()]
        yield from (Path(parent) / each for each in sorted((*names, *links)) if not _passed_over(each))


def _passed_over(name: str) -> bool:
    return name.startswith(".") or name in _CACHES or name.endswith(".pyc")


def _read(path: Path) -> tuple[bytes, bool]:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW), "rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise InputError(f"{path}: is not a regular file")
            content = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(content) > MAX_FILE_BYTES:
        raise InputError(f"{path}: is larger than the limit of {MAX_FILE_BYTES >> 20} MiB")
    return content, bool(mode & 0o100)


def _header(front: str, name: str, otherwise: str) -> SkillHeader:
    try:
        data = parse_document(front, name).data
    except InputError:
        found = map(_FIELD.fullmatch, front.splitlines())
        data = {each["key"]: each["value"].strip().strip("'\"") for each in found if each}
    metadata = data.get("metadata")
    license_name = data.get("license")
    return SkillHeader(
        name=_word(data.get("name")) or otherwise,
        description=_word(data.get("description")),
        license=_word(license_name) if license_name is not None else None,
        metadata={str(key): _word(value) for key, value in metadata.items()} if isinstance(metadata, dict) else {},
        other={
            str(key): value for key, value in data.items() if key not in ("name", "description", "license", "metadata")
        },
    )


def _word(value: object) -> str:
    return "" if value is None else str(value).strip()


def _text(content: bytes) -> str:
    return content.decode("utf-8-sig", "replace")
