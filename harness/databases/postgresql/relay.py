"""Carries bytes between one socket that the sandbox sees and the server: one thread, bounded in every respect."""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import socket
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from harness.databases.postgresql import startup
from harness.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Callable

PORT = 5432
_NAME = f".s.PGSQL.{PORT}"
_MOST_CLIENTS = 64
_BUFFER = 256 << 10
_CHUNK = 64 << 10
_CONNECT_SECONDS = 5.0
_OBEY_SECONDS = 30.0


@dataclass(eq=False)
class _End:
    """One socket of a pair: ``outgoing`` is still to be written to it; ``over``: nothing more comes from it."""

    socket: socket.socket
    outgoing: bytearray = field(default_factory=bytearray)
    other: _End | None = None
    over: bool = False
    greeting: bytearray | None = None


class Relay:
    """Listens on a socket in ``folder``, a new one; lets through whom ``admit`` was told of last, nobody at first.

    ``connect`` opens a connection to the server.
    """

    def __init__(self, connect: Callable[[], socket.socket]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="harness-postgresql-"))
        self._connect = connect
        self._admitted: tuple[str, str] | None = None
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.folder / _NAME))
        self._listener.listen(_MOST_CLIENTS)
        self._listener.setblocking(False)
        self._wake, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._ends: set[_End] = set()
        self._orders: list[tuple[tuple[str, str] | None, threading.Event]] = []
        self._closing = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="harness-relay", daemon=True)
        self._thread.start()

    def admit(self, role: str, database: str) -> None:
        """From now on sessions of this role in this database are let through; all that are open are cut."""
        self._order((role, database))

    def cut(self) -> None:
        """End all sessions and admit nobody."""
        self._order(None)

    def close(self) -> None:
        """End the thread and remove the folder. May be called twice."""
        if not self._closing:
            self._closing = True
            self._wake.send(b"x")
            self._thread.join()
            for one in (self._listener, self._wake, self._woken):
                one.close()
            self._selector.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _order(self, admitted: tuple[str, str] | None) -> None:
        done = threading.Event()
        self._orders.append((admitted, done))
        self._wake.send(b"x")
        if not done.wait(_OBEY_SECONDS):
            raise MachineError("the relay to the database server does not answer")

    # in the thread

    def _run(self) -> None:
        while not self._closing:
            for key, mask in self._selector.select():
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj is self._woken:
                    self._obey()
                elif key.data in self._ends:
                    self._serve(key.data, mask)
        for end in list(self._ends):
            self._drop(end)

    def _obey(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(_CHUNK)
        while self._orders:
            self._admitted, done = self._orders.pop(0)
            for end in list(self._ends):
                self._drop(end)
            with contextlib.suppress(BlockingIOError):  # those that wait to be accepted belong to the past too
                while True:
                    self._listener.accept()[0].close()
            done.set()

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:
            return
        if self._admitted is None or len(self._ends) >= 2 * _MOST_CLIENTS:
            client.close()
            return
        client.setblocking(False)
        self._add(_End(client, greeting=bytearray()))

    def _add(self, end: _End) -> None:
        self._ends.add(end)
        self._selector.register(end.socket, selectors.EVENT_READ, end)

    def _serve(self, end: _End, mask: int) -> None:
        try:
            if mask & selectors.EVENT_WRITE:
                self._write(end)
            if mask & selectors.EVENT_READ and not end.over:
                self._read(end)
        except OSError:
            self._drop(end)

    def _read(self, end: _End) -> None:
        data = end.socket.recv(_CHUNK)
        if not data:
            end.over = True
            if end.other is None or not end.other.outgoing:
                self._drop(end)
            else:
                self._watch(end)
        elif end.greeting is not None:
            self._greet(end, data)
        elif end.other is not None:
            end.other.outgoing += data
            self._write(end.other)

    def _greet(self, end: _End, data: bytes) -> None:
        assert end.greeting is not None
        assert self._admitted is not None
        end.greeting += data
        try:
            while (found := startup.take(bytes(end.greeting))) is not None:
                size, encryption = found
                message = bytes(end.greeting[:size])
                if not encryption:
                    startup.check(message, role=self._admitted[0], database=self._admitted[1])
                    self._pair(end, bytes(end.greeting))
                    return
                del end.greeting[:size]
                end.socket.send(b"N")
        except startup.StartupError as error:
            with contextlib.suppress(OSError):
                end.socket.send(startup.refusal(str(error)))
            self._drop(end)

    def _pair(self, end: _End, greeting: bytes) -> None:
        server = self._connect()
        server.setblocking(False)
        end.greeting = None
        end.other = _End(server, outgoing=bytearray(greeting), other=end)
        self._add(end.other)
        self._write(end.other)

    def _write(self, end: _End) -> None:
        while end.outgoing:
            try:
                sent = end.socket.send(end.outgoing[:_CHUNK])
            except BlockingIOError:
                break
            del end.outgoing[:sent]
        if end.other is not None:
            if end.other.over and not end.outgoing:
                self._drop(end)
                return
            self._watch(end.other)
        self._watch(end)

    def _watch(self, end: _End) -> None:
        """Wait for what can be used: nothing is read while the other side has too much to write."""
        room = end.other is None or len(end.other.outgoing) < _BUFFER
        events = (selectors.EVENT_READ if room and not end.over else 0) | (selectors.EVENT_WRITE if end.outgoing else 0)
        known = end.socket in self._selector.get_map()
        if events and known:
            self._selector.modify(end.socket, events, end)
        elif events:
            self._selector.register(end.socket, events, end)
        elif known:
            self._selector.unregister(end.socket)

    def _drop(self, end: _End) -> None:
        for one in (end, end.other):
            if one is not None and one in self._ends:
                self._ends.discard(one)
                if one.socket in self._selector.get_map():
                    self._selector.unregister(one.socket)
                one.socket.close()


def connector(host: str, port: int) -> Callable[[], socket.socket]:
    """What opens a connection to the server: ``host`` is an address or the folder of its socket. Raises OSError."""
    if not host.startswith("/"):

        def connect() -> socket.socket:
            made = socket.create_connection((host, port), timeout=_CONNECT_SECONDS)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return made

        return connect
    path = os.path.join(host, f".s.PGSQL.{port}")  # noqa: PTH118

    def connect_local() -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        made.settimeout(_CONNECT_SECONDS)
        try:
            made.connect(path)
        except OSError:
            made.close()
            raise
        return made

    return connect_local
