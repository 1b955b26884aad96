from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.endpoints.parameters import Parameters, read_headers, without_secrets
from harness.errors import InputError


@pytest.mark.parametrize(
    "wrong",
    [{"temperature": -1}, {"top_p": 0}, {"max_output_tokens": 0}, {"reasoning_effort": "huge"}, {"tone": "kind"}],
)
def test_what_no_model_takes_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Parameters.model_validate(wrong)


def test_no_reasoning_is_false_for_the_library() -> None:
    assert Parameters(reasoning_effort="none").settings(None) == {"thinking": False}
    assert Parameters(temperature=0.0).settings(3) == {"temperature": 0.0, "seed": 3}


@pytest.mark.parametrize("line", ["", "no colon", "Bad Name: x", ": x", "X-Two: a\r\nX-Three: b"])
def test_what_is_no_header_is_refused_and_not_repeated(line: str) -> None:
    with pytest.raises(InputError, match="number 1 is not of the form 'Name: value'"):
        read_headers([line])


@given(st.text())
def test_reading_headers_never_breaks(line: str) -> None:
    try:
        [(name, value)] = read_headers([line]).items()
    except InputError:
        return
    assert name.isascii()
    assert "\n" not in value


def test_a_variable_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOT_THERE", raising=False)
    with pytest.raises(InputError, match="X-Key wants the environment variable NOT_THERE"):
        Parameters(headers={"X-Key": "$NOT_THERE"}).sent_headers()


def test_messages_are_one_line_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "0123456789abcdef")
    told = without_secrets(f"line\n0123456789abcdef\n{'x' * 999}", {"X": "Bearer abcdefghij"})
    assert told.startswith("line *** xxx")
    assert len(told) == 300
    assert without_secrets("abcdefghij", {"X": "Bearer abcdefghij"}) == "***"
