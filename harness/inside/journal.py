"""What was seen of an answer, written down at once where the answer cannot take it back."""

from __future__ import annotations

from json import JSONEncoder
from typing import TYPE_CHECKING, Any

from harness.seals import seal

if TYPE_CHECKING:
    from collections.abc import Generator

to_json = JSONEncoder().encode
"""As ``json.dumps``, which anybody can put something else in the place of unnoticed."""

MOST = 5_000
"""Entries; later ones are counted only."""

_Order = tuple[str, str]


class Journal:
    """Takes entries, gives none back but sealed: the list and the key are locals of a suspended generator.

    Nothing leads there but its frame, and asking for that is an audit event (see ``guard``). Whoever gets hold of the
    journal can add to it, as the answer may well do by using sessions, and end it, which is noticed.
    """

    def __init__(self, key: str) -> None:
        self._vault = _vault(key)
        next(self._vault)
        self._late: list[_Order] = []

    def note(self, kind: str, *fields: Any) -> None:
        """Add ``[kind, *fields]``."""
        self._hand_over(("add", to_json([kind, *fields])))

    def note_once(self, kind: str, *fields: Any) -> None:
        """Add it unless the same has been added before."""
        self._hand_over(("once", to_json([kind, *fields])))

    def sealed(self, proof: str) -> dict[str, Any]:
        """``{"entries": [JSON text], "lost": how many are left out, "seal"}``; the seal holds for this proof only."""
        self._hand_over(("add", '["asked"]'))
        return self._vault.send(("seal", proof))

    def is_vault(self, thing: object) -> bool:
        """Whether somebody who looks at ``thing`` looks at what is kept here."""
        return thing is self._vault

    def _hand_over(self, order: _Order) -> None:
        self._late.append(order)
        try:
            while self._late:
                self._vault.send(self._late[0])
                del self._late[0]
        except ValueError:  # another thread, or a finaliser, is adding just now: the next entry takes this one along
            pass


def _vault(key: str) -> Generator[dict[str, Any], _Order, None]:
    entries: list[str] = []
    known: set[str] = set()
    lost = 0
    reply: dict[str, Any] = {}
    while True:
        order, text = yield reply
        reply = {}
        if order == "seal":
            reply = {"entries": list(entries), "lost": lost, "seal": seal(key, text, entries, lost)}
        elif order == "add" or text not in known:
            if len(entries) < MOST:
                entries.append(text)
            else:
                lost += 1
            if order == "once":
                known.add(text)
