"""Providers whose protocols are spoken on the loopback: the variables that send their SDKs to a server here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.endpoints.endpoint import Request
from harness.endpoints.models import ModelEndpoint
from harness.endpoints.parameters import Parameters

if TYPE_CHECKING:
    import pytest

    from harness.endpoints.endpoint import Reply
    from tests.endpoints.server import Server

SECRET = "sk-very-secret-0123456789"


@dataclass(frozen=True)
class Spoken:
    """A model; ``key`` and ``base`` are variables, ``path`` is what the base has after the server's root."""

    model: str
    key: str
    base: str
    path: str = ""
    more: tuple[tuple[str, str], ...] = ()
    parameters: Parameters = field(default_factory=Parameters)

    def send_to(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(self.key, SECRET)
        monkeypatch.setenv(self.base, server.root + self.path)
        for name, value in self.more:
            monkeypatch.setenv(name, value)


OPENAI = Spoken("openai:gpt-5-mini", "OPENAI_API_KEY", "OPENAI_BASE_URL", "/v1")
CHAT = Spoken("openai-chat:gpt-5-mini", "OPENAI_API_KEY", "OPENAI_BASE_URL", "/v1")
ANTHROPIC = Spoken("anthropic:claude-sonnet-5", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL")
UNSTREAMED = replace(ANTHROPIC, parameters=Parameters(max_output_tokens=4000))
"""Anthropic's SDK asks for a stream where the answer may be long, as it may by pydantic-ai's own limit."""
GOOGLE = Spoken("google:gemini-2.5-flash", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL")
GROQ = Spoken("groq:llama-3.3-70b-versatile", "GROQ_API_KEY", "GROQ_BASE_URL")

PROTOCOLS = (OPENAI, CHAT, ANTHROPIC, UNSTREAMED, GOOGLE, GROQ)
"""One for each protocol and SDK."""

_GATEWAY = ("PYDANTIC_AI_GATEWAY_API_KEY", "PYDANTIC_AI_GATEWAY_BASE_URL")
_AZURE = ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT", "", (("OPENAI_API_VERSION", "2025-03-01-preview"),))
OTHERS = (
    Spoken("openai-responses:gpt-5-mini", "OPENAI_API_KEY", "OPENAI_BASE_URL", "/v1"),
    Spoken("azure:gpt-5-mini", *_AZURE),
    Spoken("azure-responses:gpt-5-mini", *_AZURE),
    Spoken("github-copilot:gpt-5-mini", "GITHUB_COPILOT_API_KEY", "GITHUB_COPILOT_BASE_URL"),
    Spoken("google-cloud:gemini-2.5-flash", "GOOGLE_API_KEY", "GOOGLE_VERTEX_BASE_URL"),
    Spoken("gateway/openai:gpt-5-mini", *_GATEWAY),
    Spoken("gateway/anthropic:claude-sonnet-5", *_GATEWAY),
    Spoken("gateway/google:gemini-2.5-flash", *_GATEWAY),
    Spoken("gateway/groq:llama-3.3-70b-versatile", *_GATEWAY),
    Spoken("ollama:small", "OLLAMA_API_KEY", "OLLAMA_BASE_URL", "/v1"),
    Spoken("vllm:small", "VLLM_API_KEY", "VLLM_BASE_URL", "/v1"),
)
"""More names for the same protocols, as far as a variable says where they go."""


def ask(
    model: str, request: Request | None = None, *, parameters: Parameters | None = None, seconds: float = 30
) -> Reply:
    """One request, from opening to closing."""

    async def once() -> Reply:
        endpoint = ModelEndpoint(model, parameters or Parameters(), seconds=seconds)
        endpoint.open()
        try:
            return await endpoint.ask(request or Request("Hello?"))
        finally:
            await endpoint.close()

    return asyncio.run(once())
