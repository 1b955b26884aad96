"""The program: an answer linked so that it can run, with everything the completion may leave to its reader.

Written by the static side, executed inside the sandbox. A *target* is ``"module:name"``, or ``"module:"`` for the
module itself.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Module:
    """One module to execute. ``supplied`` maps names that its source leaves undefined to targets."""

    name: str
    path: str
    source: str
    supplied: dict[str, str] = field(default_factory=dict)
    ours: bool = False  # written by the harness (models, schemas, app that the completion left to its reader)
    lends: bool = False  # a wrong example that is run only for the names it lends; its endpoints are not judged


@dataclass(frozen=True, slots=True)
class ImportedName:
    """``from module import name`` (``name`` empty: ``import module``) at ``line`` of the module ``importer``."""

    module: str
    name: str
    importer: str
    line: int


@dataclass(frozen=True, slots=True)
class Program:
    """Modules in the order in which they are to be imported.

    ``virtual`` maps each module of the reader's own project that the answer imports, and does not bring, to its names
    and their targets: ``{"app.models": {"Task": "_context:Task"}}``. A name mapped to ``""`` is not known to anybody:
    it becomes a stand-in whose use is reported. ``imports`` are the names to look up in the installed packages.
    """

    modules: tuple[Module, ...]
    virtual: dict[str, dict[str, str]] = field(default_factory=dict)
    imports: tuple[ImportedName, ...] = ()
    dependencies: tuple[str, ...] = ()  # targets of the session dependencies, as far as reading the code tells
    sync: bool = False  # every engine is a sync one: the database URL has to name a sync driver
    words: tuple[str, ...] = ()  # short strings of the source: what a variable may be compared with

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries and lists, fit for ``json.dumps``."""
        return asdict(self)
