"""Models: every provider that pydantic-ai knows, and any server that speaks OpenAI's chat-completions protocol."""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from harness.endpoints.endpoint import AskError, Finish, Reply, Request, Trouble
from harness.endpoints.parameters import Parameters, without_secrets
from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_ai.messages import ModelMessage, ModelResponse
    from pydantic_ai.models import Model
    from pydantic_ai.settings import ModelSettings

KEY = "HARNESS_API_KEY"
"""The variable that holds the key for ``http(s)://host/v1#model``. Another provider's key is never sent there."""

SECONDS = 600.0
"""How long one try may take."""

_COMPATIBLE = "openai-compatible"
_EXTRA = re.compile(r"pydantic-ai-slim\[([a-z-]+)\]")
_WANTED_VARIABLE = re.compile(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+)`")
_PASSING_STATUS = {408, 409, 425, 429}
_FINISH = {"stop": Finish.STOP, "length": Finish.LENGTH, "content_filter": Finish.REFUSAL, None: Finish.STOP}


class ModelEndpoint:
    """A model: ``provider:name`` as pydantic-ai knows it, or ``http(s)://host/v1#model``.

    The SDKs' own retries are off: one ``ask`` is one request. Raises ``InputError`` for what is neither.
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

    def open(self) -> None:
        """Import the provider's SDK and read its key from the environment."""
        self._headers = self._parameters.sent_headers()
        self._model = self._open_url() if self._url else self._infer()

    async def ask(self, request: Request) -> Reply:
        """One request."""
        from pydantic_ai.direct import model_request
        from pydantic_ai.exceptions import ContentFilterError

        assert self._model is not None, "open() comes first"
        settings = {
            **self._parameters.settings(request.seed),
            "max_retries": 0,
            "timeout": self._seconds,
            "request_timeout": self._seconds,
        }
        began = time.monotonic()
        try:
            response = await model_request(
                self._model, _messages(request), model_settings=cast("ModelSettings", settings)
            )
        except ContentFilterError as error:
            return Reply(str(error), Finish.REFUSAL, seconds=time.monotonic() - began)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            raise self._explain(error) from error
        return _reply(response, time.monotonic() - began)

    def price(self, input_tokens: int, output_tokens: int) -> float | None:
        """By genai-prices, which comes with pydantic-ai; only for providers it knows."""
        if self._url:
            return None
        from genai_prices import Usage, calc_price

        provider, _, model = self.name.partition(":")
        with suppress(LookupError, ValueError):
            usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
            return float(calc_price(usage, model, provider_id=provider.removesuffix("-chat")).total_price)
        return None

    async def close(self) -> None:
        """Close the connections of the SDK's client, where it has one."""
        close = getattr(getattr(self._model, "client", None), "close", None)
        if close is not None:
            with suppress(Exception):
                await close()

    def _open_url(self) -> Model[Any]:
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

        from harness.endpoints.limited import limited_client

        provider = OpenAICompatibleProvider(
            _COMPATIBLE, base_url=self._url, api_key=os.environ.get(KEY), http_client=limited_client()
        )
        return OpenAIChatModel(self._model_name, provider=provider)

    def _infer(self) -> Model[Any]:
        from pydantic_ai.exceptions import UserError
        from pydantic_ai.models import infer_model

        try:
            return infer_model(self.name)
        except ImportError as error:
            raise InputError(f"--model: {self.name}: {_missing(str(error))}") from None
        except UserError as error:
            wanted = _WANTED_VARIABLE.search(str(error))
            why = f"set the environment variable {wanted[1]}" if wanted else str(error).partition(". ")[0]
            raise InputError(f"--model: {self.name}: {why}") from None
        except (ValueError, TypeError) as error:
            raise InputError(f"--model: {self.name}: {without_secrets(error, self._headers)}") from None

    def _explain(self, error: Exception) -> AskError:
        """What went wrong, and what may be done about it."""
        from pydantic_ai import exceptions as e

        from harness.endpoints.limited import ReplyTooLargeError

        def told(trouble: Trouble, why: object, *, paid: bool = False) -> AskError:
            after = getattr(error, "retry_after", None)
            message = f"{self.name}: {without_secrets(why, self._headers)}"
            return AskError(message, trouble, retry_after=after, paid=paid)

        status = getattr(error, "status_code", None)
        said = f"status {status}: {_said(getattr(error, 'body', None))}" if status else error
        match error:
            case e.ModelQuotaExceededError() | e.ModelAuthenticationError() | e.ModelNotFoundError():
                return told(Trouble.HOPELESS, said)
            case e.ModelRateLimitError() | e.ModelOverloadedError():
                return told(Trouble.BUSY, said)
            case e.ModelRequestRejectedError():
                return told(Trouble.REFUSED, said)
            case e.ModelTimeoutError() | e.ModelRequestTimeout():
                return told(Trouble.PASSING, f"no whole answer within {self._seconds:g} s", paid=True)
            case e.ModelConnectionError():
                cause = error.__cause__ and error.__cause__.__cause__
                trouble = Trouble.UNREACHABLE if error.phase == "connect" else Trouble.PASSING
                return told(trouble, f"{error}{f' {cause}' if cause else ''}", paid=error.phase == "read")
            case e.ModelHTTPError():
                passing = error.status_code in _PASSING_STATUS or error.status_code >= 500
                return told(Trouble.PASSING if passing else Trouble.REFUSED, said)
            case ReplyTooLargeError():
                return told(Trouble.REFUSED, error, paid=True)
            case e.ModelAPIError() | e.UnexpectedModelBehavior():
                return told(Trouble.PASSING, error, paid=True)
        # the SDKs let errors of their own parsing through: an empty list of choices is an IndexError
        return told(Trouble.PASSING, f"the reply cannot be read: {type(error).__name__}: {error}", paid=True)


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


def _reply(response: ModelResponse, seconds: float) -> Reply:
    details = response.provider_details or {}
    usage = response.usage
    counted = bool(usage.input_tokens or usage.output_tokens)
    return Reply(
        text=response.text or str(details.get("refusal") or ""),
        finish=_FINISH.get(response.finish_reason, Finish.UNKNOWN),
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


def _missing(error: str) -> str:
    found = _EXTRA.search(error)
    if found is None:
        return error.partition(". ")[0]
    ours = importlib.metadata.metadata("relational-db-agent").get_all("Provides-Extra") or []
    package = "relational-db-agent" if found[1] in ours else "pydantic-ai-slim"
    return f"needs a package that is not installed: pip install '{package}[{found[1]}]'"


def _said(body: object) -> object:
    """The message inside an error's body."""
    while isinstance(body, dict) and ("error" in body or "message" in body):
        body = body.get("message") or body.get("error")
    return body or "no reason given"
