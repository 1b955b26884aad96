"""What the inside recorded, and whether anybody has laid hands on it."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from harness.observations import EngineSeen, LazyLoad, NeverAwaited, Place, SessionKind, SessionSeen
from harness.probes import replies
from harness.sandbox import CellEnded, CellError
from harness.seals import REACHED, seal

if TYPE_CHECKING:
    from harness.probes.conversation import Conversation


REACHES = "the code reaches into the process that runs it"


@dataclass
class Told:
    """The journal, read. ``forged`` says what shows that it cannot be true, ``reached`` what the answer looked into."""

    engines: list[EngineSeen] = field(default_factory=list)
    sessions: dict[str, SessionSeen] = field(default_factory=dict)
    lazy_loads: list[LazyLoad] = field(default_factory=list)
    never_awaited: list[NeverAwaited] = field(default_factory=list)
    stand_ins: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    logged: bool = False
    reached: dict[str, Place | None] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)
    forged: list[str] = field(default_factory=list)


def ask(talk: Conversation, *, wall: float | None = None) -> Told:
    """Raises CellError, UnableError, and MalformedError for what the inside cannot have said."""
    proof = secrets.token_hex(8)
    facts = talk.ask("facts", wall=wall, proof=proof)
    journal = replies.of_type(facts.get("journal"), dict)
    entries, lost = replies.lines(journal, "entries"), replies.of_type(journal.get("lost"), int)
    told = Told(stand_ins=replies.texts(facts, "stand_ins"), read=replies.texts(facts, "read"))
    if not secrets.compare_digest(seal(talk.key, proof, entries, lost), replies.text(journal.get("seal"))):
        raise replies.MalformedError("the journal is not the one that was kept")
    for entry in entries:
        _take(told, replies.of_type(json.loads(entry), list))
    if lost:
        raise replies.UnableError(f"facts: {lost} entries of the journal are left out")
    if not set(talk.heard) <= told.said:
        told.forged.append("a reply is not the one that was given")
    told.forged += [f"{what} was altered" for what in altered(talk)]
    return told


def is_reaching(error: CellError) -> bool:
    """Whether the guard inside has ended the process."""
    return isinstance(error, CellEnded) and error.reason == f"exited with status {REACHED}"


def altered(talk: Conversation) -> list[str]:
    """What is no longer as it was before any code of the answer ran, as far as the machine lets that be seen."""
    opening = talk.cell.opening
    watched = [replies.of_type(entry, list) for entry in replies.of_type(opening.get("watched", []), list)]
    words, channel = talk.cell.words([entry[1] for entry in watched])
    if words is None:
        return []
    found = [str(entry[0]) for entry, word in zip(watched, words, strict=True) if entry[2] != word]
    if channel != opening.get("channel"):
        found.append("the way out of the process")
    return list(dict.fromkeys(found))


def _take(told: Told, entry: list[Any]) -> None:
    match entry:
        case ["session", str(token), request, bool(expires), place]:
            made = replies.optional_text(request)
            told.sessions[token] = SessionSeen(
                token, SessionKind.SYNC, expires, made, (), 0, used=False, closed=False, place=replies.place(place)
            )
        case ["class", str(token), str(kind), place] if token in told.sessions:
            told.sessions[token] = replace(told.sessions[token], kind=replies.kind(kind), place=replies.place(place))
        case ["used", str(token), request, bool(expires), int(tasks)] if token in told.sessions:
            told.sessions[token] = _used(told.sessions[token], replies.optional_text(request), expires, tasks)
        case ["closed", str(token)] if token in told.sessions:
            told.sessions[token] = replace(told.sessions[token], closed=True)
        case ["given", str(token), request, place] if token in told.sessions:
            told.sessions[token] = _given(told.sessions[token], replies.optional_text(request), replies.place(place))
        case ["engine", int(number), dict(engine)] if number == len(told.engines):
            told.engines.append(replies.engine(engine))
        case ["made async", int(number)] if number < len(told.engines):
            told.engines[number] = replace(told.engines[number], is_async=True)
        case ["echo", int(number), bool(echo)] if number < len(told.engines):
            told.engines[number] = replace(told.engines[number], echo=echo)
        case ["lazy load", dict(load)]:
            _add(told.lazy_loads, replies.lazy_load(load))
        case ["never awaited", dict(coroutine)]:
            _add(told.never_awaited, replies.never_awaited(coroutine))
        case ["logged", bool(logged)]:
            told.logged = logged
        case ["reached", str(what), place]:
            told.reached.setdefault(what, replies.place(place))
        case ["altered", str(what)]:
            told.forged.append(f"{what} were altered")
        case ["request hidden", _, str(request)]:
            told.forged.append(f"request {request} was hidden from the hooks")
        case ["said", str(reply)]:
            told.said.add(reply)
        case ["asked"]:
            pass
        case _:
            raise replies.MalformedError(f"the journal has an entry that nobody writes: {str(entry)[:80]}")


def _given(seen: SessionSeen, request: str | None, place: Place | None) -> SessionSeen:
    return replace(seen, given=True, requests=_with(seen.requests, request), place=seen.place or place)


def _with(requests: tuple[str, ...], request: str | None) -> tuple[str, ...]:
    return requests if request is None or request in requests else (*requests, request)


def _used(seen: SessionSeen, request: str | None, expires: bool, tasks: int) -> SessionSeen:
    most = max(seen.tasks_per_request, tasks)
    return replace(
        seen,
        requests=_with(seen.requests, request),
        expire_on_commit=expires,
        tasks_per_request=most,
        used=True,
        closed=False,
    )


def _add(known: list[Any], found: LazyLoad | NeverAwaited) -> None:
    """Add what was not seen before, in whatever request."""
    if all(replace(found, request=None) != replace(each, request=None) for each in known):
        known.append(found)
