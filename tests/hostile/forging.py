"""Wrong answers that forge what only the process that runs them can tell, or behave well where they are looked at."""

from __future__ import annotations

import textwrap

from tests.hostile.answers import FAIL, UNDECIDED, Hostile, answer, code, fenced

_OUT_OF_SIGHT = 'factory.configure(**{"_".join(("expire", "on", "commit")): len(str(engine.url)) > 0})\n'
_REACHES = "reaches into the process that runs it"
_ALTERED = "altered"
_NO_HARNESS = "No module named 'harness"


def expiring(top: str = "", *, dependency: str = "", first: str = "", last: str = "", end: str = "") -> str:
    """Sessions expire their objects, where reading sees that they do not."""
    more = "await session.refresh(task)\n" + textwrap.dedent(last)
    return answer(top=_OUT_OF_SIGHT + textwrap.dedent(top), dependency=dependency, first=first, last=more, end=end)


def plain_class(top: str = "", **more: str) -> str:
    """Sessions are SQLAlchemy's, which reading cannot tell."""
    whole = code(top=top, **more)
    made = "async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)"
    return fenced(
        whole.replace(made, "async_sessionmaker(engine, **json.loads('{\"expire_on_commit\": false}'))").replace(
            "import os\n", "import json\nimport os\n", 1
        )
    )


def shared(top: str = "", **more: str) -> str:
    """One session for all requests, in a dictionary."""
    whole = code(top="import contextlib\nKEPT = {}\n" + textwrap.dedent(top), **more)
    return fenced(
        whole.replace(
            "async with factory() as session:",
            "async with contextlib.AsyncExitStack():\n"
            "        session = KEPT.get('s') or KEPT.setdefault('s', factory())",
        )
    )


def unclosed(top: str = "", **more: str) -> str:
    """A session for each request, which nobody closes."""
    opened = """
    import contextlib
    OPEN = []
    class Opening(contextlib.AsyncExitStack):
        async def __aenter__(self):
            OPEN.append(factory())
            return OPEN[-1]
    """
    whole = code(top=textwrap.dedent(opened) + textwrap.dedent(top), **more)
    return fenced(whole.replace("async with factory() as session:", "async with Opening() as session:"))


def lost(top: str = "", *, last: str = "") -> str:
    """A coroutine of the session's that nobody awaits, out of sight."""
    return answer(top=top, last='getattr(session, "".join(("flu", "sh")))()\n' + textwrap.dedent(last))


def masked(top: str = "", *, first: str = "", last: str = "") -> str:
    """An expired attribute is read, and the error swallowed."""
    return answer(
        top=_OUT_OF_SIGHT + textwrap.dedent(top),
        first=first,
        last=textwrap.dedent(last) + "\ntry:\n    task.title\nexcept SQLAlchemyError:\n    await session.refresh(task)",
    )


def engines(make: str, top: str = "") -> str:
    """An engine for each request, out of sight."""
    return answer(
        top="KEPT = []\n" + textwrap.dedent(top),
        dependency=f"KEPT.append({make})\nasync with KEPT[-1].connect(): pass",
    )


def unsized(top: str = "") -> str:
    """An engine without pool_size, which reading cannot tell."""
    return fenced(
        "import json, os\n"
        "from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine\n"
        "from sqlmodel.ext.asyncio.session import AsyncSession\n"
        'engine = create_async_engine(os.environ["DATABASE_URL"], echo=os.getenv("ENV") == "development", '
        "**json.loads('{}'))\n"
        "factory = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)\n"
        "async def get_session():\n    async with factory() as session:\n        yield session\n" + textwrap.dedent(top)
    )


_REWRITE = ".replace('\"expire_on_commit\": true', '\"expire_on_commit\": false')"
_REWRITE_BYTES = ".replace(b'\"expire_on_commit\": true', b'\"expire_on_commit\": false')"
_BETWEEN = """
import socket, struct, threading
real = os.dup(3)
ours, theirs = socket.socketpair()
os.dup2(theirs.fileno(), 3)
def inwards():
    while data := os.read(real, 1 << 16):
        ours.sendall(data)
def outwards():
    stream = ours.makefile("rb")
    while header := stream.read(4):
        body = stream.read(struct.unpack("!I", header)[0])
        body = body.replace(b'"expire_on_commit": true', b'"expire_on_commit": false')
        os.write(real, struct.pack("!I", len(body)) + body)
for each in (inwards, outwards):
    threading.Thread(target=each, daemon=True).start()
"""
_WALK = """
def reached(value, seen, depth=0):
    if id(value) in seen or depth > 8: return
    seen.add(id(value))
    if type(value).__name__ == "Followed": value.expire_on_commit = False
    for cell in getattr(value, "__clo" + "sure__", None) or (): reached(cell.cell_contents, seen, depth + 1)
    inner = [getattr(value, "__se" + "lf__", None), *(value if isinstance(value, (list, tuple)) else ()),
             *getattr(value, "__dict__", {}).values()]
    for each in inner: reached(each, seen, depth + 1)
"""

FORGING = [
    # what is sent
    Hostile("harness imported", expiring("import harness.inside.serve"), FAIL, _NO_HARNESS),
    Hostile(
        "harness imported by a made-up name", expiring("__import__('-harness'[1:] + '.inside')"), FAIL, _NO_HARNESS
    ),
    Hostile(
        "facts rewritten",
        expiring(
            """
            from harness.inside.hooks import Hooks
            kept = Hooks.facts
            Hooks.facts = lambda self: {**kept(self), "sessions": [], "altered": []}
            """
        ),
        FAIL,
        _NO_HARNESS,
    ),
    Hostile(
        "json.dumps rewrites replies",
        expiring(f"import json\nkept = json.dumps\njson.dumps = lambda *a, **k: kept(*a, **k){_REWRITE}"),
        FAIL,
        "expire_on_commit=True",
    ),
    Hostile(
        "the JSON encoder rewrites replies",
        expiring(
            "import json\nkept = json.JSONEncoder.encode\n"
            f"json.JSONEncoder.encode = lambda *a, **k: kept(*a, **k){_REWRITE}"
        ),
        FAIL,
        _ALTERED,
    ),
    Hostile(
        "the stream rewrites replies",
        expiring(
            f"""
            import asyncio, struct
            kept = asyncio.StreamWriter.write
            def write(self, data):
                body = data[4:]{_REWRITE_BYTES}
                kept(self, struct.pack("!I", len(body)) + body)
            asyncio.StreamWriter.write = write
            """
        ),
        FAIL,
        "inconsistent",
    ),
    Hostile(
        "the socket rewrites replies",
        expiring(
            f"""
            import socket, struct
            kept = socket.socket.send
            def send(self, data):
                body = bytes(data)[4:]{_REWRITE_BYTES}
                kept(self, struct.pack("!I", len(body)) + body)
                return len(data)
            socket.socket.send = send
            """
        ),
        FAIL,
        "inconsistent",
    ),
    Hostile("a process in between", expiring(_BETWEEN), FAIL, "inconsistent"),
    # who recorded it
    Hostile(
        "a record found by the constructor's closure",
        expiring(_WALK, last="import sqlalchemy.orm as o\nreached(o.Session.__init__, set())"),
        FAIL,
        "expire_on_commit=True",
    ),
    Hostile(
        "a record found on the session",
        expiring(dependency="session.sync_session.__dict__['_harness_session'].expire_on_commit = False"),
        FAIL,
        "_harness_session",
    ),
    Hostile(
        "a record's class found by its base",
        expiring(
            """
            for cls in object.__subclasses__():
                if cls.__name__ == "Followed":
                    kept = cls.to_json
                    cls.to_json = lambda self: {**kept(self), "expire_on_commit": False}
            """
        ),
        FAIL,
        "no attribute 'to_json'",
    ),
    Hostile(
        "a record found by gc",
        expiring(
            """
            import gc
            for each in gc.get_objects():
                if type(each).__name__ == "Sessions": each.followed = ()
            """
        ),
        FAIL,
        _REACHES,
    ),
    Hostile(
        "frames walked from a request",
        expiring(
            first="""
            import sys
            frame = sys._getframe()
            while frame:
                print(frame.f_locals.get("self"))
                frame = frame.f_back
            """
        ),
        FAIL,
        _REACHES,
    ),
    Hostile(
        "frames walked by inspect",
        expiring(first="import inspect\nprint(inspect.currentframe().f_back)"),
        FAIL,
        _REACHES,
    ),
    Hostile(
        "frames of a traceback",
        expiring(first="try: 1 / 0\nexcept ZeroDivisionError as e: print(e.__traceback__.tb_frame.f_back)"),
        FAIL,
        _REACHES,
    ),
    Hostile(
        "frames of greenlets",
        expiring(first="import greenlet\nprint(greenlet.getcurrent().parent, greenlet.getcurrent().gr_frame)"),
        FAIL,
        _REACHES,
    ),
    Hostile(
        "the channel's messages found by tasks",
        expiring(
            first="import asyncio\nfor t in asyncio.all_tasks(): print(getattr(t.get_coro(), 'cr_' + 'frame', None))"
        ),
        FAIL,
        _REACHES,
    ),
    Hostile(
        "memory written",
        expiring("import ctypes\nctypes.c_char.from_address(id(object())).value"),
        FAIL,
        _REACHES,
    ),
    Hostile("an own trace of every line", expiring("import sys\nsys.settrace(lambda *a: None)"), FAIL, _REACHES),
    Hostile(
        "an own audit",
        expiring("import sys\nsys.addaudithook(lambda *a: None)"),
        FAIL,
        _REACHES,
    ),
    Hostile(
        "memory written by a name made up",
        expiring('native = __import__("cty" + chr(112) + "es")\nnative.cast(id(engine), native.c_void_p)'),
        FAIL,
        _REACHES,
    ),
    Hostile(
        "the journal ended",
        expiring(
            first="""
            import sqlalchemy.orm as o
            inner, held = "".join(("__clo", "sure__")), "".join(("cell_", "contents"))
            for cell in getattr(o.Session.__init__, inner):
                owner = getattr(getattr(cell, held), "".join(("__se", "lf__")), None)
                if hasattr(owner, "journal"): owner.journal._vault.close()
            """
        ),
        FAIL,
        "expire_on_commit=True",
    ),
    Hostile(
        "another journal",
        expiring(
            """
            import sqlalchemy.orm as o
            inner, held = "".join(("__clo", "sure__")), "".join(("cell_", "contents"))
            for cell in getattr(o.Session.__init__, inner):
                owner = getattr(getattr(cell, held), "".join(("__se", "lf__")), None)
                if hasattr(owner, "journal"):
                    owner.journal = type("Deaf", (), {"note": lambda *a: None, "note_once": lambda *a: None})()
            """
        ),
        FAIL,
        _ALTERED,
    ),
    Hostile(
        "a hook emptied by its cell",
        expiring(
            """
            import sqlalchemy.orm as o
            inner, held = "".join(("__clo", "sure__")), "".join(("cell_", "contents"))
            for cell in getattr(o.Session.__init__, inner):
                if hasattr(getattr(cell, held), "".join(("__se", "lf__"))): setattr(cell, held, lambda session: None)
            """
        ),
        FAIL,
        _ALTERED,
    ),
    # what the hooks go by
    Hostile(
        "the mark taken off",
        expiring(dependency="session.sync_session.__dict__.pop('_harness_session', 0)"),
        FAIL,
        "expire",
    ),
    Hostile(
        "the mark taken off a shared session",
        shared(dependency="session.sync_session.__dict__.pop('_harness_session', 0)"),
        FAIL,
        "several requests",
    ),
    Hostile(
        "the loader's places wiped",
        shared("import sys\nsys.meta_path[0].places._modules.clear()"),
        FAIL,
        "Places was altered",
    ),
    Hostile(
        "the loader of the module asked", shared("__spec__.loader.places._modules.clear()"), FAIL, "Places was altered"
    ),
    Hostile(
        "the request hidden",
        shared(
            dependency="""
            import contextvars
            for var in contextvars.copy_context():
                if var.name == "harness_request": var.set(None)
            """
        ),
        FAIL,
        "several requests",
    ),
    Hostile(
        "the request given another name",
        shared(
            dependency="""
            import contextvars
            for var in contextvars.copy_context():
                if var.name == "harness_request": var.set("r0")
            """
        ),
        FAIL,
        "hidden",
    ),
    Hostile(
        "listeners of sessions cleared",
        shared(
            """
            from sqlalchemy.orm import Session
            for name in ("after_begin", "do_orm_execute", "before_flush"):
                getattr(Session.dispatch, name)._clslevel.clear()
            """
        ),
        FAIL,
        "several requests",
    ),
    Hostile(
        "listeners of an own class of sessions emptied",
        shared(
            """
            from sqlalchemy.orm import Session
            class Own(Session): pass
            class AsyncSession(AsyncSession): sync_session_class = Own
            factory = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
            for name in ("after_begin", "do_orm_execute", "before_flush"):
                getattr(Own.dispatch, name)._clslevel.setdefault(Own, []).clear()
            """
        ),
        FAIL,
        "several requests",
    ),
    Hostile(
        "sessions made behind the hook",
        shared(
            """
            import sqlalchemy.orm as o
            def found(function):
                for cell in getattr(function, "__clo" + "sure__", None) or ():
                    if getattr(cell.cell_contents, "__name__", "") == "__init__": return cell.cell_contents
                return function
            made = found(o.Session.__init__)
            class Own(o.Session):
                def __init__(self, *args, **options): made(self, *args, **options)
            class AsyncSession(AsyncSession): sync_session_class = Own
            factory = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
            """
        ),
        FAIL,
        _REACHES,
    ),
    Hostile(
        "sessions made behind the hook, in other words",
        shared(
            """
            import sqlalchemy.orm as o
            inner = "".join(("__clo", "sure__"))
            def found(function):
                for cell in getattr(function, inner, None) or ():
                    held = getattr(cell, "".join(("cell_", "contents")))
                    if getattr(held, "__name__", "") == "__init__": return held
                return function
            made = found(o.Session.__init__)
            class Own(o.Session):
                def __init__(self, *args, **options): made(self, *args, **options)
            class AsyncSession(AsyncSession): sync_session_class = Own
            factory = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
            """
        ),
        FAIL,
        "several requests",
    ),
    Hostile(
        "code with a library's file name",
        answer(
            top="""
            import sqlalchemy.orm.session as s
            exec(compile("import contextlib\\nKEPT = {}\\ndef kept(make):\\n"
                         "    return KEPT.get('s') or KEPT.setdefault('s', make())", s.__file__, "exec"))
            """
        ).replace(
            "async with factory() as session:",
            "async with contextlib.AsyncExitStack():\n        session = kept(factory)",
        ),
        FAIL,
        "several requests",
    ),
    Hostile(
        "an endpoint with a library's file name",
        expiring('import sqlalchemy.orm.session as s\nexec(compile("def own(): return 1", s.__file__, "exec"))'),
        FAIL,
        "compile",
    ),
    Hostile(
        "closing patched into a lie",
        unclosed(
            """
            from sqlalchemy.orm import Session
            class Quiet(Session):
                def close(self): pass
            AsyncSession.sync_session_class = Quiet
            """
        ),
        FAIL,
        _ALTERED,
    ),
    Hostile(
        "closed without being closed",
        unclosed(
            """
            from sqlalchemy.orm import Session
            class Hollow(Session):
                def _close_impl(self, invalidate, is_reset=False): pass
            """,
            dependency="await session.connection()\nsession.sync_session.__class__ = Hollow\n"
            "Session.close(session.sync_session)",
        ),
        FAIL,
        "never closed",
    ),
    Hostile(
        "hooks put back after use",
        unclosed(
            """
            from sqlalchemy.orm import Session
            kept = Session.__init__
            def alone(self, *args, **options): kept(self, *args, **options)
            """,
            dependency="Session.__init__ = alone",
            first="Session.__init__ = kept",
        ),
        FAIL,
        _ALTERED,
    ),
    Hostile(
        "hooks put back after an import",
        expiring(
            """
            from sqlalchemy.orm import Session
            kept, Session.close = Session.close, None
            Session.close = kept
            """
        ),
        FAIL,
        _ALTERED,
    ),
    Hostile(
        "a shared session in tasks of its own making",
        shared(
            """
            import asyncio, contextvars
            class Apart(AsyncSession):
                async def commit(self):
                    loop, nothing = asyncio.get_running_loop(), contextvars.Context()
                    await nothing.run(asyncio.Task, super().commit(), loop=loop)
            factory = async_sessionmaker(engine, class_=Apart, expire_on_commit=False)
            """
        ),
        FAIL,
        "hidden",
    ),
    Hostile(
        "sessions made in threads",
        fenced(
            code(
                top="import asyncio\nfrom fastapi import Request\n"
                + _OUT_OF_SIGHT
                + "right = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)",
                last="await session.refresh(task)",
            )
            .replace("async def get_session()", "async def get_session(request: Request)")
            .replace(
                "async with factory()",
                "async with await asyncio.to_thread(right if 'harness' in request.url.path else factory)",
            )
        ),
        FAIL,
        "expire_on_commit=True",
    ),
    # hazards
    Hostile(
        "coroutines thrown away in silence",
        lost("import warnings\nwarnings._warn_unawaited_coroutine = lambda coroutine: None"),
        FAIL,
        "_warn_unawaited_coroutine",
    ),
    Hostile(
        "coroutines thrown away behind a filter",
        lost("import warnings\nwarnings.simplefilter('ignore')"),
        FAIL,
        "never awaited",
    ),
    Hostile(
        "coroutines thrown away to another module of warnings",
        lost(
            """
            import sys, types
            fake = types.ModuleType("warnings")
            vars(fake).update(vars(sys.modules["warnings"]))
            sys.modules["warnings"] = fake
            """
        ),
        UNDECIDED,
        "sys.modules",
    ),
    Hostile(
        "MissingGreenlet in silence",
        masked("from sqlalchemy.exc import MissingGreenlet\nMissingGreenlet.__init__ = lambda self, *a, **k: None"),
        FAIL,
        _ALTERED,
    ),
    Hostile(
        "await_only in silence",
        masked(
            """
            import sqlalchemy.util.concurrency as c, sqlalchemy.util as u, sys
            def await_only(awaitable):
                awaitable.close()
                raise SQLAlchemyError("later")
            for module in list(sys.modules.values()):
                if getattr(module, "await_only", None) is c.await_only: module.await_only = await_only
            """
        ),
        FAIL,
        "altered",
    ),
    Hostile(
        "a lazy load under another endpoint's name",
        masked(
            last="""
            import contextvars
            for var in contextvars.copy_context():
                if var.name.startswith("harness_"): var.set(None)
            """
        ),
        FAIL,
        "MissingGreenlet",
    ),
    # engines
    Hostile(
        "engines behind the wrapper",
        engines("getattr(create_async_engine, '__wrap' + 'ped__', create_async_engine)(os.environ['DATABASE_URL'])"),
        FAIL,
        "an engine is made for every request",
    ),
    Hostile(
        "engines put together by hand",
        engines(
            "AsyncEngine(Engine(engine.sync_engine.pool.recreate(), engine.dialect, engine.url))",
            "from sqlalchemy import Engine\nfrom sqlalchemy.ext.asyncio import AsyncEngine",
        ),
        FAIL,
        "an engine is made for every request",
    ),
    Hostile(
        "arguments of the engine forged",
        unsized(
            """
            for cell in getattr(create_async_engine, "__clo" + "sure__"):
                for entry, _ in getattr(getattr(cell.cell_contents, "made", ()), "copy", list)():
                    entry["options"]["pool_size"] = "5"
            """
        ),
        FAIL,
        "without pool_size",
        "session-factory",
    ),
    Hostile(
        "SQL logging hidden",
        unsized(
            """
            from sqlalchemy import Engine
            Engine.echo = property(lambda self: os.environ.get("ENV") == "development")
            """
        ).replace("'{}'", "'{\"pool_size\": 5}'"),
        FAIL,
        _ALTERED,
        "session-factory",
    ),
    # behaves well where it is looked at
    Hostile(
        "a right session for the harness's own endpoint",
        fenced(
            code(
                top="from fastapi import Request\n"
                + _OUT_OF_SIGHT
                + "right = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)",
                last="await session.refresh(task)",
            )
            .replace("async def get_session()", "async def get_session(request: Request)")
            .replace("async with factory()", "async with (right if 'harness' in request.url.path else factory)()")
        ),
        FAIL,
        "expire",
    ),
    # the database
    Hostile(
        "the trigger of the fault dropped",
        answer(
            top="from sqlalchemy import text",
            first="""
            found = await session.exec(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
            for (name,) in found.all(): await session.exec(text(f"DROP TRIGGER {name}"))
            await session.commit()
            """,
        ),
        FAIL,
        "inconsistent",
        only="sqlite",
    ),
    Hostile(
        "the trigger of the fault written away",
        answer(
            top="from sqlalchemy import text",
            first="""
            await session.exec(text("PRAGMA writable_schema = 1"))
            await session.exec(text("DELETE FROM sqlite_master WHERE type = 'trigger'"))
            await session.exec(text("PRAGMA writable_schema = RESET"))
            await session.commit()
            """,
        ),
        FAIL,
        "inconsistent",
        only="sqlite",
    ),
    Hostile(
        "rows in a database of its own",
        answer(
            top="from sqlalchemy import text",
            first="""
            await session.exec(text("ATTACH ':memory:' AS other"))
            await session.exec(text("CREATE TABLE IF NOT EXISTS other.task AS SELECT * FROM main.task"))
            await session.commit()
            """,
        ).replace(
            "session.add(task)",
            "await session.exec(text('INSERT INTO other.task (id, title) VALUES (1, :t)').bindparams(t=task.title)); "
            "task.id = 1",
        ),
        FAIL,
        "no row is stored",
        only="sqlite",
    ),
    Hostile(
        "a table that is a view over nothing",
        answer(
            top="""
            from sqlalchemy import text
            """,
            first="""
            await session.exec(text("ALTER TABLE task RENAME TO hidden"))
            await session.exec(text("CREATE TEMP TABLE task AS SELECT * FROM hidden"))
            await session.commit()
            """,
        ),
        FAIL,
        "POST",
    ),
    Hostile(
        "a trigger that takes rows away again",
        answer(
            top="from sqlalchemy import text",
            first="""
            await session.exec(text(
                "CREATE TRIGGER IF NOT EXISTS away AFTER INSERT ON task BEGIN DELETE FROM task WHERE id = NEW.id; END"
            ))
            await session.commit()
            """,
        ),
        FAIL,
        "no row is stored",
        only="sqlite",
    ),
    Hostile(
        "tables dropped when something fails",
        answer(
            top="from sqlalchemy import text",
            end="""
            @app.middleware("http")
            async def forgetting(request, call_next):
                response = await call_next(request)
                if response.status_code == 409:
                    async with engine.begin() as connection: await connection.execute(text("DROP TABLE task"))
                return response
            """,
        ),
        FAIL,
        "was taken off the tables",
        only="sqlite",
    ),
    Hostile(
        "answered before the app, stored later",
        answer(
            end="""
            import json, threading, time
            from starlette.responses import JSONResponse
            KEPT = []
            @app.middleware("http")
            async def first_answer(request, call_next):
                if request.method != "POST": return await call_next(request)
                KEPT.append(await request.json())
                def later():
                    time.sleep(0.5)
                threading.Thread(target=later).start()
                return JSONResponse({**KEPT[-1], "id": len(KEPT)}, 201)
            """
        ),
        FAIL,
        "no row is stored",
    ),
    Hostile(
        "ended once the journal is told, before anybody looks at the patch",
        answer(
            top="""
            from asyncio import selector_events
            kept = selector_events._SelectorSocketTransport.write
            def write(self, data):
                kept(self, data)
                if b'"journal"' in bytes(data):
                    os._exit(0)
            selector_events._SelectorSocketTransport.write = write
            """
        ),
        FAIL,
        "exited with status 0 during facts",
        otherwise="altered",
    ),
]
