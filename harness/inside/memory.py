"""Where in memory changes to classes, modules and closures leave a trace that cannot be wiped away from Python.

CPython gives a dictionary a new version number at each change, also at one that is undone. The process that the cells
are forked from reads these words from outside (see ``harness.sandbox.zygote``).
"""

from __future__ import annotations

import ctypes
import functools
import gc
import sys
from types import CellType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

WORD = 8
_VERSION, _CONTENT = 24, 16  # offsets in PyDictObject, PyCellObject

_MODULES = """
json.encoder json.decoder asyncio asyncio.streams asyncio.events asyncio.tasks asyncio.base_events
asyncio.selector_events asyncio.locks asyncio.queues struct socket selectors contextvars hashlib
sqlalchemy.exc sqlalchemy.orm.session sqlalchemy.ext.asyncio.session sqlalchemy.ext.asyncio.engine
sqlalchemy.util.concurrency sqlmodel.ext.asyncio.session fastapi.routing fastapi.dependencies.utils starlette.routing
""".split()
_CLASSES = """
json.encoder:JSONEncoder json.decoder:JSONDecoder json:JSONEncoder asyncio.streams:StreamReader
asyncio.streams:StreamWriter asyncio.selector_events:_SelectorSocketTransport
asyncio.selector_events:_SelectorTransport asyncio.selector_events:BaseSelectorEventLoop
asyncio.base_events:BaseEventLoop asyncio.unix_events:_UnixSelectorEventLoop asyncio.streams:StreamReaderProtocol
asyncio.streams:FlowControlMixin socket:socket sqlalchemy.orm.session:Session
sqlalchemy.orm.session:SessionTransaction sqlalchemy.ext.asyncio.session:AsyncSession
sqlalchemy.ext.asyncio.session:_AsyncSessionContextManager sqlmodel.ext.asyncio.session:AsyncSession
sqlmodel.orm.session:Session sqlalchemy.engine.base:Engine sqlalchemy.ext.asyncio.engine:AsyncEngine
sqlalchemy.exc:MissingGreenlet
""".split()


@functools.cache
def machinery() -> tuple[tuple[str, int], ...]:
    """Words of what the harness is made of and works with, by name: its own modules and classes, and libraries'."""
    found: list[tuple[str, int]] = []
    for name in _MODULES:
        found.append((f"the module {name}", version_of(sys.modules[name])))
    for name in _CLASSES:
        module, _, attribute = name.partition(":")
        found.append((f"the class {attribute}", version_of(getattr(sys.modules[module], attribute))))
    for name, own in sorted(sys.modules.items()):
        if name.startswith(("harness.inside", "harness.seals")):
            found.append((f"the module {name}", version_of(own)))
            classes = [value for value in vars(own).values() if isinstance(value, type) and value.__module__ == name]
            found += [(f"the class {each.__name__}", version_of(each)) for each in classes]
    return tuple(dict.fromkeys(entry for entry in found if entry[1]))


def version_of(owner: Any) -> int:
    """The address of the version of a dictionary, or of a class's or a module's."""
    if isinstance(owner, ModuleType):
        vars(owner).setdefault("__warningregistry__", {})  # a warning would put it there
        owner = vars(owner)
    elif isinstance(owner, type):
        (owner,) = (each for each in gc.get_referents(vars(owner)) if isinstance(each, dict))
    return id(owner) + _VERSION


def content_of(cell: CellType) -> int:
    """The address of the reference that a cell of a closure holds."""
    return id(cell) + _CONTENT


def works() -> bool:
    """Whether this interpreter numbers the versions of its dictionaries."""
    tried = {"a": 1}
    (before,) = read([version_of(tried)])
    tried["a"] = 2
    tried["a"] = 1
    (after,) = read([version_of(tried)])
    cell = CellType(tried)
    return sys.implementation.name == "cpython" and before != after and read([content_of(cell)]) == [id(tried)]


def read(addresses: Iterable[int]) -> list[int]:
    """The words at the addresses, in this process."""
    return [ctypes.c_uint64.from_address(address).value for address in addresses]
