"""What is to be told about a source tree: its findings, but for those that comments, settings or a baseline accept."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from harness.checking import baseline, run
from harness.checking.files import Ignores, python_files
from harness.checking.modules import shown
from harness.checking.selection import chosen, known, listed, without
from harness.checking.settings import load
from harness.checking.sources import Sources
from harness.checking.suppression import screen, unused
from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.checking.findings import Report
    from harness.checking.suppression import Note


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for; what it leaves open, the settings say.

    ``select``, ``ignore`` and ``exclude`` may each hold several, separated by commas; ``exclude`` adds to the settings.
    """

    config: Path | None = None
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    exclude: Sequence[str] = ()
    advice: bool | None = None
    baseline: Path | None = None
    write_baseline: bool = False
    jobs: int = 0
    cached: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is left to be told, the criteria that were looked for, and lines for people about what was accepted.

    ``exclude`` are the rules of what was not looked at.
    """

    report: Report
    criteria: tuple[str, ...]
    sources: Sources
    exclude: Sequence[Ignores] = ()
    notes: list[str] = field(default_factory=list)


def check(
    *paths: str | Path,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    exclude: Sequence[str] = (),
    advice: bool | None = None,
    baseline: str | Path | None = None,
    config: str | Path | None = None,
    jobs: int = 0,
) -> Report:
    """Find the faults of async session code below the paths, else below the working folder, by reading it only.

    ``select`` and ``ignore`` are ids of criteria, ``exclude`` patterns as in ``.gitignore``; ``baseline`` is the file
    of known findings, ``config`` one with ``[tool.harness.check]``, else the nearest ``pyproject.toml`` has the
    settings, as for the command. ``jobs``: processes to read with, 0 for as many as there are cores.

    The report's ``findings`` are in order of path, line and column (both from 1, columns in characters); paths are
    relative to the working folder where they are below it. ``unread`` are the files that could not be checked. Nothing
    is written, and no cache is used. Raises InputError for a path, a setting or a criterion that there is not, and
    MachineError where no process can be started.
    """
    wishes = Wishes(
        Path(config) if config is not None else None,
        select,
        ignore,
        exclude,
        advice,
        Path(baseline) if baseline is not None else None,
        jobs=jobs,
    )
    return outcome([Path(path) for path in paths] or [Path()], wishes).report


def outcome(
    paths: Sequence[Path], wishes: Wishes, progress: Callable[[int, int], object] = lambda done, total: None
) -> Outcome:
    """Check what is below the paths. Raises InputError for what cannot be used of paths, wishes or settings.

    ``progress`` is told how many of the files that matter are done.
    """
    settings = load(wishes.config, paths[0])
    options = settings.options
    select, ignore = listed(wishes.select), listed(wishes.ignore)
    known(select, "--select")
    known(ignore, "--ignore")
    criteria = chosen(select or options.select, ignore or options.ignore)
    advice = options.advice if wishes.advice is None else wishes.advice
    file = wishes.baseline or settings.baseline
    if wishes.write_baseline and file is None:
        raise InputError("--write-baseline: say which file to write with --baseline FILE")
    before = baseline.read(file) if file is not None and not wishes.write_baseline else None
    exclude = [
        Ignores.of(options.exclude, settings.folder, settings.where("exclude")),
        Ignores.of(listed(wishes.exclude), Path.cwd(), "--exclude"),
    ]

    report = run.check(
        paths,
        criteria=criteria,
        exclude=exclude,
        advice=advice,
        jobs=wishes.jobs,
        cached=wishes.cached,
        progress=progress,
    )
    sources = Sources()
    found = without(report.findings, options.per_file_ignores, settings.folder, settings.where("per-file-ignores"))
    screened = screen(found, sources)
    report.hidden = len(report.findings) - len(screened.kept)
    notes = [_line(note) for note in screened.notes]
    if advice:
        unread = {each.path for each in report.unread}
        files = [each for each in map(shown, python_files(paths, exclude=exclude)) if each not in unread]
        notes += [_line(note) for note in unused(found, files, sources, criteria)]
    report.findings = screened.kept
    if file is not None:
        scope = baseline.scope(paths, criteria, report, advice=advice)
        if before is None:
            notes += _write(file, report, sources, scope)
        else:
            notes += _compare(file, before, report, sources, scope)
    return Outcome(report, criteria, sources, exclude, notes)


def _write(file: Path, report: Report, sources: Sources, scope: baseline.Scope) -> list[str]:
    count = baseline.write(report.findings, file, sources, scope)
    report.known, report.findings = len(report.findings), []
    return [f"{file}: written, with {count} known finding{'' if count == 1 else 's'}"]


def _compare(
    file: Path, before: baseline.Baseline, report: Report, sources: Sources, scope: baseline.Scope
) -> list[str]:
    compared = baseline.compare(report.findings, before, file, sources, scope)
    report.findings, report.known = compared.new, compared.known
    if not compared.gone:
        return []
    first = compared.gone[0]
    count = sum(each.count for each in compared.gone)
    what = "finding in it no longer occurs" if count == 1 else "findings in it no longer occur, the first"
    return [f"{file}: {count} {what}: {first.path}: {first.criterion}; --write-baseline takes out what is gone"]


def _line(note: Note) -> str:
    return f"{note.path}:{note.line}: {note.message}"
