from __future__ import annotations

import pytest
from pydantic_ai.exceptions import ModelHTTPError, UserError

from harness.endpoints.endpoint import Trouble
from harness.endpoints.troubles import not_answered, not_opened

SECRET = "sk-very-secret-0123456789"


class NoCredentialsError(Exception):
    """As botocore's is called."""


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            UserError("Set the `X_API_KEY` environment variable. To try it without, ..."),
            "set the environment variable X_API_KEY",
        ),
        (UserError("You must provide a `region_name` or a client."), "set the environment variable AWS_DEFAULT_REGION"),
        (UserError("No credentials found. Run `codex login`."), "No credentials found. Run `codex login`."),
        (ImportError('use `pip install "pydantic-ai-slim[mistral]"`'), "pip install 'relational-db-agent[mistral]'"),
        (ImportError('use `pip install "pydantic-ai-slim[other]"`'), "pip install 'pydantic-ai-slim[other]'"),
        (ImportError("No module named 'x'"), "No module named 'x'"),
        (NoCredentialsError("Your credentials\nwere not found"), "Your credentials were not found"),
        (NoCredentialsError(), "NoCredentialsError"),
        (ValueError(f"cannot use {SECRET}"), "cannot use ***"),
    ],
    ids=repr,
)
def test_why_a_model_cannot_be_asked(monkeypatch: pytest.MonkeyPatch, error: Exception, says: str) -> None:
    monkeypatch.setenv("X_API_KEY", SECRET)
    told = str(not_opened(error, "a:b"))
    assert told.startswith("--model: a:b: ")
    assert told.endswith(says)
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"error": {"message": "why"}}, "why"),
        ({"message": "why", "error": {"message": "other"}}, "why"),
        ({"Error": {"Message": "why", "Code": "x"}, "ResponseMetadata": {}}, "why"),
        ('{"error": "why"}', "why"),
        (b'{"message": "why"}', "why"),
        ("why", "why"),
        ({"code": 1}, "{'code': 1}"),
        ({"error": {}}, "{'error': {}}"),
        ("[" * 100_000, "[[["),
        ('"' + "9" * 9, '"999'),
        ("9" * 9999, "999"),
        (None, "no reason given"),
        ({}, "no reason given"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_a_server_says_is_taken_out_of_any_body(body: object, says: str) -> None:
    told = not_answered(ModelHTTPError(status_code=400, model_name="b", body=body), "a:b", 1, {})
    assert str(told).startswith(f"a:b: status 400: {says}")
    assert len(str(told)) < 320


def test_no_credentials_is_hopeless_and_costs_nothing() -> None:
    told = not_answered(NoCredentialsError("Unable to locate credentials"), "bedrock:x", 1, {})
    assert (told.trouble, told.paid) == (Trouble.HOPELESS, False)
    assert str(told) == "bedrock:x: Unable to locate credentials"
