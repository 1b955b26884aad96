"""A list of the findings that a tree is known to have: only others are reported, and the list can only shrink."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.checking.findings import Level
from harness.checking.fingerprints import line_hash
from harness.documents import read_text
from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from harness.checking.findings import Finding, Report
    from harness.checking.sources import Sources

_MOST_BYTES = 64 << 20
_Key = tuple[str, str, str, str]


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
    """What a run looked at: of other findings it cannot say whether they are still there.

    Findings in one file depend on others, so a run that left out a file says of none that it is gone.
    """

    paths: Sequence[Path]
    criteria: Collection[str]
    levels: Collection[Level]
    unread: bool

    def holds(self, baseline: Baseline, folder: Path) -> list[Entry]:
        """The entries whose findings the run would have found, were they still there."""
        if self.unread or not all(self._below(folder / entry.path) for entry in baseline.findings):
            return []
        return [each for each in baseline.findings if each.criterion in self.criteria and each.level in self.levels]

    def _below(self, path: Path) -> bool:
        place = PurePath(os.path.normpath(path))
        return any(place.is_relative_to(os.path.normpath(Path.cwd() / each)) for each in self.paths)


@dataclass(frozen=True, slots=True)
class Compared:
    """The findings that the file does not know, how many it knows, and the entries that no longer occur."""

    new: list[Finding]
    known: int
    gone: list[Entry]


def scope(paths: Sequence[Path], criteria: Collection[str], report: Report, *, advice: bool) -> Scope:
    """What the run that ended in this report looked at."""
    return Scope(paths, set(criteria), set(Level) if advice else {Level.ERROR}, bool(report.unread))


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
    left = _counted(baseline.findings)
    new: list[Finding] = []
    known = 0
    for finding in findings:
        same = _key(_entry(finding, folder, sources))
        if left[same] > 0:
            left[same] -= 1
            known += 1
        else:
            new.append(finding)
    held = {_key(entry): entry for entry in looked.holds(baseline, folder)}
    gone = [entry.model_copy(update={"count": left[same]}) for same, entry in held.items() if left[same] > 0]
    return Compared(new, known, gone)


def write(findings: Iterable[Finding], file: Path, sources: Sources, looked: Scope) -> int:
    """Write the findings, and what an older file knows of what was not looked at. Gives how many findings it knows.

    Raises InputError where the older file is no baseline, or where it cannot be written.
    """
    folder = _folder(file)
    found = [_entry(finding, folder, sources) for finding in findings]
    entries = {_key(entry): entry for entry in found}
    counts = _counted(found)
    if file.exists():
        old = read(file)
        held = {_key(entry) for entry in looked.holds(old, folder)}
        kept = [entry for entry in old.findings if _key(entry) not in held]
        entries = {_key(entry): entry for entry in kept} | entries
        counts |= _counted(kept)
    listed = [entry.model_copy(update={"count": counts[same]}) for same, entry in sorted(entries.items(), key=_first)]
    try:
        file.write_text(_dumped(listed), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror or error}") from error
    return counts.total()


def _counted(entries: Iterable[Entry]) -> Counter[_Key]:
    counts: Counter[_Key] = Counter()
    for entry in entries:
        counts[_key(entry)] += entry.count
    return counts


def _first(item: tuple[_Key, Entry]) -> _Key:
    return item[0]


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


def _key(entry: Entry) -> _Key:
    return entry.path, entry.criterion, entry.message, entry.line


def _folder(file: Path) -> Path:
    return file.absolute().parent


def _dumped(entries: Iterable[Entry]) -> str:
    """One line an entry, so that versions of the file can be compared and merged."""
    lines = [json.dumps(entry.model_dump(mode="json"), ensure_ascii=False) for entry in entries]
    inside = "\n" + ",\n".join(f"    {line}" for line in lines) + "\n  " if lines else ""
    return f'{{\n  "version": 1,\n  "findings": [{inside}]\n}}\n'
