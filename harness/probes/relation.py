"""GET of a stored child whose parent another connection has stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.observations import RelationRead
from harness.probes.marks import holds

if TYPE_CHECKING:
    from harness.probes.replies import Route
    from harness.probes.seeding import Seeded
    from harness.probes.world import World


def run(world: World) -> set[tuple[int, int]]:
    """Read a child through every endpoint that reads one by its key; returns the routes that were used."""
    world.recording.stage = "relation"
    used = set()
    for route in world.description.routes:
        table = world.row_table(route) if route.method == "GET" else None
        if table is None or not any(column.foreign for column in table.columns) or not _ends_with_parameter(route):
            continue
        child = world.seeder.seed(table)
        if child is None or not child.parents:
            continue
        prepared = world.prepare(route, "relation", "minimal", child)
        if prepared is None:
            continue
        exchange = world.talk.send(prepared.request)
        used.add((route.target, route.route))
        world.recording.relations.append(
            RelationRead(
                endpoint=route.name,
                place=route.place,
                exchange=exchange,
                answers_child=holds(exchange.body, child.mark),
                answers_parent=any(holds(exchange.body, parent.mark) for parent in _asked_for(child)),
            )
        )
    return used


def _ends_with_parameter(route: Route) -> bool:
    segments = route.path.rstrip("/").split("/")
    return "{" in "".join(segments[-2:])


def _asked_for(child: Seeded) -> list[Seeded]:
    """The project where there is one, else any parent."""
    projects = [parent for name, parent in child.parents.items() if "project" in name + parent.table]
    return projects or list(child.parents.values())
