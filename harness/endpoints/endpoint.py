"""What can be asked: a request, the reply to it, and how asking fails."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from harness.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.skills import Skill


class Finish(StrEnum):
    """Why an answer ends where it ends."""

    STOP = "stop"
    LENGTH = "length"  # cut: a limit of tokens was reached
    REFUSAL = "refusal"  # the model, or a filter before it, would not answer
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: the prompt, with a skill or without. ``system`` is the skill's text, for models; "" for none."""

    prompt: str
    system: str = ""
    seed: int | None = None
    skill: Skill | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Tokens and ``cost`` (US dollars) are None where the endpoint does not tell them.

    ``model`` and ``id`` are what the endpoint calls itself and the reply, ``seconds`` the time of the successful try.
    """

    text: str
    finish: Finish = Finish.STOP
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None
    model: str = ""
    id: str = ""
    seconds: float = 0.0


class Trouble(StrEnum):
    """What may be done about a request that failed."""

    BUSY = "busy"  # try again, with fewer requests at once
    PASSING = "passing"  # try again
    UNREACHABLE = "unreachable"  # try again: nothing was sent, as there is no connection
    REFUSED = "refused"  # this request will never succeed
    HOPELESS = "hopeless"  # no request to this endpoint will: a wrong key, no such model, no credit


class AskError(HarnessError):
    """A request failed; one line that says why. ``retry_after``: the seconds that the endpoint asks to wait.

    ``paid``: the endpoint may have worked, and charge for it, before the request failed.
    """

    def __init__(self, message: str, trouble: Trouble, *, retry_after: float | None = None, paid: bool = False) -> None:
        super().__init__(message)
        self.trouble = trouble
        self.retry_after = retry_after
        self.paid = paid


class Endpoint(Protocol):
    """Something that answers requests."""

    @property
    def name(self) -> str:
        """What reports call it: the model's name, or the command."""

    @property
    def identity(self) -> Mapping[str, object]:
        """All that its answers depend on, as JSON; only a digest of it is kept."""

    @property
    def told(self) -> Mapping[str, object]:
        """How it is asked, as JSON, to be kept and shown: no secrets."""

    def open(self) -> None:
        """Make ready to be asked. Raises ``InputError`` for a name, key or package that is missing."""

    async def ask(self, request: Request) -> Reply:
        """One try, no retries. Raises ``AskError``."""

    def price(self, input_tokens: int, output_tokens: int) -> float | None:
        """US dollars for so many tokens; None where no price is known."""

    @property
    def longest_answer(self) -> int | None:
        """The tokens that an answer may have; None where no limit was given."""

    @property
    def counts_tokens(self) -> bool:
        """Whether its replies tell how many tokens were used."""

    async def close(self) -> None:
        """Let go of connections."""
