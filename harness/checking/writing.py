"""Puts new contents into a file: all of them or nothing, where they are the ones that were read."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from harness.errors import InputError


def locked(path: Path) -> bool:
    """Whether a file must not be written, or its folder takes no new files."""
    real = path.resolve()
    return not os.access(real, os.W_OK) or not os.access(real.parent, os.W_OK | os.X_OK)


def save(path: Path, before: bytes, after: bytes) -> None:
    """Replace the contents ``before`` of a file at once; mode and owner stay, of a link the file it leads to changes.

    Raises InputError, with the path, where it cannot be written or holds other contents by now: then it is as it was.
    """
    try:
        real = path.resolve(strict=True)
        was = real.stat()
        handle, name = tempfile.mkstemp(prefix=f".{real.name}.", dir=real.parent)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(after)
            stream.flush()
            os.fsync(stream.fileno())
        if (os.geteuid(), os.getegid()) != (was.st_uid, was.st_gid):
            with suppress(PermissionError):  # it is the reader's own then, as an editor would leave it
                os.chown(new, was.st_uid, was.st_gid)
        new.chmod(stat.S_IMODE(was.st_mode))
        if real.read_bytes() != before:
            raise InputError(f"{path}: has changed since it was read: not written, run it again")
        new.replace(real)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)
