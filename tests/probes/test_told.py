"""The journal as the supervisor reads it: believed when it is sealed, refused when nobody can have written it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest

from harness.observations import SessionKind
from harness.probes import told
from harness.probes.replies import MalformedError, UnableError
from harness.seals import new_key, seal

if TYPE_CHECKING:
    from harness.probes.conversation import Conversation

PLACE = {"module": "main", "line": 3}
MADE = ["session", "s1", "r1", False, PLACE]


class Cell:
    """A process whose memory holds ``now`` where ``then`` was, and whose channel leads to ``channel``."""

    def __init__(self, then: int = 1, now: int | None = 1, channel: str = "socket:[1]") -> None:
        self.opening = {"watched": [["the class Session", 4096, then]], "channel": "socket:[1]"}
        self.now = None if now is None else [now]
        self.channel = channel

    def words(self, addresses: list[int]) -> tuple[list[int] | None, str]:
        assert addresses == [4096]
        return self.now, self.channel


class Talk:
    def __init__(self, entries: list[list[Any]], cell: Cell, *, sealed_with: str = "", lost: int = 0) -> None:
        self.key = new_key()
        self.heard: list[str] = []
        self.cell = cell
        self.entries = [json.dumps(entry) for entry in entries]
        self.sealed_with = sealed_with or self.key
        self.lost = lost

    def ask(self, op: str, *, wall: float | None, proof: str) -> dict[str, Any]:
        sealed = seal(self.sealed_with, proof, self.entries, self.lost)
        return {
            "journal": {"entries": self.entries, "lost": self.lost, "seal": sealed},
            "stand_ins": [],
            "read": [],
        }


def read(*entries: list[Any], cell: Cell | None = None, **options: Any) -> told.Told:
    return told.ask(cast("Conversation", Talk(list(entries), cell or Cell(), **options)))


def test_a_session_is_what_was_noted_last() -> None:
    seen = read(
        MADE,
        ["class", "s1", "sqlmodel_async", PLACE],
        ["closed", "s1"],
        ["used", "s1", "r2", True, 2],
        ["used", "s1", None, True, 1],
        ["given", "s1", "r3", PLACE],
    ).sessions["s1"]
    assert (seen.kind, seen.made_in_request, seen.requests) == (SessionKind.SQLMODEL_ASYNC, "r1", ("r2", "r3"))
    assert (seen.expire_on_commit, seen.tasks_per_request, seen.used, seen.given) == (True, 2, True, True)
    assert not seen.closed
    assert read(MADE, ["used", "s1", "r1", False, 1], ["closed", "s1"]).sessions["s1"].closed


def test_a_session_of_no_known_place_is_where_it_was_given() -> None:
    seen = read([*MADE[:4], None], ["given", "s1", "r1", PLACE]).sessions["s1"]
    assert seen.place is not None
    assert seen.place.line == 3


def test_the_same_hazard_in_two_requests_is_one() -> None:
    loads = [["lazy load", {"place": PLACE, "request": each, "message": "m"}] for each in ("r1", "r2")]
    thrown = [["never awaited", {"what": each, "place": PLACE, "request": "r1"}] for each in ("commit", "flush")]
    seen = read(*loads, *thrown)
    assert (len(seen.lazy_loads), len(seen.never_awaited)) == (1, 2)


@pytest.mark.parametrize(
    "entry",
    [
        ["used", "s2", "r1", False, 1],
        ["closed", "s2"],
        ["engine", 1, {}],
        ["echo", 0, True],
        ["session", "s2", "r1", "no", PLACE],
        ["pass"],
        [],
    ],
)
def test_entries_that_nobody_writes(entry: list[Any]) -> None:
    with pytest.raises(MalformedError):
        read(MADE, entry)


def test_a_seal_of_another_key_is_none() -> None:
    with pytest.raises(MalformedError, match="not the one that was kept"):
        read(MADE, sealed_with=new_key())


def test_what_was_lost_may_have_been_anything() -> None:
    with pytest.raises(UnableError, match="left out"):
        read(MADE, lost=1)


@pytest.mark.parametrize(
    ("cell", "forged"),
    [
        (Cell(), []),
        (Cell(now=None), []),
        (Cell(now=2), ["the class Session was altered"]),
        (Cell(channel="socket:[2]"), ["the way out of the process was altered"]),
    ],
)
def test_memory_that_is_no_longer_what_it_was(cell: Cell, forged: list[str]) -> None:
    assert read(MADE, cell=cell).forged == forged


def test_a_reply_that_was_never_given() -> None:
    talk = Talk([["said", "a"]], Cell())
    talk.heard = ["a"]
    assert not told.ask(cast("Conversation", talk)).forged
    talk.heard = ["a", "b"]
    assert told.ask(cast("Conversation", talk)).forged == ["a reply is not the one that was given"]


def test_a_hidden_request_and_altered_hooks_are_forgery() -> None:
    assert len(read(["request hidden", None, "r1"], ["altered", "the hooks on engines"]).forged) == 2
