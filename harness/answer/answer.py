"""The answer: what was extracted from a completion, as blocks with roles and as files that can be read and run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a block is for in its completion."""

    FILE = "file"  # right Python code with a file name
    FRAGMENT = "fragment"  # right Python code without a file name
    ALTERNATIVE = "alternative"  # right Python code, one of several options offered
    WRONG = "wrong"  # Python code that the completion marks as wrong
    TEST = "test"  # Python code that tests the answer: it sets up sessions of its own
    SHELL = "shell"
    CONFIG = "config"  # toml, ini, yaml, json, sql, .env, a directory tree
    OUTPUT = "output"  # what a program prints: a traceback, a response
    DISCARDED = "discarded"  # reasoning that the completion itself throws away


RIGHT = frozenset({Role.FILE, Role.FRAGMENT, Role.ALTERNATIVE})
"""The roles of Python code that a completion offers."""


def right_role(path: str | None, option: str | None) -> Role:
    """The one of ``RIGHT`` that code has, by its file name and the option that it belongs to."""
    return Role.ALTERNATIVE if option else Role.FILE if path else Role.FRAGMENT


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of code in a completion.

    ``code`` is what is to be read: dedented, without REPL prompts or diff marks. ``lines[i]`` is the 1-based line of
    the completion on which line ``i`` of ``code`` stands. ``path`` is the file name that the completion gives it.
    ``option`` names the alternative it belongs to; ``reason`` says why it has its role.
    """

    role: Role
    language: str
    code: str
    lines: tuple[int, ...]
    path: str | None = None
    heading: str = ""
    option: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A Python module of the answer. ``named`` is False where the completion gave no file name (``block3.py``).

    ``module`` is unique within the answer. ``lines`` is as in ``Block``. ``partial`` is True when the code can
    obviously not stand as a module of its own (a top-level ``await`` or ``return``, bare attributes of a class,
    an ellipsis for what was left out): it is to be read leniently.
    """

    module: str
    path: str
    source: str
    lines: tuple[int, ...]
    named: bool
    option: str | None = None
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a completion holds.

    ``files`` is the code offered as right, in the order of the completion; ``wrong`` is the code marked as wrong;
    ``prose`` is the text without any code or discarded reasoning. ``problems`` are one-line notes of what could not be
    used as it stands (a file name that leaves the folder, text beyond the limit); ``refused`` says why no code was
    taken at all (more of it than the limit), "" where it was.
    """

    prose: str
    blocks: tuple[Block, ...]
    files: tuple[SourceFile, ...]
    wrong: tuple[SourceFile, ...]
    problems: tuple[str, ...] = ()
    refused: str = ""
