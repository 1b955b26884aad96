"""Several files of one answer: which module an import means, and where a name comes from."""

from __future__ import annotations

import itertools
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.source.library import ENVIRONMENT_PACKAGES

if TYPE_CHECKING:
    from harness.source.tree import Tree


def is_installed(module: str) -> bool:
    """Whether an absolute module name belongs to the standard library or to the packages that answers may import."""
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or top in ENVIRONMENT_PACKAGES


@dataclass(slots=True)
class Project:
    """The right files of an answer by module name, in order, with what the linker found for names left undefined.

    ``supplied[module][name]`` and ``virtual[module][name]`` are targets as in ``harness.program``. ``guesses``: the
    folders of an answer are not what its imports say, so a file whose last name alone fits is taken.
    """

    trees: dict[str, Tree]
    supplied: dict[str, dict[str, str]] = field(default_factory=dict)
    virtual: dict[str, dict[str, str]] = field(default_factory=dict)
    guesses: bool = True

    def find(self, importer: Tree, module: str) -> Tree | None:
        """The file of the answer that ``module`` (dots first when relative) means, by longest suffix."""
        name = absolute(importer, module)
        if not name:
            return None
        if name in self.trees:
            return self.trees[name]
        if not module.startswith(".") and is_installed(name):
            return None
        if not self.guesses:
            return None if module.startswith(".") else self._nearest(importer, name)
        parts = name.split(".")
        for start in range(1, len(parts)):
            tail = ".".join(parts[start:])
            if tail in self.trees:
                return self.trees[tail]
        ends = [tree for key, tree in self.trees.items() if key.endswith("." + parts[-1])]
        return ends[0] if len(ends) == 1 else None

    def _nearest(self, importer: Tree, name: str) -> Tree | None:
        """The file below any source root that the name fits; of several, the one with most folders in common."""
        fitting = [key for key in self.trees if key.endswith(f".{name}")]
        if not fitting:
            return None
        here = importer.name.split(".")
        return self.trees[max(fitting, key=lambda key: in_common(key.split("."), here))]


def absolute(importer: Tree, module: str) -> str:
    """``module`` as written in ``importer``, made absolute; what leaves the answer's folder ends at its top."""
    return absolute_name(importer.name, module, is_package=importer.is_package)


def absolute_name(importer: str, module: str, *, is_package: bool) -> str:
    """As ``absolute``, for a file by its name."""
    dots = len(module) - len(module.lstrip("."))
    if not dots:
        return module
    package = importer.split(".")
    if not is_package:
        package = package[:-1]
    package = package[: max(len(package) - (dots - 1), 0)]
    rest = module.lstrip(".")
    return ".".join([*package, rest] if rest else package)


def in_common(one: list[str], other: list[str]) -> int:
    """How many folders two paths share from the top."""
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def split_target(target: str) -> tuple[str, str]:
    """``"module:name"`` as a pair."""
    module, _, name = target.partition(":")
    return module, name
