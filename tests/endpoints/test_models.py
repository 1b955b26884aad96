from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, get_args

import pytest
from pydantic_ai.models.test import TestModel

from harness.endpoints.endpoint import AskError, Finish, Reply, Request, Trouble
from harness.endpoints.models import KEY, ModelEndpoint
from harness.endpoints.parameters import Effort, Parameters
from harness.errors import InputError
from tests.endpoints import spoken
from tests.endpoints.server import Answer, Server
from tests.endpoints.spoken import SECRET

if TYPE_CHECKING:
    from collections.abc import Sequence


def ask(
    server: Server,
    request: Request | None = None,
    *,
    parameters: Parameters | None = None,
    seconds: float = 30,
) -> Reply:
    return spoken.ask(f"{server.url}#small", request, parameters=parameters, seconds=seconds)


def in_a_minute() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)


@pytest.mark.parametrize(
    ("answer", "text", "finish"),
    [
        (Answer("Bonjour"), "Bonjour", Finish.STOP),
        (Answer("def f(", finish="length"), "def f(", Finish.LENGTH),
        (Answer("", refusal="I cannot help"), "I cannot help", Finish.REFUSAL),
        (Answer("", finish="content_filter"), "", Finish.REFUSAL),
        (Answer("x" * 10_000_000), "x" * 10_000_000, Finish.STOP),
        (Answer("half \ud800 a character \0"), "half \ud800 a character \0", Finish.STOP),
    ],
    ids=["whole", "cut", "refusal", "filtered", "10 MB", "half a character"],
)
def test_answers(answer: Answer, text: str, finish: Finish) -> None:
    with Server([answer]) as server:
        reply = ask(server)
    assert (reply.text == text, reply.finish) == (True, finish)
    assert (reply.input_tokens, reply.output_tokens, reply.model, reply.cost) == (10, 5, "small", None)
    assert reply.id == "chatcmpl-1"


@pytest.mark.parametrize(
    ("answer", "trouble", "after", "says"),
    [
        (Answer(status=429, headers={"retry-after": "7"}), Trouble.BUSY, 7, "429"),
        (Answer(status=429, headers={"retry-after-ms": "1500"}), Trouble.BUSY, 1.5, "429"),
        (Answer(status=429, headers={"retry-after": "soon"}), Trouble.BUSY, None, "429"),
        (Answer(status=529), Trouble.BUSY, None, "529"),
        (Answer("broken", status=500), Trouble.PASSING, None, "status 500: broken"),
        (Answer(status=503, headers={"retry-after": "3"}), Trouble.PASSING, 3, "503"),
        (Answer(status=408), Trouble.PASSING, None, "408"),
        (Answer("too long", status=400), Trouble.REFUSED, None, "status 400: too long"),
        (Answer(status=402), Trouble.HOPELESS, None, "402"),
        (Answer(status=401), Trouble.HOPELESS, None, "401"),
        (Answer(status=404), Trouble.HOPELESS, None, "404"),
        (Answer(fault="hang"), Trouble.PASSING, None, "no whole answer within 0.5 s"),
        (Answer(fault="loris"), Trouble.PASSING, None, "no whole answer within 0.5 s"),
        (Answer(fault="cut"), Trouble.PASSING, None, "Connection error"),
        (Answer(fault="refuse"), Trouble.PASSING, None, "Connection error"),
        (Answer(fault="truncated"), Trouble.PASSING, None, "JSON"),
        (Answer(fault="empty"), Trouble.PASSING, None, "the reply holds no answer"),
        (Answer(fault="type"), Trouble.PASSING, None, "JSON"),
    ],
    ids=lambda value: f"{value.status}{value.fault}" if isinstance(value, Answer) else "",
)
def test_faults_are_told_apart_and_nothing_is_tried_behind_our_back(
    answer: Answer, trouble: Trouble, after: float | None, says: str
) -> None:
    seconds = 0.5 if answer.fault in {"hang", "loris"} else 30
    with Server([answer]) as server, pytest.raises(AskError) as caught:
        ask(server, seconds=seconds)
    assert (caught.value.trouble, caught.value.retry_after) == (trouble, after)
    assert says in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert len(server.requests) == 1


def test_a_server_that_is_down_is_not_reached() -> None:
    with Server() as server:
        pass
    with pytest.raises(AskError, match="Connection error") as caught:
        ask(server)
    assert (caught.value.trouble, caught.value.paid) == (Trouble.UNREACHABLE, False)


def test_retry_after_as_a_date() -> None:
    answer = Answer(status=429, headers={"retry-after": in_a_minute()})
    with Server([answer]) as server, pytest.raises(AskError) as caught:
        ask(server)
    assert caught.value.retry_after == pytest.approx(60, abs=15)


def test_an_endless_reply_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.endpoints.limited.MAX_REPLY_BYTES", 1024 * 1024)
    with Server([Answer(fault="endless")]) as server, pytest.raises(AskError, match="more than 1 MiB") as caught:
        ask(server)
    assert caught.value.trouble is Trouble.REFUSED


def test_parameters_and_skill_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM_TOKEN", SECRET)
    parameters = Parameters(
        temperature=0.5, top_p=0.9, max_output_tokens=99, headers={"X-Team": "a $TEAM_TOKEN", "X-Plain": "b"}
    )
    with Server() as server:
        ask(server, Request("Hello?", "Be brief.", seed=7), parameters=parameters)
    [body], [headers] = server.requests, server.headers
    assert [(each["role"], each["content"]) for each in body["messages"]] == [
        ("system", "Be brief."),
        ("user", "Hello?"),
    ]
    sent = {name: body.get(name) for name in ("model", "temperature", "top_p", "seed")}
    assert sent == {"model": "small", "temperature": 0.5, "top_p": 0.9, "seed": 7}
    assert body.get("max_completion_tokens", body.get("max_tokens")) == 99
    assert (headers["x-team"], headers["x-plain"]) == (f"a {SECRET}", "b")
    assert "stream" not in body or not body["stream"]


@pytest.mark.parametrize("effort", get_args(Effort))
def test_reasoning_effort_is_sent_to_servers_as_it_is(effort: Effort) -> None:
    with Server() as server:
        ask(server, parameters=Parameters(reasoning_effort=effort))
        ask(server)
    assert [each.get("reasoning_effort") for each in server.requests] == [effort, None]


@pytest.mark.parametrize(("variable", "sent"), [(KEY, True), ("OPENAI_API_KEY", False)])
def test_only_the_key_that_is_meant_for_a_server_is_sent_there(
    monkeypatch: pytest.MonkeyPatch, variable: str, sent: bool
) -> None:
    monkeypatch.setenv(variable, SECRET)
    with Server() as server:
        ask(server)
    assert (SECRET in server.headers[0]["authorization"]) == sent


def test_keys_and_headers_are_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, SECRET)
    parameters = Parameters(headers={"X-Literal": "Bearer literal-secret-value"})
    said = f"bad key {SECRET}, header literal-secret-value"
    with Server([Answer(said, status=400)]) as server, pytest.raises(AskError) as caught:
        ask(server, parameters=parameters)
    assert "status 400: bad key ***, header ***" in str(caught.value)
    endpoint = ModelEndpoint("http://127.0.0.1:1/v1#m", parameters)
    assert endpoint.told == {"headers": ["X-Literal"]}
    assert "literal-secret" not in repr(parameters)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gpt-5", "is neither PROVIDER:NAME"),
        ("http://127.0.0.1/v1", "write the address of a server"),
        ("http://#m", "write the address of a server"),
        ("ftp://host/v1#m", "write the address of a server"),
        ("http://host:99999/v1#m", "write the address of a server"),
        ("https://user:pass@host/v1#m", KEY),
        ("https://host/v1?key=abc#m", KEY),
        ("nope:x", "Unknown model: nope:x"),
        ("openai:gpt-5-mini", "set the environment variable OPENAI_API_KEY"),
        ("cohere:command-r", "pip install 'relational-db-agent[cohere]'"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str, says: str) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(InputError) as caught:
        ModelEndpoint(name, Parameters()).open()
    assert says in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert "pass@" not in str(caught.value)


def test_openais_own_models_have_prices_and_others_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    price = ModelEndpoint("openai:gpt-5-mini", Parameters()).price(1_000_000, 0)
    assert price is not None
    assert 0 < price < 100
    assert ModelEndpoint("openai:no-such-model-there-is", Parameters()).price(1, 1) is None
    assert ModelEndpoint("http://127.0.0.1/v1#gpt-5-mini", Parameters()).price(1, 1) is None


def test_what_an_answer_costs_is_told_for_models_that_have_a_price(monkeypatch: pytest.MonkeyPatch) -> None:
    async def once(server: Server) -> Reply:
        monkeypatch.setenv("OPENAI_API_KEY", SECRET)
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        endpoint = ModelEndpoint("openai-chat:gpt-5-mini", Parameters())
        endpoint.open()
        try:
            return await endpoint.ask(Request("Hello?"))
        finally:
            await endpoint.close()

    with Server() as server:
        reply = asyncio.run(once(server))
    price = ModelEndpoint("openai-chat:gpt-5-mini", Parameters()).price(10, 5)
    assert reply.cost == pytest.approx(price)


def test_two_hundred_requests_at_once() -> None:
    async def all_of_them(server: Server) -> Sequence[Reply]:
        endpoint = ModelEndpoint(f"{server.url}#small", Parameters())
        endpoint.open()
        try:
            return await asyncio.gather(*(endpoint.ask(Request(f"{number}")) for number in range(200)))
        finally:
            await endpoint.close()

    with Server(lambda request: Answer(request["messages"][-1]["content"], delay=1.5)) as server:
        replies = asyncio.run(all_of_them(server))
    assert [reply.text for reply in replies] == [str(number) for number in range(200)]
    assert server.together == 200


@pytest.mark.parametrize("given", [None, "7"])
def test_botocore_is_told_to_try_once_and_nobody_else_is(monkeypatch: pytest.MonkeyPatch, given: str | None) -> None:
    """Its package is large, and not installed here."""
    monkeypatch.delenv("AWS_MAX_ATTEMPTS", raising=False)
    if given is not None:
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", given)
    told: list[str | None] = []

    def infer_model(name: str) -> TestModel:
        told.append(os.environ.get("AWS_MAX_ATTEMPTS"))
        return TestModel()

    monkeypatch.setattr("pydantic_ai.models.infer_model", infer_model)
    ModelEndpoint("bedrock:some-model", Parameters()).open()
    assert (told, os.environ.get("AWS_MAX_ATTEMPTS")) == (["1"], given)


def test_an_sdk_that_answers_its_cancellation_with_one_of_its_own_is_out_of_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So does gRPC's."""

    async def model_request(*_: object, **__: object) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise asyncio.CancelledError from None

    monkeypatch.setattr("pydantic_ai.direct.model_request", model_request)
    with Server() as server, pytest.raises(AskError, match=r"no whole answer within 0\.1 s") as caught:
        ask(server, seconds=0.1)
    assert caught.value.trouble is Trouble.PASSING
