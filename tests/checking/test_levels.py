"""Two levels: what goes wrong is always told, what could be better only when asked for."""

from __future__ import annotations

from harness.checking.findings import Level
from harness.checking.judge import judge
from harness.source.survey import TreeFile

FILE = TreeFile(
    "database",
    "database.py",
    b"""
from sqlalchemy.ext.asyncio import create_async_engine
server = create_async_engine("postgresql+asyncpg://u@h/d")
wrong = create_async_engine("mysql+pymysql://u@h/d")
""",
)


def levels(*, advice: bool) -> list[tuple[int, str, Level]]:
    findings, _ = judge([FILE], advice=advice)
    return [(each.line, each.criterion, each.level) for each in findings]


def test_errors_are_always_told() -> None:
    assert levels(advice=False) == [(4, "async-engine", Level.ERROR)]


def test_advice_is_told_when_asked_for() -> None:
    assert levels(advice=True) == [
        (3, "pool-size", Level.ADVICE),
        (4, "async-engine", Level.ERROR),
        (4, "pool-size", Level.ADVICE),
    ]


def test_a_name_for_type_checkers_is_said_to_be_one() -> None:
    code = b"""
from typing import TYPE_CHECKING
import sqlmodel
if TYPE_CHECKING:
    from decimal import Decimal
print(Decimal, Fraction)
"""
    findings, _ = judge([TreeFile("a", "a.py", code)])
    assert [each.message for each in findings] == [
        "Decimal is imported for type checkers only, and used when the code runs",
        "Fraction is used and never imported or defined",
    ]
