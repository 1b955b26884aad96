from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness.reports.json import evaluation_to_json, grade_to_json, to_line, to_text

if TYPE_CHECKING:
    from harness.evaluation import Evaluation
    from tests.reports.conftest import Golden


def test_an_evaluation(evaluation: Evaluation, golden: Golden) -> None:
    golden("evaluation.json", to_text(evaluation_to_json(evaluation)))


def test_a_grade_has_the_fields_that_scripts_rely_on(evaluation: Evaluation) -> None:
    grade = grade_to_json(evaluation.judged[1].grade)
    assert list(grade) == [
        "case",
        "completion",
        "arm",
        "model",
        "sample",
        "database",
        "overall",
        "verdicts",
        "environment",
    ]
    assert grade["verdicts"]["session-import"] == {
        "outcome": "fail",
        "reason": "AsyncSession comes from sqlalchemy.ext.asyncio, which has no exec()",
        "static": "fail",
        "dynamic": None,
        "evidence": [
            {"path": "app/database.py", "line": 7, "message": "from sqlalchemy.ext.asyncio import AsyncSession"}
        ],
        "remedy": "from sqlmodel.ext.asyncio.session import AsyncSession",
    }
    assert grade_to_json(evaluation.judged[4].grade)["error"] == "the worker keeps dying"


def test_a_line_is_one_line_of_ascii() -> None:
    line = to_line({"reason": "zeile\nzwei\u2028 ✓ \udcff"})
    assert line.isascii()
    assert line.count("\n") == 1
    assert json.loads(line) == {"reason": "zeile\nzwei\u2028 ✓ \udcff"}
