"""``harness check``: the criteria that reading decides, on any source tree."""

from __future__ import annotations

import os
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.checking.findings import Finding, Place
    from harness.checking.fixing import Changes, Proposal
    from harness.checking.outcome import Outcome

EXAMPLES = """\b
Examples:
  harness check
  harness check app tests --select awaited,no-lazy-load
  harness check --advice --exclude 'migrations/'
  harness check --diff
  harness check --fix --select awaited
  harness check --format sarif > harness.sarif
  harness check --baseline baseline.json --write-baseline
  harness check --baseline baseline.json

\b
A finding is accepted by a comment on its line, or alone on the line above:
  # harness: ignore[session-import] the reason

[tool.harness.check] in pyproject.toml holds what a project always wants: select, ignore, exclude, per-file-ignores,
advice, baseline. `harness explain CRITERION` says what a finding means.
"""


class Format(StrEnum):
    """How the findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files and folders, else this one; what .gitignore names is passed over."),
    ] = None,
    select: Annotated[list[str] | None, typer.Option(help="Only these criteria, separated by commas.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="All criteria but these, separated by commas.")] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help="Patterns, as in .gitignore, of what is not checked; may be repeated.")
    ] = None,
    advice: Annotated[
        bool | None, typer.Option("--advice/--no-advice", help="Tell what works and could be better, too.")
    ] = None,
    baseline: Annotated[Path | None, typer.Option(help="File of known findings, which are not told again.")] = None,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Write the findings of today into the baseline.")
    ] = False,
    config: Annotated[
        Path | None, typer.Option(help="File with [tool.harness.check], not the nearest pyproject.toml.")
    ] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended, then tell what is left.")] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Write what --fix would change as a diff, and change nothing.")
    ] = False,
    unsafe_fixes: Annotated[
        bool, typer.Option("--unsafe-fixes", help="With --fix or --diff: also where the code may behave otherwise.")
    ] = False,
    jobs: Annotated[int, typer.Option(min=0, help="Processes to read with; 0: as many as there are cores.")] = 0,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Read all files, also those read before.")] = False,
    format: Annotated[Format, typer.Option(help="What to write on standard output.")] = Format.TEXT,  # noqa: A002
) -> None:
    """Find the faults of async session code in your own source tree, without running it.

    Exit status: 0 nothing found, 1 findings, 2 wrong usage or a file that cannot be read, 3 the machine failed. Advice
    changes nothing about it. With --fix it is that of what is left, with --diff that of what is there.
    """
    from harness.checking.findings import Level
    from harness.checking.outcome import Wishes, outcome
    from harness.cli.output import note
    from harness.cli.progress import progress_bar
    from harness.errors import InputError
    from harness.reports.checked import counted

    if fix and diff:
        raise InputError("--fix and --diff: choose one; --diff changes nothing")
    if unsafe_fixes and not (fix or diff):
        raise InputError("--unsafe-fixes: says which fixes --fix or --diff may make; give one of them, too")
    if write_baseline and (fix or diff):
        raise InputError("--write-baseline: write it after fixing, without --fix or --diff")
    wishes = Wishes(
        config,
        select or (),
        ignore or (),
        exclude or (),
        advice,
        baseline,
        write_baseline=write_baseline,
        jobs=jobs,
        cached=not no_cache,
    )
    places = paths or [Path()]
    with progress_bar("checking") as advance:
        found = outcome(places, wishes, advance)
    problems: list[str] = []
    if fix or diff:
        made = _fixes(places, found, unsafe=unsafe_fixes, diff=diff, jobs=jobs)
        problems, before, fixed = made.problems, found, made.fixed
        if fix and made.files:
            with progress_bar("checking") as advance:
                found = outcome(places, wishes, advance)
            fixed = len(before.report.findings) - len(found.report.findings)
        if fix:
            found.report.findings = _unfixed(found.report.findings, made)
        files = counted(len(made.files), "file")
        note(f"{'would fix' if diff else 'fixed'} {counted(fixed, 'finding')} in {files}")
        if left := 0 if unsafe_fixes else sum(each.unsafe for each in found.report.findings):
            note(f"{left} more with --unsafe-fixes, where the code may behave otherwise: harness explain says how")
    if not diff:
        proposals = _proposals(places, found, jobs) if format is Format.SARIF else {}
        _write(found, format, _checkout(places[0]), proposals)
    for line in (*problems, *found.notes):
        note(line)
    errors = any(each.level is Level.ERROR for each in found.report.findings)
    raise typer.Exit(2 if found.report.unread or problems else 1 if errors else 0)


def _fixes(places: list[Path], found: Outcome, *, unsafe: bool, diff: bool, jobs: int) -> Changes:
    """Write what fixes the findings, into the files or as a diff; tell what was not done, and why."""
    from harness.checking import fixing
    from harness.checking.diffs import unified
    from harness.cli.output import note, write
    from harness.cli.progress import progress_bar

    findings = found.report.findings
    with progress_bar("fixing") as advance:
        made = fixing.changes(
            places, findings, exclude=found.exclude, unsafe=unsafe, writing=not diff, jobs=jobs, progress=advance
        )
    if diff:
        write(unified(made.files))
    else:
        fixing.write(made)
    for each in made.kept:
        note(f"{each.path}:{each.line}:{each.column}: {each.criterion}: not fixed: {each.why}")
    return made


def _unfixed(findings: list[Finding], made: Changes) -> list[Finding]:
    from harness.checking.fixing import without

    return without(findings, made.kept)


def _proposals(places: list[Path], found: Outcome, jobs: int) -> Mapping[Place, Proposal]:
    """The fix of each finding that has one, for tools that offer it."""
    findings = found.report.findings
    if not any(each.fixable for each in findings):
        return {}
    from harness.checking import fixing
    from harness.cli.progress import progress_bar

    with progress_bar("fixing") as advance:
        made = fixing.changes(
            places, findings, exclude=found.exclude, unsafe=True, apart=True, jobs=jobs, progress=advance
        )
    return made.alone


def _write(found: Outcome, form: Format, root: Path, proposals: Mapping[Place, Proposal]) -> None:
    from harness.cli.output import write, write_report

    if form is Format.TEXT:
        from harness.reports.checked_text import write_checked

        write_report(partial(write_checked, found.report))
    elif form is Format.GITHUB:
        from harness.reports.github import to_annotations

        write(to_annotations(found.report, root))
    else:
        from harness.reports.json import to_text

        write(to_text(_document(found, form, root, proposals)))


def _document(found: Outcome, form: Format, root: Path, proposals: Mapping[Place, Proposal]) -> dict[str, object]:
    if form is Format.JSON:
        from harness.reports.checked import to_json

        return to_json(found.report)
    from harness.diagnosis import installed_version
    from harness.reports.sarif import to_sarif

    version = installed_version("relational-db-agent")
    return to_sarif(found.report, found.criteria, root, found.sources, version, proposals)


def _checkout(path: Path) -> Path:
    """The folder that other tools see paths from: the root of the repository that ``path`` is in, else this one."""
    here = Path(os.path.normpath(Path.cwd() / path))
    workspace = os.environ.get("GITHUB_WORKSPACE")
    if workspace and here.is_relative_to(workspace):
        return Path(workspace)
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), Path.cwd())
