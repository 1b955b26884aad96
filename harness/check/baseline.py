"""A list of the findings that a tree is known to have: only others are reported, and the list can only shrink."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.check.findings import Level
from harness.check.fingerprints import line_hash
from harness.documents import read_text
from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from harness.check.findings import Finding, Report
    from harness.check.sources import Sources

_MOST_BYTES = 64 << 20


class Entry(BaseModel):
    """``count`` findings that are alike. ``path`` is relative to the folder of the file, ``line`` hashes the text."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    path: str
    criterion: str
    message: str
    line: str
    level: Level = Field(strict=False)
    count: int = Field(ge=1)


class Baseline(BaseModel):
    """The contents of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    findings: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run looked at: of other findings it cannot say whether they are still there."""

    paths: Sequence[Path]
    criteria: Collection[str]
    levels: Collection[Level]
    unread: Collection[str]

    def holds(self, entry: Entry, folder: Path) -> bool:
        """Whether the run would have found the entry's finding, were it still there."""
        path = os.path.normpath(folder / entry.path)
        return (
            entry.criterion in self.criteria
            and entry.level in self.levels
            and any(PurePath(path).is_relative_to(os.path.normpath(Path.cwd() / each)) for each in self.paths)
            and not any(path == str(Path(each).absolute()) for each in self.unread)
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """The findings that the file does not know, how many it knows, and the entries that no longer occur."""

    new: list[Finding]
    known: int
    gone: list[Entry]


def scope(paths: Sequence[Path], criteria: Collection[str], report: Report, *, advice: bool) -> Scope:
    """What the run that ended in this report looked at."""
    levels = set(Level) if advice else {Level.ERROR}
    return Scope(paths, set(criteria), levels, [each.path for each in report.unread])


def read(file: Path) -> Baseline:
    """The baseline in a file. Raises InputError where there is none, or where it is none."""
    if not file.exists():
        raise InputError(f"{file}: there is no such baseline: write it with --baseline {file} --write-baseline")
    text = read_text(file, _MOST_BYTES)
    try:
        return Baseline.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        what = f"{where}: {first['msg']}" if where else first["msg"]
        raise InputError(
            f"{file}: is not a baseline ({what}): remove it and write it anew with --write-baseline"
        ) from error


def compare(findings: Iterable[Finding], baseline: Baseline, file: Path, sources: Sources, looked: Scope) -> Compared:
    """Tell new findings from known ones; of several that are alike, the last ones are the new."""
    folder = _folder(file)
    left = Counter({_key(entry): 0 for entry in baseline.findings})
    for entry in baseline.findings:
        left[_key(entry)] += entry.count
    new: list[Finding] = []
    known = 0
    for finding in findings:
        key = _key(_entry(finding, folder, sources))
        if left[key] > 0:
            left[key] -= 1
            known += 1
        else:
            new.append(finding)
    gone = [
        entry.model_copy(update={"count": left[_key(entry)]})
        for entry in baseline.findings
        if left[_key(entry)] > 0 and looked.holds(entry, folder)
    ]
    return Compared(new, known, gone)


def write(findings: Iterable[Finding], file: Path, sources: Sources, looked: Scope) -> int:
    """Write the findings, and what an older file knows of what was not looked at. Gives how many findings it knows.

    Raises InputError where the older file is no baseline, or where it cannot be written.
    """
    folder = _folder(file)
    counts: Counter[Entry] = Counter()
    if file.exists():
        for old in read(file).findings:
            if not looked.holds(old, folder):
                counts[old.model_copy(update={"count": 1})] += old.count
    for finding in findings:
        counts[_entry(finding, folder, sources)] += 1
    entries = sorted((_key(entry), entry.model_copy(update={"count": count})) for entry, count in counts.items())
    try:
        file.write_text(_dumped([entry for _, entry in entries]), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror or error}") from error
    return counts.total()


def _entry(finding: Finding, folder: Path, sources: Sources) -> Entry:
    path = PurePath(os.path.relpath(finding.path, folder)).as_posix()
    return Entry(
        path=path.encode("utf-8", "backslashreplace").decode(),
        criterion=finding.criterion,
        message=finding.message,
        line=line_hash(finding, sources),
        level=finding.level,
        count=1,
    )


def _key(entry: Entry) -> tuple[str, str, str, str]:
    return entry.path, entry.criterion, entry.message, entry.line


def _folder(file: Path) -> Path:
    return file.absolute().parent


def _dumped(entries: Iterable[Entry]) -> str:
    """One line an entry, so that versions of the file can be compared and merged."""
    lines = [json.dumps(entry.model_dump(mode="json"), ensure_ascii=False) for entry in entries]
    inside = "\n" + ",\n".join(f"    {line}" for line in lines) + "\n  " if lines else ""
    return f'{{\n  "version": 1,\n  "findings": [{inside}]\n}}\n'
