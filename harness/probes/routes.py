"""Every endpoint that no other experiment has used, once, with valid input, so that hazards show."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.probes.replies import Route
    from harness.probes.seeding import Seeded
    from harness.probes.world import World

_MOST = 16
_LAST = {"DELETE": 2, "PUT": 1, "PATCH": 1, "POST": 1}


def run(world: World, used: set[tuple[int, int]]) -> None:
    """Reading endpoints first, deleting ones last."""
    world.recording.stage = "other endpoints"
    others = [route for route in world.description.routes if (route.target, route.route) not in used]
    for route in sorted(others, key=lambda route: _LAST.get(route.method, 0))[:_MOST]:
        prepared = world.prepare(route, "other endpoint", "minimal", _row_for(world, route))
        if prepared is not None:
            world.send(prepared)


def _row_for(world: World, route: Route) -> Seeded | None:
    """A row with parents and a child of each kind, so that whatever is read has something to load."""
    table = world.row_table(route)
    if table is None:
        segments = [part for part in route.path.split("/") if part and not part.startswith("{")]
        table = world.seeder.table_for(segments[-1]) if segments else None
    if table is None:
        return None
    row = world.seeder.seed(table)
    if row is not None and table.key is not None:
        for child, column in world.seeder.children_of(table.name):
            world.seeder.seed(child, given={column.name: row.values.get(table.key.name)})
    return row
