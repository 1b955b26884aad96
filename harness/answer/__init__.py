"""A completion's text becomes an answer: files and fragments with their roles, prose, and where everything stood."""

from __future__ import annotations

from harness.answer.answer import Answer, Block, Role, SourceFile
from harness.answer.extract import extract

__all__ = ["Answer", "Block", "Role", "SourceFile", "extract"]
