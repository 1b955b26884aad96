"""Where the shipped evals and the skill are: inside the installed package, else in the checkout beside it."""

from __future__ import annotations

from pathlib import Path

from harness.errors import MachineError

_PACKAGE = Path(__file__).resolve().parent


def resource(name: str) -> Path:
    """The folder ``evals`` or ``skill``. ``MachineError`` when the installation lacks it."""
    for candidate in (_PACKAGE / "_shipped" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise MachineError(f"this installation lacks its {name!r} folder: install relational-db-agent again")


def cases_folder() -> Path:
    """The built-in eval cases, one YAML file each."""
    return resource("evals") / "cases"


def completions_folder() -> Path:
    """The stored completions with their expected verdicts, one folder a case."""
    return resource("evals") / "completions"


def skill_folder() -> Path:
    """The skill ``relational-db-agent``, as agents load it."""
    return resource("skill") / "relational-db-agent"
