"""Answers the supervisor's requests about one answer, several at once."""

from __future__ import annotations

import asyncio
import gc
import json
import struct
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from harness.inside import asgi, dependency, discover, tables
from harness.inside.context import ENDPOINT, REQUEST
from harness.inside.describe import describe, module_of
from harness.inside.journal import to_json
from harness.inside.loader import ProgramLoader, text_of
from harness.seals import TOLD, digest

if TYPE_CHECKING:
    import socket

    from harness.inside.hooks import Hooks

_HEADER = struct.Struct("!I")
_MAX_REPLY = 1_000_000


class Server:
    """Replies to ``op``: load, start, describe, http, control, dependency, facts.

    - load: ``{"imports", "missing_names", "modules"}``
    - start: runs the lifespan of every app, creates tables: ``{"problems": [...]}``
    - describe: ``{"routes", "tables", "dependencies", "targets"}``
    - http: see ``asgi.exchange``; ``target`` and ``route`` choose the route
    - control: what a fault of the database needs, see ``Database.control``
    - dependency: see ``dependency.run``; ``index`` in the list of describe
    - facts: see ``Hooks.facts``
    """

    def __init__(
        self, hooks: Hooks, loader: ProgramLoader, program: dict[str, Any], missing_names: list[dict[str, Any]]
    ) -> None:
        self.hooks = hooks
        self.loader = loader
        self.program = program
        self.missing_names = missing_names
        self.targets: list[discover.Target] = []
        self.lifespans: list[asgi.Lifespan] = []
        self.problems: list[str] = []
        self.dependencies: list[tuple[discover.Target | None, Any]] = []
        self.declared: list[Any] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._leftovers = asgi.Leftovers(hooks.sessions.started_by)

    async def run(self, channel: socket.socket) -> None:
        """Until the supervisor closes the channel."""
        channel.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=channel, limit=1 << 24)
        while True:
            try:
                (size,) = _HEADER.unpack(await reader.readexactly(_HEADER.size))
                message = json.loads(await reader.readexactly(size))
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            task = asyncio.create_task(self._reply(message, writer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _reply(self, message: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        try:
            reply = to_json(await self._do(message))
            if len(reply) > _MAX_REPLY:
                raise ValueError(f"a reply of {len(reply)} bytes")
        except Exception as error:
            reply = to_json({"error": f"{type(error).__name__}: {text_of(error)}"})
        if message["op"] in TOLD:
            self.hooks.journal.note("said", digest(reply))
        separator = ", " if reply != "{}" else ""
        body = f'{reply[:-1]}{separator}"nonce": {to_json(message["nonce"])}}}'.encode()
        writer.write(_HEADER.pack(len(body)) + body)
        await writer.drain()

    async def _do(self, message: dict[str, Any]) -> dict[str, Any]:
        match message["op"]:
            case "load":
                modules = sorted(self.loader.loaded)
                return {"imports": self.loader.imports, "missing_names": self.missing_names, "modules": modules}
            case "start":
                return await self._start()
            case "describe":
                return self._describe()
            case "http":
                target = self.targets[message["target"]]
                endpoint = target.routes[message["route"]].endpoint
                return await self._http(message, target, endpoint)
            case "control":
                await self.hooks.database.control(message)
                return {}
            case "dependency":
                return await self._dependency(message)
            case "facts":
                await asyncio.sleep(0)
                gc.collect()
                return self.hooks.facts(message.get("proof", ""))
            case other:
                raise ValueError(f"no such op: {other}")

    async def _http(self, message: dict[str, Any], target: discover.Target, endpoint: Any) -> dict[str, Any]:
        self.hooks.sessions.begin(message["request"])
        context = copy_context()
        context.run(ENDPOINT.set, endpoint)
        state = self.lifespans[message["target"]].state
        reply = await asgi.exchange(target.app, message, state, context, self._leftovers)
        if context.get(ENDPOINT) is not endpoint or context.get(REQUEST) != message["request"]:
            self.hooks.journal.note_once("request hidden", None, message["request"])
        return reply

    async def _start(self) -> dict[str, Any]:
        modules = self.loader.loaded
        written = self.loader.program.items()
        own = frozenset(name for name, module in written if not module.get("ours") and not module.get("lends"))
        lending = frozenset(name for name, module in written if module.get("lends"))
        self._prepare_tables()
        self.targets, self.problems = discover.targets(modules, own)
        for target in self.targets:
            target.routes = [route for route in target.routes if module_of(route.endpoint) not in lending]
        self.targets = [target for target in self.targets if target.routes] or [
            target
            for target in self.targets
            if target.module in own  # its lifespan may be all that it is there for
        ]
        for target in self.targets:
            lifespan = asgi.Lifespan(target.app)
            problem = await lifespan.start()
            self.lifespans.append(lifespan)
            if problem:
                self.problems.append(f"startup of {target.module or 'the app'}: {problem}")
        self._prepare_tables()
        engine = self.hooks.database.own_engine()
        self.hooks.database.prepare(engine)
        for metadata in tables.metadatas(modules):
            problem = tables.create(metadata, engine)
            if problem:
                self.problems.append(f"tables: {problem}")
        self.hooks.database.set_up(engine)
        engine.dispose()
        problem = tables.mapper_error()
        if problem:
            self.problems.append(f"mappers: {problem}")
        self.dependencies = self._find_dependencies()
        return {"problems": self.problems}

    def _prepare_tables(self) -> None:
        for metadata in tables.metadatas(self.loader.loaded):
            tables.complete(metadata)
            self.hooks.database.adapt(metadata)

    def _find_dependencies(self) -> list[tuple[discover.Target | None, Any]]:
        found: list[tuple[discover.Target | None, Any]] = list(discover.session_dependencies(self.targets))
        for target in self.program.get("dependencies", ()):
            try:
                call = self.loader.resolve(target)
            except Exception:  # its module did not import: that is reported there
                continue
            self.declared.append(call)
            if callable(call) and all(call != known for _, known in found):
                found.append((None, call))
        return found

    def _describe(self) -> dict[str, Any]:
        return {
            "routes": describe(self.targets, self.hooks.places),
            "tables": [
                table for metadata in tables.metadatas(self.loader.loaded) for table in tables.describe(metadata)
            ],
            "dependencies": [
                {
                    "name": getattr(call, "__qualname__", type(call).__qualname__),
                    "module": module_of(call),
                    "place": self.hooks.places.of_function(call),
                    "declared": any(call == known for known in self.declared),
                }
                for _, call in self.dependencies
            ],
            "targets": [target.module for target in self.targets],
        }

    async def _dependency(self, message: dict[str, Any]) -> dict[str, Any]:
        target, call = self.dependencies[message["index"]]
        target = target or (self.targets[0] if self.targets else None)
        app = target.app if target is not None else FastAPI()
        state = self.lifespans[self.targets.index(target)].state if target is not None else {}
        self.hooks.sessions.begin(message["request"])
        return await dependency.run(
            app, state, call, self.hooks.sessions, request=message["request"], fail=bool(message["fail"])
        )
