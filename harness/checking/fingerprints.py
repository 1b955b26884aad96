"""What makes a finding the same one after lines above it have come or gone."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.checking.findings import Finding
    from harness.checking.sources import Sources

_DIGITS = 16


def line_hash(finding: Finding, sources: Sources) -> str:
    """Sixteen hexadecimal digits for the text of the finding's line, its indentation aside."""
    return _short(sources.line(finding.path, finding.line))


def fingerprint(finding: Finding, path: str, sources: Sources) -> str:
    """Sixteen hexadecimal digits for what was found in which file, on what line, wherever that line is now."""
    return _short("\0".join([path, finding.criterion, finding.message, line_hash(finding, sources)]))


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:_DIGITS]
