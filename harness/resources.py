"""Where the shipped evals and the skill are: inside the installed package, else in the checkout beside it.

The skill is installed where tools look for the skills of packages: ``<package>/.agents/skills/<name>``.
"""

from __future__ import annotations

from pathlib import Path

from harness.errors import MachineError

_PACKAGE = Path(__file__).resolve().parent


def resource(installed: str, in_checkout: str) -> Path:
    """A folder, by its path in the installed package and in the checkout. ``MachineError`` when it is in neither."""
    for candidate in (_PACKAGE / installed, _PACKAGE.parent / in_checkout):
        if candidate.is_dir():
            return candidate
    raise MachineError(f"this installation lacks its {in_checkout!r} folder: install relational-db-agent again")


def cases_folder() -> Path:
    """The built-in eval cases, one YAML file each."""
    return resource("_shipped/evals", "evals") / "cases"


def completions_folder() -> Path:
    """The stored completions with their expected verdicts, one folder a case."""
    return resource("_shipped/evals", "evals") / "completions"


def skill_folder() -> Path:
    """The skill ``relational-db-agent``, as agents load it."""
    return resource(".agents/skills/relational-db-agent", "skill/relational-db-agent")
