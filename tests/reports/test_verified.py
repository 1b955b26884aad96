from __future__ import annotations

import io

from harness.reports.verified import to_json, write_verified
from harness.verification import Result, Verification

VERSIONS: dict[str, object] = {"sqlalchemy": "2.1.9", "sqlmodel": "0.0.50", "fastapi": "0.165.0"}
FOUND = Verification(
    "my-skill",
    (
        Result("SKILL.md", 9, "right", "read"),
        Result("SKILL.md", 9, "right", "sqlite"),
        Result("references/a.md", 5, "shows awaited", "sqlite", ("awaited does not fail", "a \x1b[31mtrick")),
        Result("references/a.md", 5, "shows awaited", "postgresql"),
    ),
    3,
    VERSIONS,
)
TEXT = """\
✓ SKILL.md:9: right (read, sqlite)
✗ references/a.md:5: shows awaited (sqlite, postgresql)
    sqlite: awaited does not fail
    sqlite: a \\x1b[31mtrick

my-skill: 3 Python blocks and files, 4 checks, 1 of them wrong; sqlalchemy 2.1.9, sqlmodel 0.0.50, fastapi 0.165.0
"""


def test_the_text_has_every_problem_and_no_control_characters() -> None:
    stream = io.StringIO()
    write_verified(FOUND, stream)
    assert stream.getvalue() == TEXT


def test_the_json_has_it_all() -> None:
    data = to_json(FOUND)
    assert {**data, "results": None} == {
        "skill": "my-skill",
        "blocks": 3,
        "holds": False,
        "results": None,
        "environment": VERSIONS,
    }
    assert data["results"][2] == {
        "path": "references/a.md",
        "line": 5,
        "claim": "shows awaited",
        "database": "sqlite",
        "holds": False,
        "problems": ["awaited does not fail", "a \x1b[31mtrick"],
    }
    assert [each["holds"] for each in data["results"]] == [True, True, False, True]
