"""Reads all files of an answer at once: parse, one pass, link, facts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from harness.source.amending import amended
from harness.source.building import build
from harness.source.engines import configures_logging, listens, names_constructor, tells_databases_apart
from harness.source.facts import At, Facts, Reading, Unreadable
from harness.source.framing import framed
from harness.source.gathering import gather
from harness.source.link import Source, link, program
from harness.source.positions import Positions
from harness.source.project import Project
from harness.source.resolve import Resolver

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.answer import SourceFile
    from harness.source.given import EntitySpec, Frame
    from harness.source.tree import Tree


def read(
    right: Sequence[SourceFile],
    wrong: Sequence[SourceFile],
    *,
    complete: str,
    entities: Mapping[str, EntitySpec],
    frame: Frame | None = None,
    refused: Sequence[str] = (),
) -> Reading:
    """Read an answer. ``complete``: "everything", "configuration" or "nothing" (see ``harness.cases``)."""
    right = framed(right, frame)
    unreadable: list[Unreadable] = []
    trees: dict[str, Tree] = {}
    lenders: dict[str, Tree] = {}
    everything = [*right, *wrong]
    for file in everything:
        tree = _parse(file, unreadable if file in right else [])
        if tree is not None:
            (trees if file in right and not file.partial else lenders)[file.module] = tree
    whole = {file.option for file in right if file.module in trees}
    entities = amended(
        entities,
        ((lenders[file.module].module, whole <= {file.option}) for file in right if file.module in lenders),
    )
    positions = Positions({file.module: (file.path, file.lines) for file in everything})
    kept = [file for file in everything if file.module in trees or (file in wrong and file.module in lenders)]
    kept.sort(key=lambda file: file.lines[0] if file.lines else 0)
    sources = [
        Source(
            file.module,
            file.path,
            file.source,
            file.named,
            complete=file.module in trees and _is_complete(file, complete, trees),
            wrong=file.module not in trees,
            option=file.option,
        )
        for file in kept
    ]
    project = Project(trees)
    lending = {file.module: lenders[file.module] for file in wrong if file.module in lenders}
    linked = link(project, sources, lending, entities, positions)
    resolver = Resolver(project)
    facts = replace(
        gather(resolver, linked, positions, len(right)),
        unreadable=tuple(unreadable),
        refused=tuple(refused),
        logging_configured=configures_logging(resolver),
        listens_to_statements=listens(resolver),
        names_engines=names_constructor(resolver),
        tells_databases_apart=tells_databases_apart(resolver),
    )
    to_run = program(project, sources, linked, facts, positions)
    return Reading(
        facts,
        tuple(_example(lenders[f.module], f, right, trees, entities) for f in wrong if f.module in lenders),
        to_run,
    )


def _example(
    tree: Tree,
    file: SourceFile,
    right: Sequence[SourceFile],
    trees: Mapping[str, Tree],
    entities: Mapping[str, EntitySpec],
) -> Facts:
    """How one wrong example shares its session; it may rely on the right files for all that it leaves out."""
    files = [file, *(each for each in right if each.module in trees)]
    positions = Positions({each.module: (each.path, each.lines) for each in files})
    project = Project({file.module: tree, **trees})
    sources = [Source(each.module, each.path, each.source, named=False, complete=False) for each in files]
    linked = link(project, sources, {}, entities, positions)
    facts = gather(Resolver(project), linked, positions, 1)
    return Facts(
        files=1,
        shared=tuple(each for each in facts.shared if each.at.path == file.path),
        endpoints=tuple(each for each in facts.endpoints if each.at.path == file.path),
    )


def _parse(file: SourceFile, unreadable: list[Unreadable]) -> Tree | None:
    try:
        module = cst.parse_module(file.source)
    except cst.ParserSyntaxError as error:
        line = file.lines[min(error.raw_line, len(file.lines)) - 1] if file.lines and error.raw_line else 1
        unreadable.append(Unreadable(At(file.path, line), f"syntax error: {str(error.message).splitlines()[0][:200]}"))
        return None
    except (RecursionError, ValueError, SyntaxError, cst.CSTLogicError) as error:
        unreadable.append(Unreadable(At(file.path, file.lines[0] if file.lines else 1), f"{type(error).__name__}"))
        return None
    return build(file.module, module, is_package=file.path.endswith("__init__.py"))


def _is_complete(file: SourceFile, complete: str, trees: Mapping[str, Tree]) -> bool:
    if complete == "everything":
        return True
    if complete == "nothing":
        return False
    tree = trees[file.module]
    called = {
        call.func.value if isinstance(call.func, cst.Name) else call.func.attr.value
        for scope in tree.scopes
        for call in scope.calls
        if isinstance(call.func, (cst.Name, cst.Attribute))
    }
    return bool(called & {"create_async_engine", "create_engine"})
