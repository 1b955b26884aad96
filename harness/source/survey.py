"""Reads the files of a source tree: nothing is supplied as it is for answers, lines are found out late."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import libcst as cst

from harness.source import classes, members
from harness.source.building import build
from harness.source.facts import At, Facts, Unimported, Unreadable
from harness.source.gathering import gather
from harness.source.link import Linked
from harness.source.names import unbound
from harness.source.parsing import parse
from harness.source.positions import Late
from harness.source.project import Project
from harness.source.resolve import Resolver
from harness.source.treefile import TreeFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.source.tree import Tree

__all__ = ["Survey", "TreeFile", "survey"]

_PLACE = re.compile(r"parser error: error at (?P<line>\d+):(?P<column>\d+): expected (?:one of )?(?P<expected>.*)")
_LONGEST_LIST = 40


@dataclass(frozen=True, slots=True)
class Survey:
    """The facts of a source tree. A line in them is to be settled by ``places`` before it is shown."""

    facts: Facts
    places: Late
    resolver: Resolver

    def dissolve(self) -> None:
        """Give the memory of the parsed files back at once: only facts and places are of use afterwards."""
        for tree in self.resolver.project.trees.values():
            tree.dissolve()


def survey(files: Iterable[TreeFile]) -> Survey:
    """Read all files together. What cannot be parsed is in ``facts.unreadable``, with its line."""
    trees: dict[str, Tree] = {}
    paths: dict[str, str] = {}
    unreadable: list[Unreadable] = []
    for file in files:
        try:
            parsed = parse(file.content)
        except cst.ParserSyntaxError as error:
            unreadable.append(_syntax_error(file.path, error))
            continue
        except (ValueError, LookupError, SyntaxError, RecursionError, cst.CSTLogicError) as error:
            unreadable.append(Unreadable(At(file.path, 1, 1), f"cannot be read: {_first_line(error)}"))
            continue
        trees[file.module] = build(file.module, parsed, is_package=file.is_package)
        paths[file.module] = file.path
    places = Late(paths)
    project = Project(trees, guesses=False)
    given = {target.attr.value for tree in trees.values() for scope in tree.scopes for target, _ in scope.stores}
    unimported = [
        Unimported(node.value, True, places.at(tree, node), for_checkers=node.value in tree.scope.bindings)
        for tree in trees.values()
        for node in unbound(tree)
        if node.value not in given  # another module may set it: ``module.name = ...``
    ]
    resolver = Resolver(project)
    facts = gather(resolver, Linked(unimported=unimported), places, len(trees) + len(unreadable))
    by_exec, by_execute = classes.asked(resolver)
    facts = replace(
        facts,
        unreadable=tuple(unreadable),
        sqlmodel_paths=tuple(paths[name] for name, tree in trees.items() if _uses_sqlmodel(tree)),
        exec_paths=tuple(paths[name] for name in by_exec),
        execute_paths=tuple(paths[name] for name in by_execute),
        wrong_imports=tuple(members.find(project, places)),
    )
    return Survey(facts, places, resolver)


def _syntax_error(path: str, error: cst.ParserSyntaxError) -> Unreadable:
    """The column that libcst only names in its message, without the list of all that could have stood there."""
    text = _first_line(error)
    found = _PLACE.fullmatch(text)
    if found is None:
        return Unreadable(At(path, error.raw_line, error.raw_column + 1), f"syntax error: {text}")
    line, column = int(found["line"]), int(found["column"]) + 1
    expected = found["expected"] if len(found["expected"]) <= _LONGEST_LIST else ""
    place = At(path, error.raw_line, column if line == error.raw_line else error.raw_column + 1)
    return Unreadable(place, f"syntax error: expected {expected}" if expected else "syntax error")


def _uses_sqlmodel(tree: Tree) -> bool:
    return any(
        binding.module.partition(".")[0] == "sqlmodel" for found in tree.scope.bindings.values() for binding in found
    )


def _first_line(error: BaseException) -> str:
    text = error.message if isinstance(error, cst.ParserSyntaxError) else str(error)
    return (text.strip().splitlines() or [type(error).__name__])[0][:200]
