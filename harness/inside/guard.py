"""Notes when the answer reaches into the interpreter: no code that works with a database has a reason to."""

from __future__ import annotations

import asyncio.base_tasks
import functools
import importlib
import inspect
import os
import sys
import traceback
from _thread import get_ident
from types import CodeType
from typing import TYPE_CHECKING, Any

from harness.seals import REACHED

if TYPE_CHECKING:
    from types import FrameType

    from harness.inside.journal import Journal
    from harness.inside.places import Places

REACHING = frozenset(
    "_getframe _current_frames currentframe settrace setprofile addaudithook f_back f_locals f_globals tb_frame "
    "cr_frame gi_frame ag_frame gr_frame get_objects get_referrers get_referents __closure__ cell_contents "
    "__globals__ __builtins__ __code__ __subclasses__ __getattribute__ __loader__ __spec__ meta_path path_hooks ctypes "
    "_warn_unawaited_coroutine dup2".split()
)
"""Names that lead to what the process is made of, as attributes, as imports and in texts that are looked up."""

_ENDING = frozenset(
    ("gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys.addaudithook", "sys.settrace", "sys.setprofile")
)
NATIVE = frozenset(("ctypes", "_ctypes"))
"""What memory is written with: not even their use is always an event, so that asking for them is too much."""

_NOTED = frozenset(("sys._getframe", "sys._current_frames", "code.__new__", "function.__new__", "exec", "compile"))
_FRAMES = frozenset(("tb_frame", "gi_frame", "cr_frame", "ag_frame"))
_SET = frozenset(("__code__", "__defaults__", "__kwdefaults__", "__bases__"))
_IMPORTING = ("<frozen importlib", importlib.__file__)
_LENDERS = frozenset(
    "currentframe stack trace getouterframes getinnerframes getgeneratorlocals getcoroutinelocals getgeneratorstate "
    "getcoroutinestate walk_stack walk_tb _task_get_stack".split()
)
_LENDING = frozenset(str(module.__file__) for module in (inspect, traceback, asyncio.base_tasks))
"""Functions that hand frames on to their callers, and where they are."""


def _hands_on(event: str, code: CodeType) -> bool:
    if event == "import":
        return code.co_filename.startswith(_IMPORTING)
    return code.co_name in _LENDERS and code.co_filename in _LENDING


@functools.cache
def hidden(loaded: int) -> tuple[str, ...]:
    """The modules that nobody is to find by their names any more, where so many are loaded.

    Asked once before all forks: going through all names in each of them costs milliseconds.
    """
    tops = (__name__.partition(".")[0], *NATIVE)
    return tuple(name for name in sys.modules if name.partition(".")[0] in tops)


def reaching_names(code: CodeType) -> set[str]:
    """Those of ``REACHING`` that the code, or code inside it, uses."""
    found: set[str] = set()
    waiting = [code]
    while waiting:
        each = waiting.pop()
        found.update(REACHING.intersection(each.co_names))
        if {"sys", "modules"}.issubset(each.co_names):
            found.add("sys.modules")
        for constant in each.co_consts:
            if isinstance(constant, CodeType):
                waiting.append(constant)
            elif isinstance(constant, str) and constant in REACHING:
                found.add(constant)
            elif isinstance(constant, tuple):
                found.update(name for name in constant if isinstance(name, str) and name in REACHING)
    return found


def install(journal: Journal, places: Places) -> None:
    """Watch this process until it ends: what has been put in place here, nobody can take away.

    Frames and new code that the answer asks for are noted; what could undo the notes ends the process.
    """
    knows, is_vault, note = places.knows, journal.is_vault, journal.note_once
    frame_of, leave, thread, frames, noted = sys._getframe, os._exit, get_ident, _FRAMES, _NOTED
    asking: set[int] = set()  # threads in which the asking is done here

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if event == "object.__getattr__":  # by far the most frequent
            if args[1] not in frames:
                return
            if is_vault(args[0]):
                leave(REACHED)
            ending = False
        elif event in noted or (event == "object.__setattr__" and args[1] in _SET):
            ending = False
        elif event in _ENDING or event[:7] == "ctypes." or (event == "import" and args[0] in NATIVE):
            ending = True
        else:
            return
        here = thread()
        if here in asking:
            return
        asking.add(here)
        try:
            frame: FrameType | None = frame_of(1)
            while frame is not None and _hands_on(event, frame.f_code):
                frame = frame.f_back
            if frame is None or not knows(frame.f_code.co_filename):
                return
            if ending:
                leave(REACHED)
            note("reached", event, places.of_stack(frame))
        finally:
            asking.discard(here)

    sys.addaudithook(watch)
