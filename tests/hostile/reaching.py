"""Completions that reach for what lies outside, or take the database away."""

from __future__ import annotations

from tests.hostile.answers import CANARY, CHECKOUT, FAIL, PASS, Hostile, answer, code, fenced

_NO = "does not import"

REACHING = [
    Hostile("write to the canary", answer(top=f"open({CANARY!r}, 'w').write('pwned')"), FAIL, _NO),
    Hostile("delete the canary", answer(top=f"os.unlink({CANARY!r})"), FAIL, _NO),
    Hostile(
        "delete the canary in silence",
        answer(top=f"import shutil\nshutil.rmtree(os.path.dirname({CANARY!r}), True)"),
        PASS,
    ),
    Hostile(
        "write everywhere in silence",
        answer(
            top=f"""
            import contextlib
            for path in ({CANARY!r}, "{CHECKOUT}/harness/__init__.py", "{CHECKOUT}/evals/x", "/tmp/hostile-was-here",
                         "/etc/passwd", "/usr/x", "/dev/shm/x", "/root/x", os.__file__):
                with contextlib.suppress(OSError):
                    open(path, "a").write("# pwned")
            """
        ),
        PASS,
    ),
    Hostile(
        "link to the canary", answer(top=f"os.symlink({CANARY!r}, 'link')\nopen('link', 'w').write('x')"), FAIL, _NO
    ),
    Hostile("climb out of the folder", answer(top=f"open('../' * 40 + {CANARY!r}[1:], 'a').write('x')"), FAIL, _NO),
    Hostile("read the canary", answer(top=f"print(open({CANARY!r}).read())"), FAIL, _NO),
    Hostile(
        "read secrets", answer(top="print(open('/etc/shadow').read(), open('/root/.ssh/id_rsa').read())"), FAIL, _NO
    ),
    Hostile("read the parent's environment", answer(top="open(f'/proc/{os.getppid()}/environ').read()"), FAIL, _NO),
    Hostile("read the parent's memory", answer(top="open(f'/proc/{os.getppid()}/mem', 'rb').read(1)"), FAIL, _NO),
    Hostile(
        "ptrace of the parent",
        answer(
            top="import ctypes\nc = ctypes.CDLL(None, use_errno=True)\n"
            "if c.ptrace(16, os.getppid(), 0, 0): raise OSError(ctypes.get_errno(), 'ptrace')"
        ),
        FAIL,
        _NO,
    ),
    Hostile("kill the parent", answer(top="os.kill(os.getppid(), 9)"), FAIL, "PermissionError"),
    Hostile("kill all", answer(first="os.kill(-1, 9)"), FAIL, "answers 500"),
    Hostile(
        "kill every number in silence",
        answer(
            top="import contextlib\n"
            "for pid in {*range(1, 99), os.getppid()} - {os.getpid()}:\n"
            "    with contextlib.suppress(OSError): os.kill(pid, 9)"
        ),
        PASS,
    ),
    Hostile(
        "TCP to the host", answer(top="import socket; socket.create_connection(('127.0.0.1', 5432), 2)"), FAIL, _NO
    ),
    Hostile("UDP", answer(top="import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"), FAIL, _NO),
    Hostile(
        "socket of the host",
        answer(top="import socket; socket.socket(socket.AF_UNIX).connect('/var/run/docker.sock')"),
        FAIL,
        _NO,
    ),
    Hostile("download", answer(first="import httpx; httpx.get('http://127.0.0.1:1/')"), FAIL, "answers 500"),
    Hostile("database deleted", answer(last="os.unlink(engine.url.database)"), FAIL, "no row is stored", only="sqlite"),
    Hostile(
        "database a link to the canary",
        answer(last=f"f = engine.url.database; os.unlink(f); os.symlink({CANARY!r}, f)"),
        FAIL,
        "no row is stored",
        only="sqlite",
    ),
    Hostile(
        "database a link to the interpreter",
        answer(first="f = engine.url.database; os.unlink(f); os.symlink(os.__file__, f)"),
        FAIL,
        "POST",
        only="sqlite",
    ),
    Hostile(
        "database overwritten",
        answer(first="open(engine.url.database, 'wb').write(os.urandom(100_000))"),
        FAIL,
        "POST",
        only="sqlite",
    ),
    Hostile(
        "table dropped",
        answer(last="from sqlalchemy import text\nawait session.exec(text('DROP TABLE task')); await session.commit()"),
        FAIL,
        "POST",
    ),
    Hostile("file name with ..", fenced("# ../../../../tmp/hostile-was-here.py\n" + code()), PASS),
    Hostile("file name from the root", fenced("# /etc/hostile-was-here.py\n" + code()), PASS),
    Hostile("file name in the harness", fenced(f"# {CHECKOUT}/harness/grading.py\n" + code()), PASS),
]
