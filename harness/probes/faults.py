"""INSERT and COMMIT made to fail for real: what the client is told, what is stored, whether life goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.observations import Exchange, FaultRun
from harness.probes.conversation import succeeded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.probes.create import Created
    from harness.probes.world import Prepared, World


_MOST_TABLES = 4


def run(world: World, created: Iterable[Created]) -> None:
    """Every fault for every endpoint that stored something, or said that it did.

    Where what was sent goes into several tables, the INSERT into each fails alone: half of it may have been committed.
    """
    done: set[tuple[int, int]] = set()
    for creation in created:
        route = creation.route
        if (route.target, route.route) in done or not (creation.stored or succeeded(creation.exchange)):
            continue
        done.add((route.target, route.route))
        for fault in world.database.faults:
            _provoke(world, creation, fault)
    for creation in created:
        if creation.body_kind == "referenced" and creation.stored:
            _provoke(world, creation, "integrity")


def _provoke(world: World, creation: Created, fault: str) -> None:
    tables = creation.tables or tuple(world.database.tables())
    if fault == "integrity" and len(creation.tables) > 1:
        for table in creation.tables[:_MOST_TABLES]:
            _fail(world, creation, fault, (table,))
    else:
        _fail(world, creation, fault, tables)


def _fail(world: World, creation: Created, fault: str, tables: tuple[str, ...]) -> None:
    world.recording.stage = f"{fault} fault"
    prepared = world.prepare(creation.route, f"{fault} fault", creation.body_kind)
    if prepared is None:
        return
    before = world.database.snapshot()
    with world.database.failing(fault, tables) as armed:
        exchange = world.send(prepared) if armed else None
    if world.database.disturbed:
        world.recording.inconsistent.append(f"what makes the {fault} fault was taken off the tables")
        world.database.disturbed.clear()
    if exchange is None:
        return
    writable = world.database.others_can_write()
    stored = writable and _stored(world, prepared, before)
    reached = bool(creation.tables) or not succeeded(exchange) if fault == "integrity" else creation.stored
    told = fault == "integrity" and succeeded(creation.exchange) and not succeeded(exchange)
    took_effect = reached and (told or not stored)
    _record(world, creation, fault, prepared, exchange, took_effect=took_effect, stored=stored, writable=writable)


def _record(
    world: World,
    creation: Created,
    fault: str,
    prepared: Prepared,
    exchange: Exchange,
    *,
    took_effect: bool,
    stored: bool,
    writable: bool,
) -> None:
    following = world.prepare(creation.route, f"next request after the {fault} fault", creation.body_kind)
    next_exchange = world.send(following) if following is not None else None
    stored_later = bool(world.database.marked(prepared.mark)) if prepared.marked else stored
    world.recording.faults.append(
        FaultRun(
            endpoint=creation.route.name,
            place=creation.route.place,
            fault=fault,
            took_effect=took_effect,
            exchange=exchange,
            stored_now=stored,
            stored_later=stored_later,
            others_can_write=writable,
            next_request=next_exchange,
            function=creation.route.function.rpartition(".")[2],
        )
    )


def _stored(world: World, prepared: Prepared, before: object) -> bool:
    if prepared.marked:
        return bool(world.database.marked(prepared.mark))
    return bool(world.database.snapshot() != before)
