"""Verifies a skill: every block of it, on every database that is asked for."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from harness.databases import choose
from harness.grading import Grader
from harness.verification.claims import claims_of
from harness.verification.reading import read
from harness.verification.results import READ, Result, Verification
from harness.verification.sections import TEST
from harness.verification.trials import Trials
from harness.versions import versions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from harness.verdicts import Verdict
    from harness.verification.claims import Claim

_FOLLOWING = {
    "async-engine": ("imports", "create-returns-task"),
    "expire-on-commit": ("create-returns-task", "no-lazy-load"),
    "no-lazy-load": ("error-handling", "relation-loaded", "create-returns-task"),
    "dependency-shape": ("request-scope",),
    "request-scope": ("dependency-shape",),
    "session-import": ("session-factory",),
}
"""What else fails where a criterion does."""


def verify(
    skill: Path,
    *,
    databases: Sequence[str] = ("sqlite",),
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Verification:
    """Read and run all Python code of the skill in a folder: of ``SKILL.md``, of other Markdown files, of ``assets``.

    What is right has to pass every criterion and its tests, what is headed ``Incorrect: <criterion>`` has to fail that
    criterion and no other one. ``databases`` are ``sqlite`` and PostgreSQL's URL, worked on at the same time. Raises
    InputError for a folder that cannot be read, MachineError when code cannot be run here.
    """
    claims = claims_of(skill)
    results = read(claims)
    environment: dict[str, object] = dict(versions())
    steps = itertools.count(1)
    stopped = threading.Event()

    def on(database: str) -> None:
        with Grader(databases=[database]) as grader, Trials(grader, database) as trials:
            environment.update(grader.environment)
            for claim in claims:
                if stopped.is_set():
                    return
                results.append(_run(claim, trials))
                progress(next(steps), len(claims) * len(databases))

    with ThreadPoolExecutor(len(databases)) as pool:
        try:
            for future in [pool.submit(on, database) for database in databases]:
                future.result()
        except BaseException:
            stopped.set()
            raise
    order = {(claim.section.document, claim.section.line): number for number, claim in enumerate(claims)}
    kinds = [READ, *(choose(database).kind for database in databases)]
    results.sort(key=lambda each: (order[each.path, each.line], kinds.index(each.database)))
    blocks = {(each.section.document, block) for each in claims for block in (*each.section.blocks, *each.tests)}
    return Verification(skill.resolve().name, tuple(results), len(blocks), environment)


def _run(claim: Claim, trials: Trials) -> Result:
    section = claim.section
    problems: list[str] = []
    verdicts: dict[str, Verdict] = {}
    if section.code:
        for case in claim.cases:
            verdicts |= trials.judge(claim.app, case)
    shown = section.shown(trials.kind)
    allowed = {*shown, *(each for name in shown for each in _FOLLOWING.get(name, ()))}
    for name, verdict in verdicts.items():
        if name not in allowed:
            where = "".join(f" ({each.path}:{each.line})" for each in verdict.evidence[:1])
            problems.append(f"{name}: {verdict.outcome.value}: {verdict.reason}{where}")
    problems += [f"{name} does not fail" for name in shown if name != TEST and name not in verdicts]
    problems += _test(claim, trials, has_to_fail=TEST in shown)
    return Result(section.document, section.line, claim.text, trials.kind, tuple(problems))


def _test(claim: Claim, trials: Trials, *, has_to_fail: bool) -> list[str]:
    """The tests of what is right pass; those of what is wrong are run where they have to fail."""
    if not claim.tests:
        return ["there is no test"] if has_to_fail else []
    if claim.section.faults is not None and not has_to_fail:
        return []
    support = [block for block in claim.files if block.is_support]
    files = {block.path: block.code for block in (*claim.app, *support, *claim.tests)}
    ended = trials.test(files)
    bad = {name: each for name, each in ended.items() if each["outcome"] != "passed"}
    if not ended:
        return ["there is no test in it"]
    if not has_to_fail:
        return [f"{name}: {each['outcome']}: {each['text']}" for name, each in bad.items()]
    broken = [f"{name}: {each['text']}" for name, each in bad.items() if each["outcome"] != "failed"]
    return broken or ([] if bad else ["no test fails"])
