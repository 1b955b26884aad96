"""Which module of the answer a dotted name means, however the answer spells it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from harness.inside.names import is_installed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_INVENTED = ("_answer", "_answer.above", "_answer.above.all")
ROOT = _INVENTED[-1]
"""The invented package that holds all modules; those above it let relative imports have more dots than they should."""


class Resolution:
    """``known`` are the names of modules, virtual modules and the packages above them."""

    def __init__(self, program: Mapping[str, Mapping[str, Any]], virtual: Iterable[str]) -> None:
        self._files = {name: PurePosixPath(module["path"]).name for name, module in program.items()}
        self._children = {name for name in (*program, *virtual) if name}
        self.known = set(self._children)
        for name in self._children:
            parts = name.split(".")
            self.known.update(".".join(parts[:length]) for length in range(1, len(parts)))

    def is_package(self, key: str) -> bool:
        """Whether modules can be below it: packages nobody wrote, ``__init__.py``, whatever has children."""
        if key not in self._files or self._files[key] == "__init__.py":
            return True
        return any(name.startswith(key + ".") for name in self._children)

    def key(self, fullname: str, *, by_answer: bool) -> str | None:
        """The key of the module that an import asks for.

        A name in ``known``; ``"/..."`` for a package that is there for its children only; ``"?name"`` for what nobody
        has; None for what the import system is to find, or not. ``by_answer`` says whether the answer asks.
        """
        if fullname in _INVENTED:
            return "/" + fullname
        above = next((package for package in reversed(_INVENTED) if fullname.startswith(package + ".")), None)
        name = fullname if above is None else fullname[len(above) + 1 :]
        if above is None and (is_installed(name) or not by_answer):
            return None
        if name in self.known:
            return name
        parent = name.rpartition(".")[0]
        if parent in self.known and not self.is_package(parent):
            return None
        resolved = self.by_suffix(name)
        if resolved is not None:
            return resolved
        if parent in self.known or (above is not None and is_installed(name)):
            return None
        return "?" + name

    def by_suffix(self, name: str) -> str | None:
        """The known module whose name ends as this one does, or that this one ends with."""
        parts = name.split(".")
        for start in range(1, len(parts)):
            suffix = ".".join(parts[start:])
            if suffix in self.known:
                return suffix
        ending = sorted((known for known in self.known if known.endswith("." + name)), key=len)
        return ending[0] if ending else None


def without_root(name: str) -> str:
    """The answer's own name of a module."""
    for package in reversed(_INVENTED):
        if name.startswith(package + "."):
            return name[len(package) + 1 :]
    return name
