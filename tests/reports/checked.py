"""A report of a check with everything that there can be in one."""

from __future__ import annotations

from harness.checking.findings import Finding, Level, Report, Unread

AWAITED = "`await session.commit()`."
REPORT = Report(
    findings=[
        Finding("app/api v1/tâsks.py", 3, 5, "awaited", "session.commit() is never awaited", AWAITED, fixable=True),
        Finding("app/api v1/tâsks.py", 9, 1, "awaited", "100%, and: sure", AWAITED),
        Finding(
            "app/api v1/tâsks.py",
            12,
            2,
            "depends",
            "no\nDepends\x1b[31m",
            "Take it from Depends.",
            fixable=True,
            unsafe=True,
        ),
        Finding("app/database.py", 1, 1, "pool-size", "no pool_size", "Give one.", level=Level.ADVICE),
    ],
    unread=[Unread("old/legacy.py", 2, 7, "syntax error: print what?")],
    files=7,
    hidden=2,
    known=1,
)
