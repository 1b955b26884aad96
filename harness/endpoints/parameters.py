"""How models are asked: sampling parameters and headers."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
OPTIONS = {
    "temperature": "--temperature",
    "top_p": "--top-p",
    "max_tokens": "--max-output-tokens",
    "seed": "--seed",
    "thinking": "--reasoning-effort",
    "extra_headers": "--header",
}
"""What pydantic-ai's settings are called on the command line."""

_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*)")
_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD", re.IGNORECASE)
_SHORTEST_SECRET = 8
_LONGEST_MESSAGE = 300


class Parameters(BaseModel):
    """What a model is asked with; None leaves it to the provider.

    ``headers`` are values as they were given: ``$NAME`` stands for a variable of the environment.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    temperature: float | None = Field(default=None, ge=0, le=5)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_output_tokens: int | None = Field(default=None, ge=1)
    seed: int | None = None
    reasoning_effort: Effort | None = None
    headers: dict[str, str] = Field(default_factory=dict, repr=False)

    def told(self) -> dict[str, object]:
        """What may be stored and shown: the names of headers, never their values."""
        shown: dict[str, object] = self.model_dump(exclude={"headers"}, exclude_none=True)
        return shown | ({"headers": sorted(self.headers)} if self.headers else {})

    def settings(self, seed: int | None) -> dict[str, Any]:
        """As pydantic-ai's ``ModelSettings``, with the seed of one request."""
        effort = False if self.reasoning_effort == "none" else self.reasoning_effort
        wanted = {
            "temperature": self.temperature,
            "top_p": self.top_p,
            "max_tokens": self.max_output_tokens,
            "seed": seed,
            "thinking": effort,
            "extra_headers": self.sent_headers() or None,
        }
        return {name: value for name, value in wanted.items() if value is not None}

    def sent_headers(self) -> dict[str, str]:
        """The headers with the variables of the environment in place; ``InputError`` names one that is not set."""
        return {name: _filled(name, value) for name, value in self.headers.items()}


def read_headers(options: Iterable[str]) -> dict[str, str]:
    """``Name: value`` lines as a dictionary; ``InputError`` for what is no header, which is not repeated in it."""
    headers: dict[str, str] = {}
    for number, option in enumerate(options, 1):
        found = _HEADER.fullmatch(option.strip())
        if found is None:
            raise InputError(f"--header: number {number} is not of the form 'Name: value'")
        headers[found[1]] = found[2]
    return headers


def without_secrets(message: object, headers: dict[str, str], *, end: bool = False) -> str:
    """One line, with the values of headers and of secret variables taken out.

    It has at most 300 characters: the first ones, or the last ones where the ``end`` says more.
    """
    text = " ".join(str(message).split())
    secrets = {value for value in headers.values() if len(value) >= _SHORTEST_SECRET}
    secrets |= {word for value in headers.values() for word in value.split() if len(word) >= _SHORTEST_SECRET}
    secrets |= {v for name, v in os.environ.items() if _SECRET.search(name) and len(v) >= _SHORTEST_SECRET}
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    if len(text) <= _LONGEST_MESSAGE:
        return text
    return f"...{text[3 - _LONGEST_MESSAGE :]}" if end else f"{text[: _LONGEST_MESSAGE - 3]}..."


def _filled(header: str, value: str) -> str:
    def variable(found: re.Match[str]) -> str:
        content = os.environ.get(found[1])
        if content is None:
            raise InputError(f"--header: {header} wants the environment variable {found[1]}, which is not set")
        return content

    return _VARIABLE.sub(variable, value)
