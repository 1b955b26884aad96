"""Completions that do not come to an end, end too early, or use everything up."""

from __future__ import annotations

from tests.hostile.answers import FAIL, PASS, Hostile, answer

STOPPING = [
    # At most four of these use up all of their time on a CPU.
    Hostile("loop at import", answer(top="while True: pass"), FAIL, "does not import"),
    Hostile("loop in the endpoint", answer(first="while True: pass"), FAIL, "gets no answer"),
    Hostile(
        "loop in a finaliser",
        answer(top="class Last:\n    def __del__(self):\n        while True: pass\nLast()"),
        FAIL,
        "does not import",
    ),
    Hostile(
        "loop in a thread that ignores SIGXCPU",
        answer(
            top="""
            import signal, threading
            signal.signal(signal.SIGXCPU, signal.SIG_IGN)
            def spin():
                while True: pass
            """,
            first="threading.Thread(target=spin).start()",
        ),
        FAIL,
        "cpu limit",
    ),
    Hostile("sleep in the endpoint", answer(first="import asyncio; await asyncio.sleep(10_000)"), FAIL, "wall limit"),
    Hostile("os._exit at import", answer(top="os._exit(0)"), FAIL, "exited with status 0"),
    Hostile("sys.exit at import", answer(top="import sys; sys.exit(0)"), FAIL, "SystemExit"),
    Hostile("os._exit in the endpoint", answer(first="os._exit(0)"), FAIL, "exited with status 0"),
    Hostile("sys.exit in the endpoint", answer(first="import sys; sys.exit(0)"), FAIL, "gets no answer"),
    Hostile("os._exit in the dependency", answer(dependency="os._exit(0)"), FAIL, "exited with status 0"),
    Hostile("os._exit after the commit", answer(last="os._exit(0)"), FAIL, "exited with status 0"),
    Hostile("KeyboardInterrupt", answer(first="raise KeyboardInterrupt"), FAIL, "gets no answer"),
    Hostile(
        "os._exit in a finaliser",
        answer(top="class Last:\n    def __del__(self):\n        os._exit(0)", last="Last()"),
        FAIL,
        "exited with status 0",
    ),
    Hostile(
        "os._exit in a timer",
        answer(top="import threading\nthreading.Timer(0.01, lambda: os._exit(0)).start(); __import__('time').sleep(1)"),
        FAIL,
        "exited with status 0",
    ),
    Hostile(
        "os._exit on another route",
        answer(end='@app.get("/tasks")\nasync def tasks():\n    os._exit(0)'),
        FAIL,
        "exited with status 0",
    ),
    Hostile(
        "sleep at the end of the process, deaf to signals",
        answer(
            top="""
            import atexit, signal, time
            atexit.register(lambda: time.sleep(10_000))
            for number in (1, 2, 3, 10, 12, 13, 14, 15): signal.signal(number, signal.SIG_IGN)
            """
        ),
        PASS,
    ),
    Hostile("abort", answer(first="os.abort()"), FAIL, "SIGABRT"),
    Hostile("segfault at import", answer(top="import faulthandler; faulthandler._sigsegv()"), FAIL, "SIGSEGV"),
    Hostile("segfault in the endpoint", answer(first="import faulthandler; faulthandler._sigsegv()"), FAIL, "SIGSEGV"),
    Hostile(
        "overflow of the C stack",
        answer(top="import sys\nsys.setrecursionlimit(10**9)\nx = None\nfor _ in range(10**6): x = [x]\nrepr(x)"),
        FAIL,
        "does not import",
    ),
    Hostile("kill -9 of itself", answer(first="os.kill(os.getpid(), 9)"), FAIL, "answers 500"),
    Hostile("fork bomb", answer(top="while True: os.fork()"), FAIL, "PermissionError"),
    Hostile(
        "daemon",
        answer(top="if os.fork() == 0:\n    os.setsid()\n    while True: __import__('time').sleep(9)"),
        FAIL,
        "PermissionError",
    ),
    Hostile(
        "detached program",
        answer(top="import subprocess\nsubprocess.Popen(['sleep', '4321'], start_new_session=True)"),
        FAIL,
        "does not import",
    ),
    Hostile(
        "process pool",
        answer(top="import multiprocessing as m\nm.get_context('spawn').Process(target=print).start()"),
        FAIL,
        "does not import",
    ),
    Hostile(
        "memory bomb at import",
        answer(top="x = [bytearray(50_000_000) for _ in range(10**6)]"),
        FAIL,
        "Memory",
        otherwise="cpu limit",
    ),
    Hostile("memory bomb in the endpoint", answer(first="x = bytearray(1 << 40)"), FAIL, "answers 500"),
    Hostile(
        "thread bomb",
        answer(
            top="import threading\n"
            "for _ in range(10**6): threading.Thread(target=threading.Event().wait, daemon=True).start()"
        ),
        FAIL,
        "does not import",
    ),
    Hostile(
        "thread bomb with small stacks",
        answer(
            top="""
            import _thread
            _thread.stack_size(32768)
            lock = _thread.allocate_lock()
            lock.acquire()
            while True: _thread.start_new_thread(lock.acquire, ())
            """
        ),
        FAIL,
        "thread",
    ),
    Hostile(
        "disk bomb in one file",
        answer(top="with open('big', 'wb') as f:\n    while True: f.write(bytes(1 << 20))"),
        FAIL,
        "does not import",
    ),
    Hostile(
        "disk bomb in many files",
        answer(top="for i in range(10**6): open(str(i), 'wb').write(bytes(1 << 20))"),
        FAIL,
        "does not import",
    ),
    Hostile("flood of stdout", answer(top="while True: print('A' * 65536)"), FAIL, "flooded"),
    Hostile("flood of stderr", answer(first="while True: os.write(2, b'\\xff' * 65536)"), FAIL, "flooded"),
    Hostile(
        "body without an end",
        answer(
            first="""
            from starlette.responses import StreamingResponse
            async def chunks():
                while True: yield b"x" * 65536
            return StreamingResponse(chunks(), status_code=201)
            """
        ),
        FAIL,
        "gets no answer",
    ),
    Hostile(
        "body of 50 MB",
        answer(
            last="from starlette.responses import Response\n"
            "return Response(b'[' * 50_000_000, media_type='application/json', status_code=201)"
        ),
        FAIL,
        "without the task's id",
    ),
]
