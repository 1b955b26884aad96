"""Landlock: which paths the calling process may open, no TCP, no signals to processes outside its domain."""

from __future__ import annotations

import ctypes
import os
import struct
from typing import TYPE_CHECKING

from harness.sandbox import linux

if TYPE_CHECKING:
    from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHAR, _MAKE_BLOCK, _REFER, _TRUNCATE, _IOCTL_DEV = 1 << 6, 1 << 11, 1 << 13, 1 << 14, 1 << 15
_FIRST_VERSION = (1 << 13) - 1
_NET_BIND_TCP, _NET_CONNECT_TCP = 1 << 0, 1 << 1
_SCOPE_ABSTRACT_UNIX, _SCOPE_SIGNAL = 1 << 0, 1 << 1

_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV


def abi() -> int:
    """Version of the kernel's Landlock, 0 when there is none."""
    try:
        return linux.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_CREATE_RULESET_VERSION))
    except OSError:
        return 0


def restrict(*, read: Iterable[str], write: Iterable[str]) -> None:
    """Restrict the calling process and its children for good to what lies beneath these paths.

    ``read`` may be read, ``write`` read, written and truncated; nothing may be executed. Absent paths are passed over.
    Raises OSError when the kernel refuses.
    """
    version = abi()
    handled = _filesystem(version)
    network = _NET_BIND_TCP | _NET_CONNECT_TCP if version >= 4 else 0
    scope = _SCOPE_ABSTRACT_UNIX | _SCOPE_SIGNAL if version >= 6 else 0
    attributes = struct.pack("=QQQ", handled, network, scope)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = linux.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        for path in read:
            _allow(ruleset, path, (_READ_FILE | _READ_DIR) & handled)
        for path in write:
            _allow(ruleset, path, handled & ~(_EXECUTE | _MAKE_CHAR | _MAKE_BLOCK | _IOCTL_DEV))
        linux.no_new_privileges()
        linux.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)


def _filesystem(version: int) -> int:
    access = _FIRST_VERSION
    if version >= 2:
        access |= _REFER
    if version >= 3:
        access |= _TRUNCATE
    if version >= 5:
        access |= _IOCTL_DEV
    return access


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(path):  # noqa: PTH112 - runs in every fork, where pathlib would cost pages
            access &= _ON_FILES
        rule = struct.pack("=Qi", access, beneath)
        linux.syscall(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_RULE_PATH_BENEATH), rule, ctypes.c_uint32(0))
    finally:
        os.close(beneath)
