"""All facts of a project: each analysis once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.source import awaits, classes, dependencies, endpoints, engines, guards, losses, relations, sharing
from harness.source.facts import Facts
from harness.source.tree import Kind

if TYPE_CHECKING:
    from harness.source.link import Linked
    from harness.source.positions import Places
    from harness.source.project import Project
    from harness.source.resolve import Resolver

_IMPORTS = (Kind.IMPORT, Kind.IMPORT_FROM, Kind.STAR)


def gather(resolver: Resolver, linked: Linked, positions: Places, files: int) -> Facts:
    """The facts of a linked project of so many files."""
    wiring = endpoints.wire(resolver)
    found, right = awaits.check(resolver, wiring, positions)
    direct, sync = classes.sessions_made(resolver, positions)
    imported = packages(resolver.project)
    supplied = linked.context.relations() if linked.context is not None else {}
    return Facts(
        files=files,
        class_uses=tuple(classes.uses(resolver, positions)),
        makers=(*classes.makers(resolver, positions), *direct),
        engines=tuple(engines.find(resolver, wiring, positions)),
        dependencies=tuple(dependencies.find(resolver, wiring.depended, positions)),
        endpoints=tuple(endpoints.facts(resolver, wiring, positions)),
        unimported=tuple(linked.unimported),
        awaits=found,
        awaited_calls=right,
        shared=tuple(sharing.find(resolver, positions)),
        lost=tuple(losses.find(resolver, wiring, positions)),
        lazy_loads=tuple(relations.find(resolver, wiring, supplied, positions)),
        sync_sessions=tuple(sync),
        trusted=tuple(dict.fromkeys(linked.trusted)),
        packages=tuple(sorted(imported)),
        other_models="sqlmodel" in imported and guards.declares_tables(resolver),
        risks=tuple(guards.find(resolver, wiring, positions)),
    )


def packages(project: Project) -> set[str]:
    """The top-level packages that a project imports anywhere, its own left out."""
    return {
        binding.module.partition(".")[0]
        for tree in project.trees.values()
        for scope in tree.scopes
        for bindings in scope.bindings.values()
        for binding in bindings
        if binding.kind in _IMPORTS and not binding.module.startswith(".")
    }
