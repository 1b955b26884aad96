"""Grades read back from JSON: the inverse of ``harness.reports.json.grade_to_json``."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import InputError
from harness.verdicts import Evidence, Grade, Outcome, Overall, State, Verdict


class _Record(BaseModel):
    """``extra="ignore"``: a later version may write more fields."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Evidence(_Record):
    path: str
    line: int
    message: str


class _Verdict(_Record):
    outcome: Outcome
    reason: str
    static: State | None
    dynamic: State | None
    evidence: list[_Evidence]
    remedy: str


class _Grade(_Record):
    case: str = Field(min_length=1)
    completion: str
    arm: str
    model: str | None
    sample: int = Field(ge=0)
    database: str
    overall: Overall
    verdicts: dict[str, _Verdict]
    environment: dict[str, Any]
    error: str = ""


def grade_from_json(record: object, where: str) -> Grade:
    """The grade that ``record`` holds; ``InputError`` names ``where`` and the field that is wrong."""
    try:
        read = _Grade.model_validate(record)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InputError(f"{where}: is not a grade: {f'{place}: ' if place else ''}{first['msg']}") from None
    return Grade(
        case=read.case,
        completion=read.completion,
        overall=read.overall,
        verdicts={criterion: _verdict(each) for criterion, each in read.verdicts.items()},
        database=read.database,
        arm=read.arm,
        model=read.model,
        sample=read.sample,
        error=read.error,
        environment=read.environment,
    )


def _verdict(read: _Verdict) -> Verdict:
    return Verdict(
        outcome=read.outcome,
        reason=read.reason,
        static=read.static,
        dynamic=read.dynamic,
        evidence=tuple(Evidence(each.path, each.line, each.message) for each in read.evidence),
        remedy=read.remedy,
    )
