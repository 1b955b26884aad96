"""Reads what the inside has noted."""

from __future__ import annotations

import json
from typing import Any


def noted(facts: dict[str, Any], kind: str) -> list[list[Any]]:
    """The fields of the entries of one kind, in the order in which they were noted."""
    entries = [json.loads(entry) for entry in facts["journal"]["entries"]]
    return [fields for name, *fields in entries if name == kind]
