"""Looks up in the installed packages what an answer imports from them, before the answer runs."""

from __future__ import annotations

import builtins
import importlib
import sys
from importlib.machinery import PathFinder
from typing import Any

SIDE_EFFECTS = frozenset({"antigravity", "this", "idlelib", "turtle", "turtledemo", "test", "__main__"})


def is_installed(name: str) -> bool:
    """Whether the top-level package of the dotted ``name`` is in the environment or the standard library."""
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names or top in sys.builtin_module_names:
        return True
    try:
        return PathFinder.find_spec(top) is not None
    except (ImportError, ValueError):
        return False


def missing(imports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The imports (``{"module", "name", "importer", "line"}``) that the environment does not have.

    Returns ``{"module", "name", "place"}`` for each; ``name`` is empty where the module itself is not there. Packages
    that are not installed at all are not looked at: they are absent, not wrong.
    """
    found = []
    for wanted in imports:
        module, name = str(wanted["module"]), str(wanted["name"])
        parts = module.split(".")
        if not parts[0] or parts[0] in SIDE_EFFECTS or parts[-1] == "__main__" or not is_installed(module):
            continue
        lacking = _lacking(module, name)
        if lacking is not None:
            place = {"module": wanted["importer"], "line": wanted["line"]}
            found.append({"module": lacking[0], "name": lacking[1], "place": place})
    return found


def _lacking(module: str, name: str) -> tuple[str, str] | None:
    try:
        loaded = importlib.import_module(module)
    except ModuleNotFoundError as error:
        ours = error.name is not None and (module == error.name or module.startswith(error.name + "."))
        return (module, "") if ours else None
    except Exception:
        return None
    if not name or name == "*" or hasattr(loaded, name):
        return None
    try:
        builtins.__import__(f"{module}.{name}")
    except ImportError:
        return module, name
    except Exception:
        return None
    return None
