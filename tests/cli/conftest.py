"""Runs commands in this process, with a grader that does what the completion says."""

from __future__ import annotations

import sys
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pytest

from harness.cli import main
from harness.errors import MachineError
from harness.verdicts import Grade, Outcome, Overall, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from harness.cases import Case
    from harness.completions import Completion


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    def run(*arguments: str) -> Result:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        captured = capsys.readouterr()
        code = ended.value.code
        return Result(code if isinstance(code, int) else 1, captured.out, captured.err)

    return run


class ObedientGrader:
    """A line ``criterion: outcome`` gives that verdict, ``error: why`` an error, ``machine: why`` a fault of it."""

    made: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, **options: Any) -> None:
        self.made.append(options)
        self.databases = options["databases"]
        self.environment: dict[str, object] = {"python": "3"}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def grade_all(self, completions: Iterable[Completion], cases: Mapping[str, Case]) -> Iterator[Grade]:
        for completion in completions:
            yield self._grade(completion, cases[completion.case])

    def attempt(self, completion: Completion, case: Case, database: str) -> Grade:
        return self._grade(completion, case)

    def _grade(self, completion: Completion, case: Case) -> Grade:
        said = dict(line.split(": ", 1) for line in completion.text.splitlines() if ": " in line)
        if "machine" in said:
            raise MachineError(said["machine"])
        if "interrupt" in said:
            raise KeyboardInterrupt
        outcomes = {criterion: Outcome(said.get(criterion, "pass")) for criterion in case.criteria}
        overall = Overall.FAIL if Outcome.FAIL in outcomes.values() else Overall.PASS
        return Grade(
            case=completion.case,
            completion=completion.name,
            overall=Overall.ERROR if "error" in said else overall,
            verdicts={
                criterion: Verdict(outcome, f"because of {criterion}", remedy="do it" if outcome == "fail" else "")
                for criterion, outcome in outcomes.items()
            },
            arm=completion.arm,
            model=completion.model,
            sample=completion.sample,
            error=said.get("error", ""),
            environment=self.environment,
        )


@pytest.fixture
def obedient(monkeypatch: pytest.MonkeyPatch) -> type[ObedientGrader]:
    module = types.ModuleType("harness.grading")
    module.Grader = ObedientGrader  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "harness.grading", module)
    ObedientGrader.made.clear()
    return ObedientGrader
