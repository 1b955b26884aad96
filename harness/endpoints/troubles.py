"""What is wrong when a model cannot be asked or does not answer, and what may be done about it."""

from __future__ import annotations

import importlib.metadata
import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from harness.endpoints.endpoint import AskError, Trouble
from harness.endpoints.parameters import without_secrets
from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXTRA = re.compile(r"pydantic-ai-slim\[([a-z-]+)\]")
_MESSAGE = ("message", "Message", "error", "Error")
_NO_CREDENTIALS = {"NoCredentialsError", "PartialCredentialsError", "DefaultCredentialsError", "RefreshError"}
"""What the SDKs of clouds, which may not be installed, raise when they look for a key and find none that is good."""

_WANTED_VARIABLE = re.compile(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+)`")
_PASSING_STATUS = {408, 409, 425, 429}


def not_opened(error: Exception, name: str) -> InputError:
    """Why the model ``name`` cannot be asked, from what its provider or SDK raised: the package or variable it lacks.

    The SDKs have errors of their own for what their settings lack, such as those of a cloud's credentials.
    """
    from pydantic_ai.exceptions import UserError

    wanted = _WANTED_VARIABLE.search(str(error)) if isinstance(error, UserError) else None
    match error:
        case ImportError():
            why = _missing(str(error))
        case UserError() if wanted:
            why = f"set the environment variable {wanted[1]}"
        case UserError() if "`region_name`" in str(error):
            why = "set the environment variable AWS_DEFAULT_REGION"
        case _:
            why = str(error) or type(error).__name__
    return InputError(f"--model: {name}: {without_secrets(why, {})}")


def not_answered(error: Exception, name: str, seconds: float, headers: dict[str, str]) -> AskError:
    """Why the model ``name`` did not answer within ``seconds``; the values of ``headers`` are not told."""
    from pydantic_ai import exceptions as e

    from harness.endpoints.limited import UnusableReplyError

    def told(trouble: Trouble, why: object, *, paid: bool = False) -> AskError:
        after = getattr(error, "retry_after", None)
        return AskError(f"{name}: {without_secrets(why, headers)}", trouble, retry_after=after, paid=paid)

    if unusable := next((each for each in _causes(error) if isinstance(each, UnusableReplyError)), None):
        return told(Trouble.REFUSED, unusable, paid=True)
    status = getattr(error, "status_code", None)
    said = f"status {status}: {_said(getattr(error, 'body', None))}" if status else error
    match error:
        case e.UserError():
            return told(Trouble.HOPELESS, str(error).partition(". ")[0])  # the rest is advice for programmers
        case _ if type(error).__name__ in _NO_CREDENTIALS:
            return told(Trouble.HOPELESS, error)
        case e.ModelQuotaExceededError() | e.ModelAuthenticationError() | e.ModelNotFoundError():
            return told(Trouble.HOPELESS, said)
        case e.ModelRateLimitError() | e.ModelOverloadedError():
            return told(Trouble.BUSY, said)
        case e.ModelRequestRejectedError():
            return told(Trouble.REFUSED, said)
        case TimeoutError() | e.ModelTimeoutError():
            return told(Trouble.PASSING, f"no whole answer within {seconds:g} s", paid=True)
        case e.ModelConnectionError():
            trouble = Trouble.UNREACHABLE if error.phase == "connect" else Trouble.PASSING
            return told(trouble, _with_cause(error), paid=error.phase == "read")
        case e.ModelHTTPError():
            passing = error.status_code in _PASSING_STATUS or error.status_code >= 500
            return told(Trouble.PASSING if passing else Trouble.REFUSED, said)
        case e.ModelAPIError() | e.UnexpectedModelBehavior():
            return told(Trouble.PASSING, error, paid=True)
        case IndexError():  # the SDKs let errors of their own parsing through: this one is of an empty list of choices
            return told(Trouble.PASSING, "the reply holds no answer", paid=True)
    return told(Trouble.PASSING, f"the reply cannot be read: {type(error).__name__}: {error}", paid=True)


def _missing(error: str) -> str:
    found = _EXTRA.search(error)
    if found is None:
        return error
    ours = importlib.metadata.metadata("relational-db-agent").get_all("Provides-Extra") or []
    package = "relational-db-agent" if found[1] in ours else "pydantic-ai-slim"
    return f"needs a package that is not installed: pip install '{package}[{found[1]}]'"


def _said(body: object) -> object:
    """The message inside an error's body, which some SDKs hand on as it came."""
    if isinstance(body, str | bytes):
        with suppress(ValueError, RecursionError):
            body = json.loads(body)
    while isinstance(body, dict) and (inner := [body[each] for each in _MESSAGE if body.get(each)]):
        body = inner[0]
    return body or "no reason given"


def _with_cause(error: Exception) -> str:
    """Some SDKs say no more than that there was a connection error."""
    cause = str((error.__cause__ and error.__cause__.__cause__) or "")
    return str(error) if cause in str(error) else f"{error} {cause}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
