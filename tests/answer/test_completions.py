"""Whole completions: the blocks of each, as ``role:path@first line``, with ``*`` for partial code."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.answer import extract

FOLDER = Path(__file__).parent / "completions"
EXPECTED = {
    "debug-missing-greenlet-01": "fragment@6",
    "debug-missing-greenlet-02": "fragment@6",
    "debug-missing-greenlet-05": "fragment@6",
    "debug-missing-greenlet-14": "fragment@4",
    "debug-missing-greenlet-17": "fragment@2",
    "debug-missing-greenlet-19": "fragment@4",
    "debug-missing-greenlet-n1": "fragment@6 alternative*@32",
    "debug-missing-greenlet-n2": "fragment@10 fragment*@37 alternative*@54 alternative*@61",
    "request-scoping-02": "wrong@12 fragment@30",
    "request-scoping-03": "fragment@4",
    "request-scoping-10": "wrong@6 fragment@16",
    "request-scoping-12": "wrong@6 fragment@12 fragment@21",
    "request-scoping-15": "wrong@6 fragment@16",
    "request-scoping-n1": "wrong@14 fragment@27",
    "request-scoping-n2": "wrong@6 wrong*@31 output@50 output@60 fragment@76",
    "session-factory-01": "file:database.py@4",
    "session-factory-06": "fragment@4",
    "session-factory-12": "fragment@4",
    "session-factory-14": "config:pyproject.toml@4 file:database.py@11 config@50 fragment@56",
    "session-factory-16": "fragment@4",
    "session-factory-21": "file:database.py@4",
    "session-factory-22": "file:database.py@2",
    "session-factory-23": "fragment@4",
    "session-factory-24": "fragment@4",
    "session-factory-n1": "file:database.py@2 fragment@42",
    "session-factory-n2": "file:database.py@2 file:main.py@48",
    "test-your-skill-02": "fragment@4",
    "test-your-skill-05": "file:app/db.py@4 file:app/models.py@24 file:app/main.py@42",
    "test-your-skill-07": "fragment@4",
    "test-your-skill-08": "file:database.py@6 file:routers/tasks.py@28",
    "test-your-skill-11": "fragment@2",
    "test-your-skill-12": "config@4 file:app/database.py@15 file:app/repositories.py@38 file:app/services.py@56 "
    "file:app/main.py@98",
    "test-your-skill-17": "file:database.py@3 file:main.py@18",
    "test-your-skill-22": "file:db.py@4 file:routes.py@23",
    "test-your-skill-23": "fragment@4",
    "test-your-skill-32": "fragment@2",
    "test-your-skill-36": "fragment@2",
    "test-your-skill-38": "fragment@2",
    "test-your-skill-40": "fragment@4",
    "test-your-skill-43": "file:app/errors.py@4 file:app/db.py@32 file:app/main.py@53",
    "test-your-skill-45": "shell@4 file:main.py@10 shell@69 config@73",
    "test-your-skill-46": "fragment@4",
    "test-your-skill-48": "wrong:main.py@7 file:main.py@8",
    "test-your-skill-49": "file:database.py@4 file:main.py@29",
    "test-your-skill-53": "fragment@2",
    "test-your-skill-54": "file:app/db.py@4 file:app/models.py@22 file:app/main.py@57",
    "test-your-skill-n1": "file:database.py@6 file:main.py@31",
    "test-your-skill-n2": "file:database.py@6 file:models.py@32 file:main.py@60",
}


def test_every_completion_has_its_expectation() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_completion(name: str) -> None:
    text = (FOLDER / f"{name}.txt").read_text()
    answer = extract(text)
    partial = {f.lines for f in (*answer.files, *answer.wrong) if f.partial}
    found = [
        b.role.value + (f":{b.path}" if b.path else "") + ("*" if b.lines in partial else "") + f"@{b.lines[0]}"
        for b in answer.blocks
    ]
    assert found == EXPECTED[name].split()
    assert answer.problems == ()
    assert len({f.module for f in answer.files}) == len(answer.files)
    lines = text.split("\n")
    for block in answer.blocks:
        if "diff" not in lines[block.lines[0] - 2] and not block.reason.endswith("diff"):
            for code, number in zip(block.code.split("\n"), block.lines, strict=False):
                assert lines[number - 1].strip().endswith(code.strip())
