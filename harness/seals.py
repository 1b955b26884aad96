"""What both sides of the sandbox's wall agree on, so that what the inside tells can be believed."""

from __future__ import annotations

import hashlib
import secrets

REACHED = 86
"""Exit status of a process that the guard inside has ended, see ``harness.inside.guard``."""


TOLD = frozenset({"load", "start", "describe", "dependency"})
"""What the inside is asked for that the answer itself could not answer: the journal keeps what was said."""


def digest(reply: str) -> str:
    """By which a reply (JSON text) can be known again."""
    return hashlib.blake2b(reply.encode(), digest_size=16).hexdigest()


def new_key() -> str:
    """A key for one job, hexadecimal."""
    return secrets.token_hex(16)


def seal(key: str, nonce: str, entries: list[str], lost: int) -> str:
    """Shows that entries come from the one who was given the key (hexadecimal), and answer this nonce."""
    text = "\n".join((nonce, str(lost), *entries))
    return hashlib.blake2b(text.encode(), key=bytes.fromhex(key), digest_size=16).hexdigest()
