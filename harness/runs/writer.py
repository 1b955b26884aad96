"""Saves what many tasks hand over: all that waits goes into one transaction, then each task goes on."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from harness.errors import MachineError
from harness.runs.database import reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import async_sessionmaker
    from sqlmodel.ext.asyncio.session import AsyncSession


class Writer:
    """``statements`` by name, carried out in their order, each with all rows that were saved under it by then."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], statements: Mapping[str, Any], shown: str) -> None:
        self._sessions = sessions
        self._statements = statements
        self._shown = shown
        self._waiting: list[tuple[str, dict[str, Any], asyncio.Future[None]]] = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def save(self, *rows: tuple[str, dict[str, Any]]) -> None:
        """Store rows, each under the name of its statement. Raises ``MachineError`` when they cannot be."""
        if self._task is None:
            self._task = asyncio.create_task(self._write())
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting += [(name, row, stored) for name, row in rows]
        self._wake.set()
        await stored

    async def close(self) -> None:
        """End, once everything is stored."""
        self._closed = True
        self._wake.set()
        if self._task is not None:
            await self._task

    async def _write(self) -> None:
        while self._waiting or not self._closed:
            await self._wake.wait()
            self._wake.clear()
            batch, self._waiting = self._waiting, []
            try:
                await self._commit(batch)
            except (SQLAlchemyError, OSError) as error:
                fault = MachineError(f"--store: {self._shown}: {reason(error)}")
                for _, _, stored in batch:
                    if not stored.done():
                        stored.set_exception(fault)
            else:
                for _, _, stored in batch:
                    if not stored.done():
                        stored.set_result(None)

    async def _commit(self, batch: Sequence[tuple[str, dict[str, Any], object]]) -> None:
        by_name: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for name, row, _ in batch:
            by_name[name].append(row)
        async with self._sessions.begin() as session:
            for name, statement in self._statements.items():
                if name in by_name:
                    await session.exec(statement, params=by_name[name])
