"""The limited child of ``Reader``: reads answers from standard input, writes readings to standard output."""

from __future__ import annotations

import os
import resource
import sys
from typing import BinaryIO

from harness.source.reader import HEAD
from harness.source.reading import read
from harness.source.stack import MEMORY_BYTES, on_a_deep_stack
from harness.source.wire import JOB, REPLY, Job, Reply


def serve() -> None:
    """The child: read jobs from standard input, write readings to standard output."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    memory = MEMORY_BYTES if most == resource.RLIM_INFINITY else min(MEMORY_BYTES, most)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    on_a_deep_stack(_serve, sys.stdin.buffer, out)


def _serve(source: BinaryIO, out: BinaryIO) -> None:
    while len(head := source.read(HEAD.size)) == HEAD.size:
        data = REPLY.dump_json(_reply(JOB.validate_json(source.read(HEAD.unpack(head)[0]))))
        out.write(HEAD.pack(len(data)) + data)
        out.flush()


def _reply(job: Job) -> Reply:
    try:
        return Reply(
            read(
                job.right,
                job.wrong,
                complete=job.complete,
                entities=job.entities,
                frame=job.frame,
                refused=job.refused,
            )
        )
    except (RecursionError, MemoryError) as error:
        return Reply(unreadable=f"too deeply nested or too large to read ({type(error).__name__})")
    except Exception as error:
        return Reply(fault=f"{type(error).__name__}: {error}")
    except BaseException as error:  # a panic of the native parser
        return Reply(unreadable=f"the parser gave up ({type(error).__name__})")
