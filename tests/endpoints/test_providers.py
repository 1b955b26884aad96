from __future__ import annotations

import asyncio
import time
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from pydantic_ai.models.groq import GroqModel

from harness.endpoints.endpoint import AskError, Finish, Reply, Request, Trouble
from harness.endpoints.models import ModelEndpoint
from harness.endpoints.parameters import Parameters
from tests.endpoints.server import Answer, Server
from tests.endpoints.spoken import (
    ANTHROPIC,
    CHAT,
    GOOGLE,
    GROQ,
    OPENAI,
    OTHERS,
    PROTOCOLS,
    SECRET,
    UNSTREAMED,
    Spoken,
    ask,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def name_of(value: object) -> str | None:
    match value:
        case Spoken():
            return f"{value.model}{' unstreamed' if value is UNSTREAMED else ''}"
        case Answer():
            return f"{value.status}{value.fault}"
    return None


each_protocol = pytest.mark.parametrize("spoken", PROTOCOLS, ids=name_of)


@each_protocol
@pytest.mark.parametrize(
    ("answer", "text", "finish"),
    [
        (Answer("Bonjour"), "Bonjour", Finish.STOP),
        (Answer("def f(", finish="length"), "def f(", Finish.LENGTH),
        (Answer("half of", finish="content_filter"), "half of", Finish.REFUSAL),
        (Answer("", finish="content_filter"), "", Finish.REFUSAL),
        (Answer("x" * 10_000_000), "x" * 10_000_000, Finish.STOP),
        (Answer("half \ud800 a character \0"), "half \ud800 a character \0", Finish.STOP),
    ],
    ids=["whole", "cut", "filtered", "nothing left", "10 MB", "half a character"],
)
def test_answers(monkeypatch: pytest.MonkeyPatch, spoken: Spoken, answer: Answer, text: str, finish: Finish) -> None:
    with Server([answer]) as server:
        spoken.send_to(server, monkeypatch)
        reply = ask(spoken.model, parameters=spoken.parameters)
    assert server.requests[0].get("stream", False) is (spoken is ANTHROPIC)
    assert (reply.text == text, reply.finish) == (True, finish)
    assert (reply.input_tokens, reply.output_tokens) == (10, 5)
    assert reply.model == spoken.model.partition(":")[2]
    assert reply.id.endswith("1")


@pytest.mark.parametrize("spoken", [OPENAI, CHAT, ANTHROPIC, GOOGLE], ids=name_of)
def test_a_refusal_is_told_in_its_own_words(monkeypatch: pytest.MonkeyPatch, spoken: Spoken) -> None:
    with Server([Answer("", refusal="I cannot help")]) as server:
        spoken.send_to(server, monkeypatch)
        reply = ask(spoken.model)
    assert (reply.text, reply.finish) == ("I cannot help", Finish.REFUSAL)


@each_protocol
@pytest.mark.parametrize(
    ("answer", "trouble", "after", "says"),
    [
        (Answer(status=429, headers={"retry-after": "7"}), Trouble.BUSY, 7, "429"),
        (Answer(status=429, headers={"retry-after-ms": "1500"}), Trouble.BUSY, 1.5, "429"),
        (Answer(status=529, headers={"retry-after": "2"}), Trouble.BUSY, 2, "529"),
        (Answer("broken", status=500), Trouble.PASSING, None, "status 500: broken"),
        (Answer(status=503, headers={"retry-after": "3"}), Trouble.PASSING, 3, "503"),
        (Answer(status=408), Trouble.PASSING, None, "408"),
        (Answer("too long", status=400), Trouble.REFUSED, None, "status 400: too long"),
        (Answer(status=402), Trouble.HOPELESS, None, "402"),
        (Answer(f"no key {SECRET}", status=401), Trouble.HOPELESS, None, "status 401: no key ***"),
        (Answer(status=404), Trouble.HOPELESS, None, "404"),
        (Answer(fault="hang"), Trouble.PASSING, None, "no whole answer within 0.5 s"),
        (Answer(fault="loris"), Trouble.PASSING, None, "no whole answer within 0.5 s"),
        (Answer(fault="cut"), Trouble.PASSING, None, "peer closed connection"),
        (Answer(fault="refuse"), Trouble.PASSING, None, "Server disconnected"),
        (Answer(fault="truncated"), Trouble.PASSING, None, ""),
        (Answer(fault="type"), Trouble.PASSING, None, ""),
        (Answer(fault="endless"), Trouble.REFUSED, None, "the reply has more than 1 MiB"),
        (Answer(fault="compressed"), Trouble.REFUSED, None, "the reply is compressed"),
    ],
    ids=name_of,
)
def test_faults_are_told_apart_and_nothing_is_tried_behind_our_back(
    monkeypatch: pytest.MonkeyPatch, spoken: Spoken, answer: Answer, trouble: Trouble, after: float | None, says: str
) -> None:
    monkeypatch.setattr("harness.endpoints.limited.MAX_REPLY_BYTES", 1024 * 1024)
    seconds = 0.5 if answer.fault in {"hang", "loris"} else 30
    with Server([answer]) as server:
        spoken.send_to(server, monkeypatch)
        with pytest.raises(AskError) as caught:
            ask(spoken.model, parameters=spoken.parameters, seconds=seconds)
    assert (caught.value.trouble, caught.value.retry_after) == (trouble, after)
    assert says in str(caught.value)
    assert str(caught.value).count(says) == 1 or not says
    assert len(str(caught.value).splitlines()) == 1
    assert len(server.requests) == 1
    assert server.headers[0]["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("spoken", "answer", "trouble", "says"),
    [
        (ANTHROPIC, Answer("y" * 999, fault="truncated"), Trouble.PASSING, "the answer has no end"),
        (ANTHROPIC, Answer(fault="overloaded"), Trouble.BUSY, "Overloaded"),
        (OPENAI, Answer(finish="failed"), Trouble.PASSING, "the answer ended in an error (failed)"),
        (CHAT, Answer(fault="empty"), Trouble.PASSING, "the reply holds no answer"),
        (GROQ, Answer(fault="empty"), Trouble.PASSING, "the reply holds no answer"),
        (GOOGLE, Answer(fault="empty"), Trouble.PASSING, "the answer has no end"),
        (GOOGLE, Answer("", finish="LANGUAGE"), Trouble.PASSING, "the answer ended in an error (LANGUAGE)"),
    ],
    ids=name_of,
)
def test_what_is_no_whole_answer_is_none(
    monkeypatch: pytest.MonkeyPatch, spoken: Spoken, answer: Answer, trouble: Trouble, says: str
) -> None:
    with Server([answer]) as server:
        spoken.send_to(server, monkeypatch)
        with pytest.raises(AskError) as caught:
            ask(spoken.model)
    assert (caught.value.trouble, len(server.requests)) == (trouble, 1)
    assert says in str(caught.value)


@pytest.mark.parametrize("spoken", [CHAT, ANTHROPIC, GOOGLE, GROQ], ids=name_of)
def test_an_end_that_nobody_knows_is_no_ordinary_one(monkeypatch: pytest.MonkeyPatch, spoken: Spoken) -> None:
    with Server([Answer("odd", finish="OTHER")]) as server:
        spoken.send_to(server, monkeypatch)
        assert ask(spoken.model).finish is Finish.UNKNOWN


@pytest.mark.parametrize("spoken", OTHERS, ids=name_of)
def test_other_names_for_the_same_protocols(monkeypatch: pytest.MonkeyPatch, spoken: Spoken) -> None:
    with Server([Answer(status=429, headers={"retry-after": "3"}), Answer("fine"), Answer(fault="endless")]) as server:
        spoken.send_to(server, monkeypatch)
        with pytest.raises(AskError) as caught:
            ask(spoken.model)
        assert (caught.value.trouble, caught.value.retry_after) == (Trouble.BUSY, 3)
        assert ask(spoken.model).text == "fine"
        with pytest.raises(AskError, match="more than 32 MiB"):
            ask(spoken.model)
    assert len(server.requests) == 3


GIVEN = {"temperature": 0.5, "top_p": 0.9, "seed": 7}


@pytest.mark.parametrize(
    ("spoken", "model", "sent", "left_out"),
    [
        (OPENAI, "openai:gpt-4.1-mini", {"temperature": 0.5, "top_p": 0.9, "max_output_tokens": 99}, "--seed"),
        (CHAT, "openai-chat:gpt-4.1-mini", {**GIVEN, "max_completion_tokens": 99}, ""),
        (ANTHROPIC, "anthropic:claude-haiku-4-5", {"temperature": 0.5, "top_p": 0.9, "max_tokens": 99}, "--seed"),
        (GOOGLE, GOOGLE.model, {"temperature": 0.5, "topP": 0.9, "maxOutputTokens": 99, "seed": 7}, ""),
        (GROQ, GROQ.model, {**GIVEN, "max_tokens": 99}, ""),
    ],
    ids=name_of,
)
def test_parameters_and_headers_are_sent_and_what_a_provider_lacks_is_told(
    monkeypatch: pytest.MonkeyPatch, spoken: Spoken, model: str, sent: dict[str, Any], left_out: str
) -> None:
    monkeypatch.setenv("TEAM_TOKEN", SECRET)
    parameters = Parameters(
        temperature=0.5, top_p=0.9, max_output_tokens=99, seed=7, headers={"X-Team": "a $TEAM_TOKEN"}
    )
    with Server() as server, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        spoken.send_to(server, monkeypatch)
        ask(model, Request("Hello?", "Be brief.", seed=7), parameters=parameters)
    [body], [headers] = server.requests, server.headers
    body = body.get("generationConfig", body)
    known = {"temperature", "top_p", "topP", "seed"} | {name for name in body if "max" in name}
    assert {name: body[name] for name in known & body.keys()} == sent
    assert headers["x-team"] == f"a {SECRET}"
    assert str(server.requests[0]).count("Be brief.") == 1
    told = [str(each.message) for each in said if each.category is UserWarning]
    assert told == ([f"{model}: has no {left_out}, which is left out"] if left_out else [])


@pytest.mark.parametrize(
    ("spoken", "model", "effort", "sent"),  # nothing is sent to a model that does not reason
    [
        (OPENAI, OPENAI.model, "low", {"reasoning": {"effort": "low"}}),
        (OPENAI, OPENAI.model, "max", {"reasoning": {"effort": "high"}}),
        (CHAT, CHAT.model, "low", {"reasoning_effort": "low"}),
        (ANTHROPIC, ANTHROPIC.model, "max", {"output_config": {"effort": "max"}, "thinking": {"type": "adaptive"}}),
        (ANTHROPIC, ANTHROPIC.model, "none", {"thinking": {"type": "disabled"}}),
        (GOOGLE, GOOGLE.model, "none", {"thinkingConfig": {"thinking_budget": 0}}),
        (GROQ, "groq:openai/gpt-oss-20b", "low", {"reasoning_effort": "low"}),
        (GROQ, GROQ.model, "low", {}),
    ],
)
def test_effort_is_the_nearest_that_a_model_has(
    monkeypatch: pytest.MonkeyPatch, spoken: Spoken, model: str, effort: str, sent: dict[str, Any]
) -> None:
    with Server() as server, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        spoken.send_to(server, monkeypatch)
        ask(model, parameters=Parameters.model_validate({"reasoning_effort": effort}))
    left_out = [f"{model}: has no --reasoning-effort, which is left out"]
    assert [str(each.message) for each in said if each.category is UserWarning] == ([] if sent else left_out)
    body = server.requests[0].get("generationConfig", server.requests[0])
    efforts = {"reasoning", "reasoning_effort", "output_config", "thinking", "thinkingConfig"}
    assert {name: body[name] for name in efforts & body.keys()} == sent


@each_protocol
def test_what_an_answer_costs(monkeypatch: pytest.MonkeyPatch, spoken: Spoken) -> None:
    with Server() as server:
        spoken.send_to(server, monkeypatch)
        cost = ask(spoken.model, parameters=spoken.parameters).cost
    price = ModelEndpoint(spoken.model, spoken.parameters).price(10, 5)
    assert cost is not None
    assert 0 < cost == pytest.approx(price)


@pytest.mark.parametrize(
    ("model", "like"),
    [
        ("openai-responses:gpt-5-mini", OPENAI.model),
        ("azure-responses:gpt-5-mini", "azure:gpt-5-mini"),
        ("gateway/groq:llama-3.3-70b-versatile", GROQ.model),
        ("google-cloud:gemini-2.5-flash", GOOGLE.model),
        ("ollama:gpt-5-mini", None),
    ],
)
def test_prices_of_other_names(model: str, like: str | None) -> None:
    price = ModelEndpoint(model, Parameters()).price(1_000_000, 1_000_000)
    assert price == (ModelEndpoint(like, Parameters()).price(1_000_000, 1_000_000) if like else None)
    assert (price or 0) > 0 or like is None


def test_what_a_model_does_not_take_is_not_given_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else pydantic-ai would warn of limits that nobody asked for."""
    monkeypatch.setattr(GroqModel, "unsupported_settings", frozenset({"timeout", "max_retries", "extra_headers"}))
    with Server() as server, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        GROQ.send_to(server, monkeypatch)
        ask(GROQ.model, parameters=Parameters(headers={"X-Team": "a"}))
    assert [str(each.message) for each in said] == [f"{GROQ.model}: has no --header, which is left out"]
    assert "x-team" not in server.headers[0]


@each_protocol
def test_closing_closes_all_connections(monkeypatch: pytest.MonkeyPatch, spoken: Spoken) -> None:
    async def some() -> None:
        endpoint = ModelEndpoint(spoken.model, spoken.parameters)
        endpoint.open()
        await asyncio.gather(*(endpoint.ask(Request("?")) for _ in range(3)))
        assert server.connected == 3
        await endpoint.close()
        deadline = time.monotonic() + 10
        while server.connected and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        assert server.connected == 0

    with Server([Answer(delay=0.3)]) as server:
        spoken.send_to(server, monkeypatch)
        asyncio.run(some())


@each_protocol
def test_a_hundred_requests_at_once(monkeypatch: pytest.MonkeyPatch, spoken: Spoken) -> None:
    async def all_of_them() -> Sequence[Reply]:
        endpoint = ModelEndpoint(spoken.model, spoken.parameters)
        endpoint.open()
        try:
            return await asyncio.gather(*(endpoint.ask(Request("?")) for _ in range(100)))
        finally:
            await endpoint.close()

    with Server([Answer("fine", delay=1.5)]) as server:
        spoken.send_to(server, monkeypatch)
        replies = asyncio.run(all_of_them())
    assert [reply.text for reply in replies] == ["fine"] * 100
    assert server.together == 100


@pytest.mark.parametrize("model", ["openai-decisions:gpt-5", "google-decisions:gemini-2.5-flash"])
def test_a_model_that_writes_no_text_is_given_up_at_once(monkeypatch: pytest.MonkeyPatch, model: str) -> None:
    with Server() as server:
        for spoken in (OPENAI, GOOGLE):
            spoken.send_to(server, monkeypatch)
        with pytest.raises(AskError, match="Text output is not supported by this model") as caught:
            ask(model)
    assert (caught.value.trouble, caught.value.paid, server.requests) == (Trouble.HOPELESS, False, [])
