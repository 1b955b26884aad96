"""Commits that come after the response, and handlers that swallow a failed write."""

from __future__ import annotations

import pytest

from tests.criteria.reading import reading, source_file

MAKER = "make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)\n"
ROUTE = '@app.post("/x")\nasync def route(s=Depends(given)): ...\n'
GIVEN = "async def given():\n    async with make() as s:\n        yield s\n"
LATE = "commits after the yield, when the response is already sent"
RETURNED = "returns the HTTPException instead of raising it: the client gets 200"
RETURNS = "swallows the failed write and returns: the client gets 2xx"
KEPT_BACK = "swallows what the endpoint raises, HTTPException included: the client gets a 500"
GOES_ON = "swallows the failed write and goes on: the client gets 2xx"


def lost(code: str) -> list[tuple[str, int]]:
    return [(each.how, each.at.line) for each in reading(source_file(MAKER + code)).facts.lost]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([5], GIVEN + "        await s.commit()\n" + ROUTE),
        ([5], GIVEN + "        await s.commit()\n"),
        (
            [6],
            "async def given():\n    async with make() as s:\n        try:\n            yield s\n"
            "            await s.commit()\n        finally:\n            pass\n" + ROUTE,
        ),
        ([3], "async def given():\n    async with make.begin() as s:\n        yield s\n" + ROUTE),
        ([3], "async def given():\n    async with make() as s, s.begin():\n        yield s\n" + ROUTE),
        (
            [4],
            "async def given():\n    async with make() as s:\n        async with s.begin():\n            yield s\n"
            + ROUTE,
        ),
        ([], GIVEN + ROUTE),
        ([], GIVEN + "        await s.rollback()\n" + ROUTE),
        ([], GIVEN + "        await other.commit()\n" + ROUTE),
        ([], GIVEN + "        await commit()\n" + ROUTE),
        ([], "async def given():\n    async with make() as s:\n        await s.commit()\n        yield s\n" + ROUTE),
        ([], "async def given():\n    async with other.begin() as s:\n        yield s\n" + ROUTE),
        ([], "async def given():\n    async with make.configure() as s:\n        yield s\n" + ROUTE),
        ([], "async def given():\n    async with begin() as s:\n        yield s\n" + ROUTE),
        (
            [],
            "async with make.begin() as o:\n    async def given():\n        async with make() as s:\n"
            "            yield s\n" + ROUTE,
        ),
        ([], GIVEN + "        await s.commit()\n" + ROUTE.replace("(given)", "(other)")),
        ([], GIVEN + "        await s.commit()\n" + ROUTE.replace("(given)", "(given, scope='function')")),
        ([5], GIVEN + "        await s.commit()\n" + ROUTE.replace("(given)", "(given, scope='request')")),
        ([5], GIVEN + "        await s.commit()\n" + ROUTE + ROUTE.replace("(given)", "(given, scope='function')")),
        ([5], GIVEN + "        await s.commit()\n" + ROUTE.replace("(given)", "(given, scope='function')") + ROUTE),
        ([], GIVEN + "        await s.commit()\n" + ROUTE.replace("...", "await s.commit()")),
        ([], GIVEN + "        await s.commit()\n" + ROUTE.replace("...", "s.add(1); await s.commit()")),
        ([5], GIVEN + "        await s.commit()\n" + ROUTE + "async with make() as o:\n    await o.commit()\n"),
        (
            [],
            "async def given():\n    async with make.begin() as s:\n        yield s\n"
            + ROUTE.replace("(given)", "(given, scope='function')"),
        ),
        (
            [],
            "async def given():\n    async with make.begin() as s:\n        yield s\n"
            + ROUTE.replace("(given)", "(x)"),
        ),
    ],
)
def test_late_commits(lines: list[int], code: str) -> None:
    assert lost(code) == [(LATE, line) for line in lines]


TRY = """@app.post("/x")
async def route(s: AsyncSession = Depends(get_session)):
    {before}
    try:
        {body}
    except IntegrityError as error:
        {handler}
    {after}
"""


def tried(handler: str, body: str = "await s.commit()", before: str = "pass", after: str = "return 1") -> list[str]:
    found = lost(TRY.format(handler=handler, body=body, before=before, after=after))
    assert all(line == 7 for _, line in found)
    return [how for how, _ in found]


@pytest.mark.parametrize(
    ("handler", "how"),
    [
        ("return HTTPException(409)", RETURNED),
        ("x = 1; return HTTPException(409)", RETURNED),
        ("return HTTPException(status_code=409)", RETURNED),
        ("return", RETURNS),
        ("return None", RETURNS),
        ("return task", RETURNS),
        ("return {'error': 'conflict'}", RETURNS),
        ("return 'conflict'", RETURNS),
        ("await s.rollback(); return {}", RETURNS),
        ("pass", GOES_ON),
        ("await s.rollback()", GOES_ON),
        ("logger.error('x')", GOES_ON),
        ("def f(): raise error", GOES_ON),
        ("found = Thing(); return found", RETURNS),
        ("found = {}; return found", RETURNS),
        ("x = lambda: status_code", GOES_ON),
    ],
)
def test_a_swallowed_write(handler: str, how: str) -> None:
    assert tried(handler) == [how]


@pytest.mark.parametrize(
    "handler",
    [
        "raise",
        "raise HTTPException(409)",
        "await s.rollback(); raise",
        "if x: raise",
        "if x:\n            raise\n        return {}",
        "return JSONResponse({}, 409)",
        "return JSONResponse({}, status_code=409)",
        "response.status_code = 409; return {}",
        "status_code = 409",
        "error = make_error()",
        "return make_error()",
        "return x.y",
        "answer = conflict(); return answer",
        "answer = await s.get(Task, 1); return answer",
        "answer = await conflict(); return answer",
        "answer = errors.conflict(); return answer",
        "answer = JSONResponse({}, 409); return answer",
        "answer = errors.Response(409); return answer",
    ],
)
def test_a_handler_that_tells_or_may_tell(handler: str) -> None:
    assert not tried(handler)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("await s.flush()", [GOES_ON]),
        ("s.add(1); await s.commit()", [GOES_ON]),
        ("s.add(1)", []),
        ("await other.commit()", []),
        ("await commit()", []),
        ("def f(): s.commit()", []),
        ("f = lambda: s.commit()", []),
    ],
)
def test_what_is_tried(body: str, found: list[str]) -> None:
    assert tried("pass", body) == found


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("pass", "raise ValueError", []),
        ("pass", "if x: raise ValueError", []),
        ("if x: raise ValueError", "return 1", [GOES_ON]),
        ("pass", "return 1", [GOES_ON]),
    ],
)
def test_what_stands_around_it(before: str, after: str, found: list[str]) -> None:
    assert tried("pass", before=before, after=after) == found


@pytest.mark.parametrize("loop", ["for x in y:", "while x:"])
@pytest.mark.parametrize("handler", ["pass", "continue", "break"])
def test_a_loop_tries_again(loop: str, handler: str) -> None:
    code = (
        "@app.post('/x')\nasync def route(s: AsyncSession = Depends(get_session)):\n"
        f"    {loop}\n        try:\n            await s.commit()\n        except E:\n            {handler}\n"
    )
    assert not lost(code)


@pytest.mark.parametrize(
    ("handler", "found"),
    [
        ("logger.exception('x')", []),
        ("await s.rollback(); logging.warning('x')", []),
        ("await s.rollback()", [GOES_ON]),
        ("print('x')", [GOES_ON]),
        ("self.seen.append(1)", [GOES_ON]),
        ("logger.error('x'); return {}", [RETURNS]),
    ],
)
def test_a_write_by_the_way_that_is_told_to_the_log(handler: str, found: list[str]) -> None:
    code = (
        "@app.post('/x')\nasync def route(s: AsyncSession = Depends(get_session)):\n"
        f"    if stale:\n        try:\n            await s.commit()\n        except E:\n            {handler}\n"
        "    return 1\n"
    )
    assert [how for how, _ in lost(code)] == found
    always = lost(code.replace("    if stale:", "    with x:"))
    assert always == [(RETURNS if "return {}" in handler else GOES_ON, 7)]


@pytest.mark.parametrize(
    ("before", "found"),
    [
        ("CONFLICT = JSONResponse({}, 409)", []),
        ("from .errors import CONFLICT", []),
        ("CONFLICT = 409", [RETURNS]),
        ("CONFLICT = conflict()", [RETURNS]),
    ],
)
def test_a_response_that_was_made_before(before: str, found: list[str]) -> None:
    code = TRY.format(handler="return CONFLICT", body="await s.commit()", before="pass", after="return 1")
    assert [how for how, _ in lost(f"{before}\n{code}")] == found


@pytest.mark.parametrize(
    ("handler", "after", "found"),
    [
        ("failed = True", "return JSONResponse({}, 409 if failed else 201)", []),
        ("failed = True", "return [failed for x in y]", []),
        ("failed = error", "return told(failed)", []),
        ("failed = True", "return 1", [GOES_ON]),
        ("failed = True; x = failed", "return 1", [GOES_ON]),
        ("failed.x = True", "return failed", [GOES_ON]),
    ],
)
def test_a_failure_that_is_noted_and_told_later(handler: str, after: str, found: list[str]) -> None:
    assert tried(handler, after=after) == found


def test_a_savepoint_is_there_to_go_on_without_it() -> None:
    body = "async with s.begin_nested(): await s.flush()"
    assert not tried("pass", body)
    assert tried("pass", body.replace("begin_nested", "begin")) == [GOES_ON]


def test_every_handler_is_looked_at() -> None:
    handlers = "return x.y\n    except OSError:\n        pass\n    except ValueError:\n        return"
    code = TRY.format(handler=handlers, body="await s.commit()", before="pass", after="return 1")
    assert lost(code) == [(GOES_ON, 9), (RETURNS, 11)]


def test_an_exception_class_of_the_answer_is_not_the_one_that_is_returned() -> None:
    code = TRY.format(handler="return Own()", body="await s.commit()", before="pass", after="return 1")
    assert not lost("class Own(Exception): ...\n" + code)


def test_a_commit_of_a_lambda_behind_one_of_a_function_changes_nothing() -> None:
    code = GIVEN + "        await s.commit()\n" + ROUTE.replace("...", "await s.commit()")
    assert not lost(code + "async with make() as o:\n    late = lambda: o.commit()\n")


def test_only_routes_answer_a_client() -> None:
    code = TRY.format(handler="pass", body="await s.commit()", before="pass", after="return 1")
    assert not lost(code.partition("\n")[2].replace(" = Depends(get_session)", ""))


@pytest.mark.parametrize(
    ("handler", "after", "found"),
    [
        ("await s.rollback()", "pass", [KEPT_BACK]),
        ("logger.exception(error)", "pass", [KEPT_BACK]),
        ("errors.count(1)", "pass", [KEPT_BACK]),
        ("errors.handle(error)", "pass", []),
        ("handle()", "pass", []),
        ("raise", "pass", []),
        ("failure = error", "if failure: raise failure", []),
    ],
)
def test_a_dependency_that_keeps_back_what_is_raised(handler: str, after: str, found: list[str]) -> None:
    code = (
        "async def given():\n    async with make() as s:\n        try:\n            yield s\n"
        f"        except Exception as error:\n            {handler}\n        {after}\n"
    )
    assert [how for how, _ in lost(code + ROUTE)] == found
    before = code.replace("        try:", "        if early: raise ValueError\n        try:")
    assert bool(lost(before + ROUTE)) is bool(found)
