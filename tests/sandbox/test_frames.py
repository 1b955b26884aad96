"""Frames arrive in any pieces, and whatever they hold."""

from __future__ import annotations

import json
import socket

import pytest

from harness.sandbox import frames

MESSAGES = [{"n": 1}, {"text": "é\0\N{GRINNING FACE}" * 100}, {}]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 4096])
def test_any_pieces(size: int) -> None:
    data = b"".join(map(frames.encode, MESSAGES))
    buffer = frames.FrameBuffer()
    got = []
    for at in range(0, len(data), size):
        buffer.feed(data[at : at + size])
        while (frame := buffer.take()) is not None:
            got.append(frame)
    assert got == MESSAGES


def test_a_large_frame_is_refused_by_its_header() -> None:
    buffer = frames.FrameBuffer(limit=10)
    buffer.feed(frames.encode({"a": 1}) + (11).to_bytes(4))
    assert buffer.take() == {"a": 1}
    with pytest.raises(frames.FrameError, match="11 bytes"):
        buffer.take()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a": "\\ud800"}', "not JSON"),
        (b'{"\\uDFFF": 1}', "not JSON"),
        (b"1" * 10_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
    ],
)
def test_what_is_not_an_object(body: bytes, reason: str) -> None:
    with pytest.raises(frames.FrameError, match=reason):
        frames.decode(body)


def test_blocking_ends() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for message in MESSAGES:
            frames.send(ours, message)
        assert [frames.receive(theirs) for _ in MESSAGES] == MESSAGES
        ours.send(b"\0\0\0\x09")
        with pytest.raises(frames.FrameError, match="9 bytes"):
            frames.receive(theirs, limit=8)
        ours.close()
        assert frames.receive(theirs) is None


def test_pairs_of_surrogates_are_text() -> None:
    assert frames.decode(json.dumps({"a": "\N{GRINNING FACE}"}).encode()) == {"a": "\N{GRINNING FACE}"}
