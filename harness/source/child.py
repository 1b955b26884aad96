"""The limited child of ``Reader``: reads answers from standard input, writes readings to standard output."""

from __future__ import annotations

import os
import pickle
import resource
import sys
import threading
from typing import BinaryIO

from harness.source.reader import HEAD, ITS_FAULT, OUR_FAULT
from harness.source.reading import read

MEMORY_BYTES = 1536 * 1024 * 1024
_STACK_BYTES = 256 * 1024 * 1024
_RECURSION = 6_000


def serve() -> None:
    """The child: read jobs from standard input, write readings to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.setrecursionlimit(_RECURSION)
    threading.stack_size(_STACK_BYTES)
    thread = threading.Thread(target=_serve, args=(sys.stdin.buffer, out))
    thread.start()
    thread.join()


def _serve(source: BinaryIO, out: BinaryIO) -> None:
    while len(head := source.read(HEAD.size)) == HEAD.size:
        job = pickle.loads(source.read(HEAD.unpack(head)[0]))
        try:
            reply: object = read(**job)
        except (RecursionError, MemoryError) as error:
            reply = f"{ITS_FAULT}: too deeply nested or too large to read ({type(error).__name__})"
        except Exception as error:
            reply = f"{OUR_FAULT}: {type(error).__name__}: {error}"
        data = pickle.dumps(reply)
        out.write(HEAD.pack(len(data)) + data)
        out.flush()
