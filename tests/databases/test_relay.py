"""The relay: only the answer's role and database, bytes both ways, nothing left when it is cut."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import TYPE_CHECKING

import pytest

from harness.databases.postgresql import startup
from harness.databases.postgresql.relay import PORT, Relay

if TYPE_CHECKING:
    from collections.abc import Iterator

SSL = struct.pack("!II", 8, 80877103)


def greeting(protocol: int = 3 << 16, **names: str) -> bytes:
    body = b"".join(f"{name}\0{value}\0".encode() for name, value in names.items()) + b"\0"
    return struct.pack("!II", len(body) + 8, protocol) + body


GOOD = greeting(user="role", database="base", application_name="x")


@pytest.fixture
def relay() -> Iterator[Relay]:
    """In front of a server that says everything back."""
    listener = socket.create_server(("127.0.0.1", 0))

    def echo(one: socket.socket) -> None:
        with one, contextlib.suppress(OSError):
            while data := one.recv(1 << 16):
                one.sendall(data)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=echo, args=[listener.accept()[0]], daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    relay = Relay(lambda: socket.create_connection(listener.getsockname()))
    yield relay
    relay.close()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def call(relay: Relay) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(20)
    client.connect(str(relay.folder / f".s.PGSQL.{PORT}"))
    return client


def read(client: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (more := client.recv(1 << 16)):
        data += more
    return data


def test_bytes_go_both_ways(relay: Relay) -> None:
    relay.admit("role", "base")
    content = bytes(range(256)) * 20_000
    with call(relay) as client:
        for part in (SSL, GOOD[:3], GOOD[3:]):
            client.sendall(part)
        assert client.recv(1) == b"N"
        assert read(client, len(GOOD)) == GOOD
        writing = threading.Thread(target=client.sendall, args=[content])
        writing.start()
        assert read(client, len(content)) == content
        writing.join()


@pytest.mark.parametrize(
    "first",
    [
        greeting(user="role", database="postgres"),
        greeting(user="postgres", database="base"),
        greeting(user="role"),
        greeting(user="role", database="base", replication="database"),
        greeting(2 << 16, user="role", database="base"),
        greeting(user="role", database="base").replace(b"\0\0", b"\0user\0postgres\0\0")[:-1] + b"\0",
        struct.pack("!II", 4, 3 << 16),
        struct.pack("!II", 1 << 30, 3 << 16),
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_others_are_refused(relay: Relay, first: bytes) -> None:
    relay.admit("role", "base")
    with call(relay) as client:
        client.sendall(first)
        assert read(client, 1 << 16).startswith(b"E")


def test_a_name_that_comes_twice_is_refused() -> None:
    body = b"user\0role\0user\0postgres\0database\0base\0\0"
    with pytest.raises(startup.StartupError, match="twice"):
        startup.check(struct.pack("!II", len(body) + 8, 3 << 16) + body, role="role", database="base")


def test_nobody_is_admitted_at_first_nor_after_a_cut(relay: Relay) -> None:
    with call(relay) as client:
        assert client.recv(1) == b""
    relay.admit("role", "base")
    with call(relay) as client:
        client.sendall(GOOD)
        assert read(client, len(GOOD)) == GOOD
        relay.cut()
        assert client.recv(1) == b""
    with call(relay) as client:
        assert client.recv(1) == b""


def test_a_client_too_many_is_turned_away(relay: Relay) -> None:
    relay.admit("role", "base")
    with contextlib.ExitStack() as stack:
        answered = 0
        for _ in range(80):
            client = stack.enter_context(call(relay))
            with contextlib.suppress(OSError):  # it may be gone before it can say a word
                client.sendall(GOOD)
                answered += client.recv(1) == GOOD[:1]
        assert answered == 64
    relay.admit("role", "base")
    with call(relay) as client:
        client.sendall(GOOD)
        assert read(client, len(GOOD)) == GOOD


def test_closing_leaves_nothing(relay: Relay) -> None:
    relay.close()
    relay.close()
    assert not relay.folder.exists()
