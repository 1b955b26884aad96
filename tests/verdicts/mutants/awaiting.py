"""Coroutines that nobody awaits."""

from tests.verdicts.mutant import LAYERS, PLAIN, SCOPED, By, Mutant

AWAITING = (
    Mutant(
        "commit",
        PLAIN,
        (("        await session.commit()\n", "        session.commit()\n"),),
        {"awaited": "commit", "create-returns-task": "no row is stored"},
        By.BOTH,
    ),
    Mutant(
        "commit by name",
        SCOPED,
        (("    await session.commit()\n", '    getattr(session, "com" + "mit")()\n'),),
        {"awaited": "AsyncSession.commit was never awaited"},
    ),
    Mutant(
        "a helper of its own",
        LAYERS,
        (
            (
                "        await self.store(task)\n        await self.session.refresh",
                "        self.store(task)\n        await self.session.refresh",
            ),
        ),
        {"awaited": "store", "create-returns-task": "POST with a minimal body: answers 500"},
        By.BOTH,
    ),
    Mutant(
        "refresh by name",
        LAYERS,
        (("        await self.session.refresh(", '        getattr(self.session, "refresh")('),),
        {
            "awaited": "AsyncSession.refresh was never awaited",
            "no-lazy-load": "MissingGreenlet",
            "create-returns-task": "POST with a referenced body: answers 500",
        },
    ),
    Mutant(
        "exec, whose rows are asked for at once",
        PLAIN,
        (("(await session.exec(select(Task))).all()", "session.exec(select(Task)).all()"),),
        {"awaited": ""},
        By.BOTH,
    ),
    Mutant(
        "exec, and the error is suppressed",
        LAYERS,
        (
            (
                "        return (await self.session.exec(query)).one_or_none()\n",
                "        with contextlib.suppress(AttributeError):\n"
                '            getattr(self.session, "exec")(query).all()\n'
                "        return (await self.session.exec(query)).one_or_none()\n",
            ),
            ("from typing import Protocol", "import contextlib\nfrom typing import Protocol"),
        ),
        {"awaited": "exec was never awaited"},
    ),
    Mutant(
        "rollback by name",
        LAYERS,
        (("            await self.session.rollback()\n", '            getattr(self.session, "rollback")()\n'),),
        {"awaited": "AsyncSession.rollback was never awaited"},
        on_sqlite={"error-handling": "the row of the failed request is stored by the next request"},
        because="only SQLite keeps the transaction whose COMMIT failed",
    ),
    Mutant(
        "what is no coroutine is awaited",
        LAYERS,
        (("        self.session.add(task)\n", '        await getattr(self.session, "add")(task)\n'),),
        {"awaited": "NoneType", "create-returns-task": "POST with a minimal body: answers 500"},
    ),
)
