from __future__ import annotations

import pytest

from harness.source.survey import TreeFile, survey


@pytest.mark.parametrize(
    ("code", "line", "column", "reason"),
    [
        (b'import sqlmodel\nprint "x"\n', 2, 10, "syntax error"),
        (b"def f(:\n", 1, 1, "syntax error: expected ), *, **, NAME"),
        (b"if x:\ny\n", 2, 2, "syntax error: expected INDENT"),
        (b"x = 'a\n", 1, 1, "syntax error: tokenizer error: unterminated string literal"),
        (b"x = '\xff'\n", 1, 1, "cannot be read: "),
    ],
)
def test_where_and_why_a_file_cannot_be_parsed(code: bytes, line: int, column: int, reason: str) -> None:
    [unreadable] = survey([TreeFile("a", "a.py", code)]).facts.unreadable
    assert (unreadable.at.path, unreadable.at.line, unreadable.at.column) == ("a.py", line, column)
    assert unreadable.reason == reason or (reason.endswith(": ") and unreadable.reason.startswith(reason))
