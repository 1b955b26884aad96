"""What well-behaved code finds inside, and what the machine's faults look like."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.sandbox import (
    CellEnded,
    CellTimeout,
    Limits,
    RowReadError,
    Sandbox,
    SandboxUnavailable,
    ZygoteDied,
    bwrap,
    self_test,
)
from harness.sandbox.limits import counts_processes

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[..., Sandbox]
    Below = Callable[[int], list[int]]

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def test_environment(sandbox: Sandbox) -> None:
    with sandbox.open({"x": "é" * 1_000_000}) as cell:
        reply = cell.ask(
            {
                "do": "import os, sys, socket\n"
                "reply = {'env': dict(os.environ), 'cwd': os.getcwd(), 'folder': folder, 'warm': sys.warmed,"
                " 'job': len(job['x']), 'in': sys.stdin.read(), 'host': socket.gethostname(), 'argv': sys.argv,"
                " 'fds': [fd for fd in range(100) if os.path.exists(f'/dev/fd/{fd}')], 'utf8': sys.flags.utf8_mode}"
            }
        )
    folder = reply["folder"]
    assert reply["env"] == {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": folder, "TMPDIR": folder}
    assert reply["cwd"] == folder
    assert reply["job"] == 1_000_000
    assert (reply["warm"], reply["in"], reply["host"], reply["utf8"]) == (True, "", "sandbox", 1)


def test_forks_do_not_see_each_other(sandbox: Sandbox) -> None:
    with sandbox.open({}) as cell:
        cell.ask({"do": "import sys; sys.warmed = 'changed'; open('x', 'w').write('x')"})
    with sandbox.open({}) as cell:
        assert cell.ask({"do": "import os, sys; reply = {'is': [sys.warmed, os.listdir()]}"}) == {"is": [True, []]}


def test_threads_and_asyncio_work(sandbox: Sandbox) -> None:
    code = """
import asyncio, aiosqlite
async def main():
    async with aiosqlite.connect('app.db') as c:
        await c.execute('create table t (a)')
        await c.execute('insert into t values (?)', ('ä',))
        await c.commit()
        return await asyncio.to_thread(lambda: 7)
reply = {'is': asyncio.run(main())}
"""
    with sandbox.open({}) as cell:
        assert cell.ask({"do": code}) == {"is": 7}
        assert cell.sql("select a, x'00ff', 1.5, null from t where a = ?", ["ä"]) == [("ä", "00ff", 1.5, None)]
        cell.sql("insert into t values (?)", ["second"])
        assert cell.ask({"do": "import sqlite3; reply = {'n': sqlite3.connect('app.db').execute("
                               "'select count(*) from t').fetchone()[0]}"}) == {"n": 2}  # fmt: skip


def test_all_are_sent_before_a_reply_is_read(sandbox: Sandbox) -> None:
    """The three replies come in reverse, after the third request."""
    code = """
silent = True
late.append(request)
if len(late) == 3:
    from harness.sandbox import frames
    for one in reversed(late):
        frames.send(channel, {'nonce': one['nonce'], 'n': one['n'], 'size': len(one['x'])})
"""
    with sandbox.open({}) as cell:
        replies = cell.ask_all([{"do": code, "n": n, "x": "y" * 500_000} for n in range(3)])
    assert replies == [{"n": n, "size": 500_000} for n in range(3)]


def test_read_lock_fails_the_commit_only_meanwhile(sandbox: Sandbox) -> None:
    prepare = "import sqlite3; sqlite3.connect('app.db').execute('create table t (a)')"
    write = """
import sqlite3
c = sqlite3.connect('app.db', timeout=0)
c.execute('insert into t values (1)')
try:
    c.commit()
    reply = {'error': ''}
except sqlite3.OperationalError as error:
    reply = {'error': str(error)}
c.rollback()
"""
    with sandbox.open({}) as cell:
        cell.ask({"do": prepare})
        with cell.hold_read_lock():
            assert cell.ask({"do": write}) == {"error": "database is locked"}
            assert cell.sql("select * from t") == []
        assert cell.ask({"do": write}) == {"error": ""}
        assert cell.sql("select * from t") == [(1,)]


def test_rows_are_capped(sandbox: Sandbox) -> None:
    with sandbox.open({}) as cell:
        cell.ask({"do": "import sqlite3; sqlite3.connect('app.db').execute('create table t (a)')"})
        numbers = "with recursive r(x) as (select 1 union all select x + 1 from r limit 5000) select {} from r"
        assert len(cell.sql(numbers.format("x"))) == 1_000
        assert {len(row[0]) for row in cell.sql(numbers.format("hex(zeroblob(20000))"))} == {10_000}
        with pytest.raises(RowReadError, match="no such table: nowhere"):
            cell.sql("select * from nowhere")


SNAPSHOT = """
import sqlite3
connection = sqlite3.connect('app.db', isolation_level=None)
connection.executescript('''
create table "odd "" name" (a, "b c");
insert into "odd "" name" values ('ä', x'00ff'), ('ä', null);
create table sqlitex (a integer primary key autoincrement);
insert into sqlitex default values;
create table many (x);
with recursive r(x) as (select 1 union all select x + 1 from r limit 5000) insert into many select x from r;
create view v as select 1;
''')
"""


def test_snapshot_holds_every_row_of_every_table(sandbox: Sandbox) -> None:
    with sandbox.open({}) as cell:
        with pytest.raises(RowReadError, match="no database file"):
            cell.snapshot()
        cell.ask({"do": SNAPSHOT})
        found = cell.snapshot()
        assert [row for row in found if row[0] != "many"] == [
            ('odd " name', (("a", "ä"), ("b c", "00ff"))),
            ('odd " name', (("a", "ä"), ("b c", None))),
            ("sqlitex", (("a", 1),)),
        ]
        assert len([row for row in found if row[0] == "many"]) == 1_000


def test_a_table_that_cannot_be_read_hides_no_other(sandbox: Sandbox) -> None:
    code = """
import sqlite3
connection = sqlite3.connect('app.db', isolation_level=None)
connection.create_function('own', 1, lambda x: x, deterministic=True)
connection.executescript('create table odd (a, b as (own(a))); insert into odd (a) values (1);'
                         'create table plain (a); insert into plain values (2)')
"""
    with sandbox.open({}) as cell:
        cell.ask({"do": code})
        assert cell.snapshot() == [("plain", (("a", 2),))]


def test_memory_of_a_process_that_is_gone_is_not_taken_for_untouched(sandbox: Sandbox) -> None:
    with sandbox.open({}) as cell:
        cell.ask({"do": "import os, threading; threading.Timer(0.05, os._exit, [3]).start()"})
        time.sleep(0.5)
        with pytest.raises(CellEnded, match="status 3"):
            cell.words([1 << 20])


def test_all_that_a_cell_does_has_a_limit_of_its_own(make_sandbox: Make) -> None:
    sandbox = make_sandbox(limits=Limits(wall_seconds=20, total_seconds=1))
    with sandbox.open({}) as cell:
        for _ in range(2):
            cell.ask({"do": "import time; time.sleep(0.4)"})
        with pytest.raises(CellTimeout, match="wall limit"):
            cell.ask({"do": "import time; time.sleep(5)"})


def test_what_is_told_late_of_another_job_is_dropped(sandbox: Sandbox) -> None:
    with sandbox.open({}) as cell:
        cell.ask({})
        sandbox._link._events.append({"event": "peeked", "job": -1, "words": [0], "channel": ""})
        assert cell.words([])[0] == []
        assert sandbox._link._events == []


def test_rows_can_be_read_after_the_end(sandbox: Sandbox) -> None:
    with sandbox.open({}) as cell:
        with pytest.raises(CellEnded, match="status 3"):
            cell.ask({"do": "import os, sqlite3; sqlite3.connect('app.db').execute('create table t (a)'); os._exit(3)"})
        assert cell.sql("select * from t") == []


def test_exit_tells_output_and_cpu(sandbox: Sandbox) -> None:
    with sandbox.open({}) as cell:
        cell.ask({"do": "import time; print('ä' * 5000 + 'end'); t = time.process_time() + 0.1\n"
                        "while time.process_time() < t: pass"})  # fmt: skip
    left = cell.close()
    assert left.output.endswith("äend\n")
    assert len(left.output) == 4_000
    assert 0.1 <= left.cpu_seconds < 0.5
    assert (left.status, left.signal, left.swept, left.reason) == (None, signal.SIGKILL, 0, "closed")


def test_exception_in_the_target_is_in_the_output(sandbox: Sandbox) -> None:
    with sandbox.open({"first": "1 / 0"}) as cell, pytest.raises(CellEnded, match="exited with status 1"):
        cell.ask({})
    assert "ZeroDivisionError" in cell.close().output


def test_one_cell_at_a_time(sandbox: Sandbox) -> None:
    with sandbox.open({}), pytest.raises(RuntimeError, match="one cell at a time"):
        sandbox.open({})


def test_dead_zygote_is_replaced(make_sandbox: Make, descendants: Below) -> None:
    with make_sandbox() as sandbox:
        with sandbox.open({}) as cell:
            os.kill(descendants(sandbox._link._process.pid)[1], signal.SIGKILL)
            with pytest.raises(ZygoteDied, match="zygote is gone"):
                cell.ask({"do": "import time; time.sleep(5)"})
        assert "zygote is gone" in cell.close().reason
        with sandbox.open({}) as cell:
            assert cell.ask({"do": "reply = {'n': 1}"}) == {"n": 1}
        os.kill(descendants(sandbox._link._process.pid)[1], signal.SIGKILL)
        with sandbox.open({}) as cell:
            assert cell.ask({"do": "reply = {'n': 2}"}) == {"n": 2}


def test_lost_row_reader_is_replaced(sandbox: Sandbox, descendants: Below) -> None:
    with sandbox.open({}) as cell:
        cell.ask({"do": "import sqlite3; sqlite3.connect('app.db').execute('create table t (a)')"})
        cell.sql("select 1")
        reader = descendants(sandbox._link._process.pid)[2]
        os.kill(reader, signal.SIGKILL)
        assert cell.sql("select 1") == [(1,)]


def test_close_leaves_nothing(make_sandbox: Make, descendants: Below) -> None:
    before = descendants(os.getpid())
    sandbox = make_sandbox()
    sandbox.open({"first": "while True: pass"})
    below = [pid for pid in descendants(os.getpid()) if pid not in before]
    assert len(below) == 4
    sandbox.close()
    sandbox.close()
    assert _gone(below)


def test_death_of_the_supervisor_leaves_nothing(descendants: Below) -> None:
    code = (
        f"import sys; sys.path[:0] = [{str(ROOT)!r}]\n"
        "from pathlib import Path\nfrom harness.sandbox import Sandbox\n"
        f"sandbox = Sandbox(target='targets:main', warm_up=None, import_from=[Path({str(HERE)!r})])\n"
        "cell = sandbox.open({'first': 'while True: pass'})\n"
        "print('up', flush=True)\ninput()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        below = descendants(process.pid)
        assert len(below) >= 3
        process.kill()
    assert _gone(below)


def _gone(pids: list[int]) -> bool:
    end = time.monotonic() + 3
    while any(_alive(pid) for pid in pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize(
    ("target", "warm_up", "why"),
    [
        ("targets:nothing", None, "no attribute 'nothing'"),
        ("nowhere:main", None, "No module named 'nowhere'"),
        ("targets:main", "targets:thread_up", "2 threads are alive"),
    ],
)
def test_inside_that_cannot_start(descendants: Below, target: str, warm_up: str | None, why: str) -> None:
    before = descendants(os.getpid())
    with pytest.raises(ZygoteDied, match=why):
        Sandbox(limits=Limits(), target=target, warm_up=warm_up, import_from=[HERE])
    assert descendants(os.getpid()) == before


def test_without_bubblewrap(make_sandbox: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bwrap, "_candidates", lambda: ["/nonexistent/bwrap"])
    bwrap.find.cache_clear()
    try:
        with pytest.raises(SandboxUnavailable, match="apt install bubblewrap"):
            make_sandbox()
        with make_sandbox(unsafe_no_sandbox=True) as sandbox:
            assert sandbox.layers["bubblewrap"].startswith("missing")
            assert sandbox.layers["landlock"].startswith("ABI")
            with sandbox.open({}) as cell:
                cell.ask({"do": "import sqlite3; sqlite3.connect('app.db').execute('create table t (a)')"})
                assert cell.sql("select * from t") == []
            with sandbox.open({}) as cell, pytest.raises(CellEnded, match="flooded"):
                cell.ask({"do": "while True: print('x' * 1000)"})
            box = Path(sandbox._link._folder or "")
            assert box.is_dir()
            assert list(box.iterdir()) == []
        assert not box.exists()
    finally:
        bwrap.find.cache_clear()


def test_code_beneath_tmp_is_found(tmp_path: Path) -> None:
    """Inside, /tmp is empty but for what is to be imported from it."""
    (tmp_path / "beneath.py").write_text(
        "import os\nfrom harness.sandbox import frames\n"
        "def main(job, channel, folder):\n"
        "    nonce = frames.receive(channel)['nonce']\n"
        "    try:\n        open(__file__, 'a')\n"
        "    except OSError as error:\n        frames.send(channel, {'nonce': nonce, 'error': str(error)})\n"
    )
    with Sandbox(target="beneath:main", warm_up=None, import_from=[tmp_path]) as sandbox, sandbox.open({}) as cell:
        assert "Read-only file system" in cell.ask({})["error"]


@pytest.mark.parametrize("sockets", [False, True])
def test_self_test(sockets: bool) -> None:
    result = self_test(sockets=sockets)
    assert result.ok, result.failures
    assert result.failures == ()
    assert len(result.checks) == 10
    assert {"bubblewrap", "namespaces", "landlock", "seccomp", "rlimits", "memory"} <= set(result.layers)
    assert ("RLIMIT_NPROC counts nothing for root" in result.layers["rlimits"]) is not counts_processes()


def test_self_test_notices_a_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the machine's temporary folder in sight of the inside, and no Landlock or seccomp, it must object."""
    whole = bwrap.command

    def leaky(*arguments: object) -> list[str]:
        made = whole(*arguments)  # type: ignore[arg-type]
        at = made.index("--remount-ro")
        return [*made[:at], "--bind", "/tmp", "/tmp", *made[at:]]

    monkeypatch.setattr(bwrap, "command", leaky)
    monkeypatch.setattr("harness.sandbox.link._BOOT", _WITHOUT_LANDLOCK)
    result = self_test()
    assert not result.ok
    assert "reading a file of this machine is possible inside" in result.failures
    assert "writing outside the folder is possible inside" in result.failures


_WITHOUT_LANDLOCK = """\
import sys
_, fd, *paths = sys.argv
sys.path[:] = [p for p in sys.path if not p.endswith(("site-packages", "dist-packages"))] + paths
from harness.sandbox import landlock, zygote
landlock.abi = lambda: 0
zygote.main(int(fd))
"""
