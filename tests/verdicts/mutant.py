"""A right answer with one fault, and the verdicts that the fault has to come to."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

RIGHT = Path(__file__).parent / "right"

PLAIN = "test-your-skill/plain"
LAYERS = "test-your-skill/protocol-repositories"
"""Its endpoints never touch the session: four layers lie between, so that reading the code tells little."""
MANAGER = "test-your-skill/session-manager-class"
CLIENT_KEYS = "test-your-skill/uuid-keys-of-the-client"
HANDLERS = "test-your-skill/registered-handlers"
LOADING = "debug-missing-greenlet/plain"
LOADING_LAYERS = "debug-missing-greenlet/refresh-in-a-repository"
COLUMNS = "debug-missing-greenlet/columns-only"
NESTED = "debug-missing-greenlet/nested-response-model"
CONFIGURED = "session-factory/plain"
SETTINGS = "session-factory/settings-object"
SCOPED = "request-scoping/plain"
SCOPED_MANAGER = "request-scoping/manager"


class By(StrEnum):
    """What has to see the fault."""

    RUN = "run"  # reading says nothing, or is content: only the run shows it
    READING = "reading"  # it works when it is run
    BOTH = "both"


@dataclass(frozen=True)
class Mutant:
    """``fails`` are the criteria that fail, each with a part of its reason: the fault's own first, then what follows.

    ``on_sqlite`` and ``on_postgresql`` are what fails there besides; ``only_on`` names the one database that shows the
    fault, and ``because`` says why the other does not.
    """

    name: str
    of: str
    changes: tuple[tuple[str, str], ...]
    fails: dict[str, str]
    by: By = By.RUN
    on_sqlite: dict[str, str] = field(default_factory=dict)
    on_postgresql: dict[str, str] = field(default_factory=dict)
    only_on: str = ""
    because: str = ""

    @property
    def case(self) -> str:
        return self.of.partition("/")[0]

    @property
    def text(self) -> str:
        """The completion. Each change is made everywhere, and AssertionError is raised where it changes nothing."""
        text = (RIGHT / f"{self.of}.md").read_text()
        for old, new in self.changes:
            assert old in text, f"{self.name}: {self.of} has no {old!r}"
            text = text.replace(old, new)
        return text

    def expected(self, database: str) -> dict[str, str]:
        """The criteria that fail there, each with a part of its reason."""
        if self.only_on and database != self.only_on:
            return {}
        return self.fails | (self.on_sqlite if database == "sqlite" else self.on_postgresql)
