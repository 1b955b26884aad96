"""Models: every provider that pydantic-ai knows, and any server that speaks OpenAI's chat-completions protocol."""

from __future__ import annotations

import asyncio
import os
import re
import time
import warnings
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from harness.endpoints.endpoint import AskError, Finish, Reply, Request, Trouble
from harness.endpoints.parameters import OPTIONS
from harness.endpoints.troubles import not_answered, not_opened
from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_ai.messages import ModelMessage, ModelResponse
    from pydantic_ai.models import Model
    from pydantic_ai.settings import ModelSettings

    from harness.endpoints.parameters import Parameters

KEY = "HARNESS_API_KEY"
"""The variable that holds the key for ``http(s)://host/v1#model``. Another provider's key is never sent there."""

SECONDS = 600.0
"""How long one try may take."""

_COMPATIBLE = "openai-compatible"
_ROUTE = re.compile(r"^gateway/|-(?:chat|responses)$")
_FINISH = {"stop": Finish.STOP, "length": Finish.LENGTH, "content_filter": Finish.REFUSAL}


class ModelEndpoint:
    """A model: ``provider:name`` as pydantic-ai knows it, or ``http(s)://host/v1#model``.

    The SDKs' own retries are off (but xAI's, which cannot be): one ``ask`` is one request. Raises ``InputError`` for
    what is neither.
    """

    counts_tokens = True

    def __init__(self, name: str, parameters: Parameters, *, seconds: float = SECONDS) -> None:
        self.name = name
        self._parameters = parameters
        self._seconds = seconds
        self._url, self._model_name = _split_url(name) if "://" in name else ("", "")
        if not self._url and not re.fullmatch(r"[a-z][a-z0-9/-]*:\S+", name):
            raise InputError(
                f"--model: {name[:80]!r} is neither PROVIDER:NAME, such as openai:gpt-5-mini, nor http(s)://HOST/v1#NAME"
            )
        self._model: Model[Any] | None = None
        self._headers: dict[str, str] = {}

    @property
    def identity(self) -> Mapping[str, object]:
        """The name, the parameters, headers with their values as they were given, and where variables lead it."""
        asked = {"model": self.name, **self._parameters.model_dump(exclude={"seed"}, exclude_none=True)}
        return asked | ({} if self._url else _led(self.name))

    @property
    def told(self) -> Mapping[str, object]:
        """The parameters, of headers the names."""
        return self._parameters.told()

    @property
    def longest_answer(self) -> int | None:
        """What the parameters say."""
        return self._parameters.max_output_tokens

    def open(self) -> None:
        """Import the provider's SDK and read its key from the environment; warns of parameters it does not have."""
        from harness.endpoints.limited import limit_replies

        self._headers = self._parameters.sent_headers()
        self._model = self._open_url() if self._url else self._infer()
        if self._model.provider is not None and self._model.provider._own_http_client is not None:
            limit_replies(self._model.provider._own_http_client)
        wanted = self._settings(self._parameters.seed)
        if left_out := ", ".join(OPTIONS[each] for each in OPTIONS if each in wanted and not self._takes(each)):
            warnings.warn(f"{self.name}: has no {left_out}, which is left out", stacklevel=2)

    async def ask(self, request: Request) -> Reply:
        """One request."""
        from pydantic_ai.direct import model_request

        assert self._model is not None, "open() comes first"
        wanted = self._settings(request.seed) | {"max_retries": 0, "timeout": self._seconds}
        settings = {each: value for each, value in wanted.items() if self._takes(each)}
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._seconds):
                response = await model_request(
                    self._model, _messages(request), model_settings=cast("ModelSettings", settings)
                )
        except Exception as error:
            raise not_answered(error, self.name, self._seconds, self._headers) from error
        if why := _unfinished(response):
            raise AskError(f"{self.name}: {why}", Trouble.PASSING, paid=True)
        return _reply(response, time.monotonic() - began)

    def price(self, input_tokens: int, output_tokens: int) -> float | None:
        """By genai-prices, which comes with pydantic-ai; only for providers it knows."""
        if self._url:
            return None
        from genai_prices import Usage, calc_price

        provider, _, model = self.name.partition(":")
        with suppress(LookupError, ValueError):
            usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
            return float(calc_price(usage, model, provider_id=_ROUTE.sub("", provider)).total_price)
        return None

    async def close(self) -> None:
        """Close the connections."""
        if self._model is not None:
            with suppress(Exception):
                async with self._model:
                    pass  # leaving it is what closes them

    def _settings(self, seed: int | None) -> dict[str, Any]:
        """What is asked for; of a server that nobody knows, the effort as it is."""
        wanted = self._parameters.settings(seed)
        if self._url and wanted.pop("thinking", None) is not None:
            wanted["openai_reasoning_effort"] = self._parameters.reasoning_effort
        return wanted

    def _takes(self, setting: str) -> bool:
        assert self._model is not None
        if setting == "thinking":
            profile = self._model.profile
            return bool(profile.get("supports_thinking") or profile.get("thinking_always_enabled"))
        return setting not in self._model.unsupported_settings

    def _open_url(self) -> Model[Any]:
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

        provider = OpenAICompatibleProvider(_COMPATIBLE, base_url=self._url, api_key=os.environ.get(KEY))
        return OpenAIChatModel(self._model_name, provider=provider)

    def _infer(self) -> Model[Any]:
        from pydantic_ai.models import infer_model

        try:
            with _one_try_of_botocore():
                return infer_model(self.name)
        except Exception as error:
            raise not_opened(error, self.name) from None


@contextmanager
def _one_try_of_botocore() -> Iterator[None]:
    """Bedrock's SDK can be told only by the environment, which commands get, too, how often to try."""
    given = os.environ.get("AWS_MAX_ATTEMPTS")
    os.environ["AWS_MAX_ATTEMPTS"] = "1"
    try:
        yield
    finally:
        del os.environ["AWS_MAX_ATTEMPTS"]
        if given is not None:
            os.environ["AWS_MAX_ATTEMPTS"] = given


def _split_url(name: str) -> tuple[str, str]:
    url, _, model = name.partition("#")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or True)
    except ValueError:
        usable = False
    if not usable or not model:
        raise InputError("--model: write the address of a server as http(s)://HOST[:PORT]/v1#MODEL")
    if parts.username or parts.password or parts.query:
        raise InputError(f"--model: no keys in an address: put the key into the environment variable {KEY}")
    return url, model


def _led(name: str) -> dict[str, object]:
    """The variables of the environment that lead a provider's requests to another server, such as OPENAI_BASE_URL."""
    provider = re.split(r"[^a-z]", name, maxsplit=1)[0].upper()
    leads = re.compile(rf"{provider}_(?:\w+_)?(?:BASE_URL|ENDPOINT)")
    held = {variable: value for variable, value in sorted(os.environ.items()) if leads.fullmatch(variable) and value}
    return {"variables": held} if held else {}


def _messages(request: Request) -> list[ModelMessage]:
    from pydantic_ai.messages import ModelRequest, SystemPromptPart, UserPromptPart

    parts: list[SystemPromptPart | UserPromptPart] = [UserPromptPart(request.prompt)]
    if request.system:
        parts.insert(0, SystemPromptPart(request.system))
    return [ModelRequest(parts=parts)]


def _unfinished(response: ModelResponse) -> str:
    """Why what came is no answer, where it is none: nothing says that it ended, or it is said to have failed."""
    told = (response.provider_details or {}).get("finish_reason")
    if response.finish_reason == "error":
        return f"the answer ended in an error ({told})"
    return "" if response.finish_reason or told else "the answer has no end"


def _reply(response: ModelResponse, seconds: float) -> Reply:
    details = response.provider_details or {}
    usage = response.usage
    counted = bool(usage.input_tokens or usage.output_tokens)
    return Reply(
        text=response.text or str(details.get("refusal") or details.get("block_reason_message") or ""),
        finish=_FINISH.get(response.finish_reason or "", Finish.UNKNOWN),
        input_tokens=usage.input_tokens if counted else None,
        output_tokens=usage.output_tokens if counted else None,
        cost=_cost(response) if counted else None,
        model=response.model_name or "",
        id=response.provider_response_id or "",
        seconds=seconds,
    )


def _cost(response: ModelResponse) -> float | None:
    if response.provider_name == _COMPATIBLE:
        return None  # what it charges is not known, whatever its models are called
    with suppress(LookupError, ValueError, AssertionError):
        return float(response.cost().total_price)
    return None
