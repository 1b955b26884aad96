"""What runs in the processes of the peers: the same inside as in a cell, without any wall around it."""

from __future__ import annotations

import asyncio
import gc
import json
import linecache
import os
import socket
import sys
import warnings
from types import ModuleType
from typing import TYPE_CHECKING, Any

from harness.sandbox import frames, landlock, limits, seccomp

if TYPE_CHECKING:
    from collections.abc import Iterator

_ORDER_BYTES = 1 << 16
_ABSENT = object()


def without_layers() -> None:
    """The product's warm-up; all forks after it put on neither Landlock nor seccomp nor limits."""
    from harness import inside

    landlock.abi = lambda: 0
    seccomp.architecture = lambda: None
    limits.Limits.apply = lambda self: None  # type: ignore[method-assign]
    inside.warm_up()


def cold(channel: int, job: int, output: int, folder: str) -> None:
    """One answer, from the first import on; ends the process."""
    spared = ModuleType("harness.inside.warm")  # imports what only a warm-up needs
    spared.__dict__["warm_up"] = None
    sys.modules[spared.__name__] = spared
    from harness import inside

    inside.main(*_begin(channel, job, output), folder)
    os._exit(0)


def warm(control_fd: int) -> None:
    """Answer after answer in this one process. Orders: a folder, with channel, job and output; answered when done."""
    from harness import inside

    control = socket.socket(fileno=control_fd)
    inside.warm_up()
    gc.collect()
    gc.freeze()
    control.send(b"up")
    while True:
        data, fds, _, _ = socket.recv_fds(control, _ORDER_BYTES, 3)
        if not data:
            os._exit(0)
        _one(fds[0], fds[1], fds[2], data.decode())
        control.send(b"done")


def _begin(channel_fd: int, job_fd: int, output_fd: int) -> tuple[dict[str, Any], socket.socket]:
    os.dup2(output_fd, 1)
    os.dup2(output_fd, 2)
    os.close(output_fd)
    with os.fdopen(job_fd, "rb") as file:
        file.seek(0)
        job: dict[str, Any] = json.loads(file.read())
    channel = socket.socket(fileno=channel_fd)
    frames.send(channel, {"confined": False})
    return job, channel


def _one(channel_fd: int, job_fd: int, output_fd: int, folder: str) -> None:
    """Run one answer, then take back whatever it and its hooks left in this process."""
    from sqlalchemy import event

    from harness import inside
    from harness.inside import warm as warming
    from harness.inside.loader import ProgramLoader

    before = [(owner, name, vars(owner).get(name, _ABSENT)) for owner, name in _patched()]
    listeners: list[tuple[Any, ...]] = []
    kept: list[Any] = []
    loops: list[asyncio.AbstractEventLoop] = []
    make_hooks, listen, make_loop = vars(inside)["Hooks"], event.listen, asyncio.new_event_loop

    def hooks(*arguments: Any) -> Any:
        kept.append(make_hooks(*arguments))
        return kept[-1]

    def listened(*arguments: Any, **options: Any) -> None:
        listeners.append(arguments)
        listen(*arguments, **options)

    def loop() -> asyncio.AbstractEventLoop:
        loops.append(make_loop())
        return loops[-1]

    job, channel = _begin(channel_fd, job_fd, output_fd)
    close_off = vars(inside)["_close_off"]
    vars(inside)["Hooks"] = hooks
    vars(inside)["_close_off"] = lambda _: None  # what is closed off stays so, and this process goes on
    event.listen, asyncio.new_event_loop = listened, loop
    try:
        inside.main(job, channel, folder)
    finally:
        vars(inside)["Hooks"] = make_hooks
        vars(inside)["_close_off"] = close_off
        warnings.__class__ = ModuleType
        event.listen, asyncio.new_event_loop = listen, make_loop
        for made in loops:
            made.run_until_complete(_finish([reference() for each in kept for reference in each.engines.engines]))
            made.close()
        for arguments in listeners:
            if isinstance(arguments[0], type):
                event.remove(*arguments)
        os.environ.__class__ = os._Environ
        for owner, name, value in before:
            if value is _ABSENT:
                type.__delattr__(owner, name) if name in vars(owner) else None
            elif isinstance(owner, type):
                type.__setattr__(owner, name, value)
            else:
                setattr(owner, name, value)
        sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, ProgramLoader)]
        for name in [name for name, module in sys.modules.items() if _is_of_answer(module)]:
            del sys.modules[name]
        for name in [name for name in linecache.cache if name.startswith(folder)]:
            del linecache.cache[name]
        warming.forget()
        os.chdir("/")
        channel.close()


def _is_of_answer(module: Any) -> bool:
    from harness.inside.loader import ProgramLoader

    return isinstance(getattr(getattr(module, "__spec__", None), "loader", None), ProgramLoader)


def _patched() -> Iterator[tuple[Any, str]]:
    """Everything that ``harness.inside.hooks`` puts something in the place of."""
    import pydantic_settings
    import starlette.config
    from fastapi import routing
    from fastapi.dependencies import utils
    from fastapi.routing import APIRoute
    from sqlalchemy import Engine
    from sqlalchemy.exc import MissingGreenlet
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.ext.asyncio.session import _AsyncSessionContextManager
    from sqlalchemy.orm import Session

    from harness.inside import engines

    for module, attribute, _ in engines.sites():
        yield module, attribute
    for name in ("__init__", "close", "invalidate", "reset"):
        yield Session, name
    # harness: ignore[session-import] what is watched is the class that SQLModel's is made from
    yield AsyncSession, "__init__"
    yield _AsyncSessionContextManager, "__aexit__"
    yield MissingGreenlet, "__init__"
    yield Engine, "raw_connection"
    yield routing, "solve_dependencies"
    yield utils, "solve_dependencies"
    yield APIRoute, "matches"
    yield pydantic_settings.BaseSettings, "__init__"
    yield starlette.config.Config, "get"


async def _finish(engines: list[Any]) -> None:
    """End the tasks of a loop and the connections of the engines, with the threads behind them."""
    from sqlalchemy.ext.asyncio import AsyncEngine

    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for engine in engines:
        if engine is not None and engine.dialect.is_async:
            await AsyncEngine(engine).dispose()
        elif engine is not None:
            engine.dispose()
