"""Code that misbehaves: it is stopped with a reason, the next job works, nothing of it is left."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from harness.sandbox import Cell, CellEnded, CellError, CellProtocolError, CellTimeout, RowReadError, Sandbox
from harness.sandbox.limits import counts_processes

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def check_next(sandbox: Sandbox, descendants: Callable[[int], list[int]]) -> Callable[[], None]:
    """The next job works on an empty folder, and only bubblewrap, the zygote and the row reader run."""

    def check() -> None:
        with sandbox.open({}) as cell:
            assert cell.ask({"do": "import os; reply = {'files': os.listdir('.')}"}) == {"files": []}
            cell.ask({"do": "import sqlite3; c = sqlite3.connect('app.db'); c.execute('create table t (a)')"})
            assert cell.sql("select * from t") == []
        assert cell.close().reason == "closed"
        assert len(descendants(sandbox._link._process.pid)) == 3

    return check


@dataclass(frozen=True)
class Ending:
    name: str
    code: str
    error: type[CellError]
    reason: str


ENDINGS = [
    Ending("loop", "while True: pass", CellEnded, "cpu limit"),
    Ending(
        "loop that ignores SIGXCPU",
        "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass",
        CellEnded,
        "cpu limit",
    ),
    Ending("os._exit", "import os; os._exit(0)", CellEnded, "exited with status 0"),
    Ending("sys.exit", "import sys; sys.exit(0)", CellEnded, "exited with status 0"),
    Ending("segfault", "import ctypes; ctypes.string_at(0)", CellEnded, "killed by SIGSEGV"),
    Ending("abort", "import os; os.abort()", CellEnded, "killed by SIGABRT"),
    Ending("flood", "while True: print('x' * 1000)", CellEnded, "flooded"),
    Ending(
        "flood and go", "import os\nfor _ in range(300): os.write(1, b'x' * 1000)\nos._exit(0)", CellEnded, "flooded"
    ),
    Ending("flood of errors", "import os\nwhile True: os.write(2, b'\\xff' * 60_000)", CellEnded, "flooded"),
    Ending("closed channel", "import os, time; os.close(3); time.sleep(60)", CellEnded, "closed its channel"),
    Ending("all closed", "import os, time; os.closerange(0, 99); time.sleep(60)", CellEnded, "closed its channel"),
    Ending("no frame", "channel.sendall(b'HTTP/1.1 200 OK\\r\\n\\r\\n')", CellProtocolError, "a frame of"),
    Ending(
        "50 MB",
        "body = b'x' * 50_000_000\nchannel.sendall(len(body).to_bytes(4) + body)",
        CellProtocolError,
        "a frame of 50000000 bytes",
    ),
    Ending("invalid JSON", "channel.sendall(b'\\0\\0\\0\\3{a}')", CellProtocolError, "not JSON"),
    Ending("invalid UTF-8", "channel.sendall(b'\\0\\0\\0\\4\"\\xff\\xfe\"')", CellProtocolError, "not JSON"),
    Ending("deep JSON", "channel.sendall((100_000).to_bytes(4) + b'[' * 100_000)", CellProtocolError, "not JSON"),
    Ending(
        "half a surrogate pair",
        'body = b\'{"nonce": "\\\\ud800"}\'\nchannel.sendall(len(body).to_bytes(4) + body)',
        CellProtocolError,
        "not JSON",
    ),
    Ending("no object", "channel.sendall(b'\\0\\0\\0\\2[]')", CellProtocolError, "not a JSON object"),
    Ending(
        "wrong nonce",
        "import json\nbody = json.dumps({'nonce': '0' * 16}).encode()\nchannel.sendall(len(body).to_bytes(4) + body)",
        CellProtocolError,
        "nothing that was asked",
    ),
    Ending(
        "nonce of no type", "channel.sendall(b'\\0\\0\\0\\x0e{\"nonce\": [1]}')", CellProtocolError, "without a nonce"
    ),
    Ending("no nonce", "channel.sendall(b'\\0\\0\\0\\2{}')", CellProtocolError, "without a nonce"),
]


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.name)
@pytest.mark.parametrize("stage", ["first", "do"])
def test_ends_with_a_reason(sandbox: Sandbox, check_next: Callable[[], None], ending: Ending, stage: str) -> None:
    with sandbox.open({"first": ending.code} if stage == "first" else {}) as cell:
        with pytest.raises(ending.error, match=ending.reason) as caught:
            cell.ask({"do": ending.code + "\nsilent = True"} if stage == "do" else {}, wall=10)
        with pytest.raises(ending.error, match=ending.reason):
            cell.ask({})
    left = cell.close()
    assert left.reason == caught.value.reason
    assert len(left.output) <= 4_000
    check_next()


THREADS = {
    "small stacks": """
import _thread, os
_thread.stack_size(32768)
lock = _thread.allocate_lock()
lock.acquire()
try:
    while True: _thread.start_new_thread(lock.acquire, ())
except RuntimeError:
    os._exit(7)
"""
}
if platform.machine() == "x86_64":
    # clone(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD), and pause() in the new thread
    THREADS["no stacks"] = """
import ctypes, mmap, os
code = bytes.fromhex("48c7c7000f01004831f64831d24d31d24d31c048c7c0380000000f054885c0750948c7c0220000000f05c3")
memory = mmap.mmap(-1, 4096, prot=7)
memory.write(code)
clone = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))
while clone() > 0: pass
os._exit(7)
"""


@pytest.mark.parametrize("name", THREADS)
def test_flood_of_threads_ends_soon(sandbox: Sandbox, check_next: Callable[[], None], name: str) -> None:
    refused = counts_processes() or name == "small stacks"  # by the kernel, or for want of address space
    reason = "thread limit|exited with status 7" if refused else "thread limit"
    with sandbox.open({"first": THREADS[name]}) as cell, pytest.raises(CellEnded, match=reason):
        cell.ask({})
    assert cell.close().cpu_seconds < 1.0
    check_next()


def test_threads_that_a_right_answer_may_have_are_let_be(sandbox: Sandbox) -> None:
    code = """
import threading, time
threading.stack_size(1 << 18)
enough = threading.Event()
for _ in range(40): threading.Thread(target=enough.wait).start()
time.sleep(0.3)  # the zygote has counted them several times
enough.set()
reply = {"threads": 40}
"""
    with sandbox.open({}) as cell:
        assert cell.ask({"do": code}) == {"threads": 40}


REFUSED = {
    "fork": "import os; os.fork()",
    "fork bomb": "import os\nwhile True: os.fork()",
    "program": "import subprocess; subprocess.run(['/bin/true'])",
    "program by posix_spawn": "import os; os.posix_spawn('/bin/true', ['true'], {})",
    "program by execve": "import os; os.execv('/bin/true', ['true'])",
    "memory bomb": "x = [bytearray(1 << 20) for _ in range(10_000)]",
    "memory in one piece": "x = bytearray(1 << 40)",
    "thread bomb": "import threading\nwhile True: threading.Thread(target=threading.Event().wait, daemon=True).start()",
    "disk bomb": "for i in range(100): open(str(i), 'wb').write(b'x' * (4 << 20))",
    "large file": "open('big', 'wb').write(b'x' * (9 << 20))",
    "file bomb beside": "open('../other', 'w')",
    "write /": "open('/x', 'w')",
    "write /tmp": "open('/tmp/x', 'w')",
    "write /dev/shm": "open('/dev/shm/x', 'w')",
    "write the interpreter": "import os; open(os.__file__, 'a')",
    "write the harness": "import harness; open(harness.__file__, 'a')",
    "write the packages": "import sqlalchemy; open(sqlalchemy.__file__, 'a')",
    "read /etc/passwd": "open('/etc/passwd')",
    "list the box": "import os; os.listdir('/box')",
    "list home": "import os; os.listdir('/root')",
    "read the zygote's environment": "import os; open(f'/proc/{os.getppid()}/environ')",
    "read the memory of pid 1": "open('/proc/1/mem', 'rb')",
    "read the environment of pid 1": "open('/proc/1/environ')",
    "list files through pid 1": "import os; os.listdir('/proc/1/root/')",
    "TCP": "import socket; socket.create_connection(('127.0.0.1', 22))",
    "UDP": "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "Unix socket": "import socket; socket.socket(socket.AF_UNIX)",
    "netlink": "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "vsock": "import socket; socket.socket(40, socket.SOCK_STREAM)",
    "datagram pair": "import socket; socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
    "listen": "channel.listen()",
    "kill the zygote": "import os; os.kill(os.getppid(), 9)",
    "kill pid 1": "import os; os.kill(1, 9)",
    "kill all": "import os; os.kill(-1, 9)",
    "pidfd": "import os; os.pidfd_open(os.getppid())",
    "limit the zygote": "import os, resource; resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (0, 0))",
    "slow the zygote": "import os; os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)",
    "pin the zygote": "import os; os.sched_setaffinity(os.getppid(), {0})",
    "aim SIGIO at the zygote": "import fcntl, os; fcntl.fcntl(3, fcntl.F_SETOWN, os.getppid())",
    "raise the CPU limit": "import resource; resource.setrlimit(resource.RLIMIT_CPU, (99, 99))",
    "chmod": "import os; os.chmod('.', 0)",
    "touch": "import os; os.utime('/usr')",
    "shared memory": "from multiprocessing import shared_memory; shared_memory.SharedMemory(create=True, size=10)",
}
SYSTEM_CALLS = {
    "tgkill of the zygote": "234, os.getppid(), os.getppid(), 9",
    "tkill of the zygote": "200, os.getppid(), 9",
    "ptrace of the zygote": "101, 16, os.getppid(), 0, 0",
    "clone": "56, 17, 0, 0, 0, 0",
    "clone3": "435, 0, 0",
    "vfork": "58",
    "unshare": "272, 0x10000000",
    "mount": "165, 0, b'/', 0, 32, 0",
    "chroot": "161, b'.'",
    "bpf": "321, 0, 0, 0",
    "io_uring": "425, 1, 0",
    "keyctl": "250, 0, -3, 0",
    "perf_event_open": "298, 0, 0, -1, -1, 0",
    "shmget": "29, 1, 4096, 0o1600",
    "a call of tomorrow": "470",
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused(sandbox: Sandbox, check_next: Callable[[], None], name: str) -> None:
    with sandbox.open({}) as cell:
        reply = cell.ask({"do": REFUSED[name]}, wall=15)
    assert reply.get("error"), reply
    check_next()


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86_64")
@pytest.mark.parametrize("name", SYSTEM_CALLS)
def test_system_call_is_refused(sandbox: Sandbox, check_next: Callable[[], None], name: str) -> None:
    code = f"import ctypes, os\nl = ctypes.CDLL(None, use_errno=True)\nr = l.syscall({SYSTEM_CALLS[name]})\n"
    with sandbox.open({}) as cell:
        reply = cell.ask({"do": code + "reply = {'result': r, 'errno': ctypes.get_errno()}"})
    assert reply["result"] == -1, reply
    assert reply["errno"] in (1, 38), reply
    check_next()


def test_foreign_calling_convention_kills(sandbox: Sandbox, check_next: Callable[[], None]) -> None:
    code = "import ctypes\nctypes.CDLL(None).syscall(0x40000000 | 39)"
    with sandbox.open({}) as cell, pytest.raises(CellEnded, match="SIGSYS"):
        cell.ask({"do": code})
    check_next()


def test_timeout_leaves_the_cell_usable(sandbox: Sandbox, check_next: Callable[[], None]) -> None:
    with sandbox.open({}) as cell:
        start = time.monotonic()
        with pytest.raises(CellTimeout, match="wall limit"):
            cell.ask({"do": "import time; time.sleep(0.6); reply = {'late': True}"}, wall=0.2)
        assert time.monotonic() - start < 2
        assert cell.ask({"do": "reply = {'late': False}"}) == {"late": False}
    check_next()


def test_request_that_nobody_reads_times_out(sandbox: Sandbox, check_next: Callable[[], None]) -> None:
    with sandbox.open({"first": "import time; time.sleep(60)"}) as cell, pytest.raises(CellTimeout):
        cell.ask({"long": "x" * 3_000_000}, wall=0.3)
    check_next()


DATABASES = {
    "absent": ("", "no database file"),
    "symlink": ("import os; os.symlink('/etc/passwd', 'app.db')", "not a regular file"),
    "folder": ("import os; os.mkdir('app.db')", "not a regular file"),
    "noise": ("open('app.db', 'wb').write(b'SQLite format 3' + bytes(9000))", "not a database|malformed"),
    "endless view": (
        "import sqlite3; c = sqlite3.connect('app.db');"
        "c.execute('create view t as with recursive r(x) as (select 1 union all select x + 1 from r)"
        " select sum(x) from r')",
        "interrupted",
    ),
    "locked": (
        "import sqlite3; global_ = sqlite3.connect('app.db', isolation_level=None, check_same_thread=False);"
        "late.append(global_); global_.execute('create table t (a)'); global_.execute('begin exclusive')",
        "locked",
    ),
}


@pytest.mark.parametrize("name", DATABASES)
def test_hostile_database(sandbox: Sandbox, check_next: Callable[[], None], name: str) -> None:
    code, reason = DATABASES[name]
    with sandbox.open({}) as cell:
        assert "error" not in cell.ask({"do": code})
        with pytest.raises(RowReadError, match=reason):
            cell.sql("select * from t")
    check_next()


LITTER = {
    "deep folders": "import os\nfor _ in range(3000): os.mkdir('d'); os.chdir('d')",
    "closed folders": "import os\nos.makedirs('a/b'); os.mkdir('a/c', 0); os.umask(0o777); os.mkdir('e')",
    "many files": "for i in range(2000): open(str(i), 'w').close()",
    "odd names": "open(b'\\xff\\n', 'w').close(); open('-rf', 'w').close()",
    "links": "import os; os.symlink('/usr', 'usr'); os.symlink('.', 'self')",
}


@pytest.mark.parametrize("name", LITTER)
def test_litter_is_removed(sandbox: Sandbox, check_next: Callable[[], None], name: str) -> None:
    with sandbox.open({}) as cell:
        assert "error" not in cell.ask({"do": LITTER[name]})
    check_next()
    with sandbox.open({}) as cell:
        reply = cell.ask({"do": "import os; reply = {'links': os.stat('..').st_nlink}"})
    assert reply == {"links": 3}, "another job's folder is still there"


def test_reader_is_not_the_answers_process(sandbox: Sandbox, check_next: Callable[[], None]) -> None:
    """Patched modules do not reach the rows."""
    cell: Cell
    with sandbox.open({}) as cell:
        cell.ask(
            {
                "do": "import sqlite3; c = sqlite3.connect('app.db'); c.execute('create table t (a)')\n"
                "sqlite3.connect = None; import harness.sandbox.reader as r; r._execute = lambda *a: [['forged']]"
            }
        )
        assert cell.sql("select * from t") == []
    check_next()
