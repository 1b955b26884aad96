"""Runs a skill's code: judged by the criteria, and tested by its own tests."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from harness.answer import Answer
from harness.answer.answer import SourceFile
from harness.cases import Complete, Context, load_cases
from harness.databases import SqliteBackend, choose
from harness.databases.choice import POSTGRESQL
from harness.sandbox import CellError, Limits, Sandbox
from harness.verdicts import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.cases import Case
    from harness.databases import Backend
    from harness.grading import Grader
    from harness.verdicts import Verdict
    from harness.verification.sections import Block

PROSE = frozenset({"diagnosis", "right-example", "wrong-example", "problems-named"})
CASES = ("test-your-skill", "session-factory", "debug-missing-greenlet")
"""The cases whose experiments a whole app is put to."""
_GENERAL = "request-scoping"
_HOMES = {
    "create-returns-task": "test-your-skill",
    "error-handling": "test-your-skill",
    "pool-size": "session-factory",
    "sql-echo": "session-factory",
    "relation-loaded": "debug-missing-greenlet",
}
_LIMITS = Limits(cpu_seconds=30, wall_seconds=60)


def case_of(criterion: str) -> str:
    """The case whose experiments decide a criterion."""
    return _HOMES.get(criterion, _GENERAL)


class Trials:
    """One database to run code on; a context manager."""

    def __init__(self, grader: Grader, database: str) -> None:
        """``database`` is ``sqlite`` or PostgreSQL's URL, one of those of the grader."""
        choice = choose(database)
        self.kind = choice.kind
        self._grader = grader
        self._cases = load_cases()
        self._flawless: set[tuple[str, frozenset[tuple[str, str]]]] = set()
        with contextlib.ExitStack() as stack:
            backend: Backend
            if choice.kind == POSTGRESQL:
                from harness.databases.postgresql import PostgresBackend, Server  # only where it is asked for

                server = stack.enter_context(contextlib.closing(Server(choice.url)))
                server.check()
                backend = PostgresBackend(server, choice.driver)
            else:
                backend = SqliteBackend()
            self._backend = stack.enter_context(contextlib.closing(backend))
            self._sandbox = stack.enter_context(
                Sandbox(
                    limits=_LIMITS,
                    target="harness.inside.tested:main",
                    warm_up="harness.inside.tested:warm_up",
                    sockets=backend.sockets,
                )
            )
            self._stack = stack.pop_all()

    def __enter__(self) -> Trials:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def judge(self, blocks: Sequence[Block], case: str) -> dict[str, Verdict]:
        """The verdicts that are no pass on an app of the blocks; a place is a line of the document a block is from.

        An app without any is not run again: the index and many pages show the same files.
        """
        app = (case, frozenset((block.path, block.code.removeprefix(f"# {block.path}\n")) for block in blocks))
        if app in self._flawless:
            return {}
        files = tuple(
            SourceFile(module, block.path, block.code, block.lines, named=True)
            for module, block in zip(_modules(blocks), blocks, strict=True)
        )
        grade = self._grader.grade_answer(
            Answer("", (), files, ()), _code_only(self._cases[case]), name="", database=self.kind
        )
        verdicts = failing(grade.verdicts)
        if not verdicts:
            self._flawless.add(app)
        return verdicts

    def test(self, files: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """How each test of the files (path: source) ended: ``harness.inside.tested``. Raises MachineError."""
        self._backend.reset()
        job: dict[str, Any] = {"files": dict(files), "database": self._backend.job(self._sandbox.sockets)}
        with self._sandbox.open(job) as cell:
            try:
                reply = cell.ask({})
            except CellError as error:
                said = cell.close().output.strip().rpartition("\n")[2]
                return {"tests": {"outcome": "error", "text": f"{error.reason}: {said}" if said else error.reason}}
        return {str(name): dict(each) for name, each in reply["tests"].items()}


def _modules(blocks: Sequence[Block]) -> list[str]:
    """A name for each block; those of the same file have names of their own."""
    taken: Counter[str] = Counter()
    names = []
    for block in blocks:
        taken[block.module] += 1
        count = taken[block.module]
        names.append(block.module if count == 1 else f"{block.module}__{count}")
    return names


def _code_only(case: Case) -> Case:
    """The case without the criteria that speak of prose, for code that has to be complete."""
    criteria = tuple(name for name in case.criteria if name not in PROSE)
    return case.model_copy(update={"criteria": criteria, "complete": Complete.EVERYTHING, "context": Context()})


def failing(verdicts: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """The verdicts that are no pass, but for those without an occasion."""
    fine = (Outcome.PASS, Outcome.NOT_APPLICABLE)
    return {name: verdict for name, verdict in verdicts.items() if verdict.outcome not in fine}
