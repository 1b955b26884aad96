"""Output files of batch services: one line a request, known by the ``custom_id`` that its sender gave it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.endpoints.formats.output import Output, Unusable, arm_of, at, case_names, number, prompts, word
from harness.endpoints.formats.replies import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def read(record: dict[str, Any]) -> Iterable[Output | Unusable] | None:
    """One line of OpenAI's or Anthropic's, or of a log of requests with their responses.

    These are ``{"custom_id", "response": {"status_code", "body"}, "error"}``, ``{"custom_id", "result"}`` and
    ``{"request", "response"}``.
    """
    result, response = record.get("result"), record.get("response")
    if "custom_id" in record and isinstance(result, dict):
        return _result(record, result)
    if "custom_id" in record and ("response" in record or "error" in record):
        return _response(record, response)
    if isinstance(record.get("request"), dict) and isinstance(response, dict):
        return _logged(record, response)
    return None


def _result(record: dict[str, Any], result: dict[str, Any]) -> Iterator[Output | Unusable]:
    kind = word(result.get("type")) or "without a type"
    if kind != "succeeded":
        why = word(at(result, "error", "error", "message")) or word(at(result, "error", "message"))
        yield Unusable(f"was not answered: {kind}{f': {why}' if why else ''}")
        return
    yield from wrapped(result.get("message"), _names(record), sent_as=word(record.get("custom_id")))


def _response(record: dict[str, Any], response: object) -> Iterator[Output | Unusable]:
    body, status = at(response, "body"), at(response, "status_code")
    why = word(at(record, "error", "message")) or word(at(body, "error", "message"))
    if why or (isinstance(status, int) and status >= 400):
        yield Unusable(f"was not answered: {why or f'status {status}'}")
        return
    yield from wrapped(body, _names(record), sent_as=word(record.get("custom_id")))


def _logged(record: dict[str, Any], response: dict[str, Any]) -> Iterator[Output | Unusable]:
    request = at(record, "request", "body") or record["request"]
    asked = tuple(each for field in ("messages", "input", "prompt") for each in prompts(at(request, field)))
    names = (*case_names(record), *case_names(record.get("metadata")), *case_names(at(request, "metadata")))
    known = {
        "prompts": asked,
        "arm": arm_of(record, record.get("metadata")),
        "model": word(at(request, "model")),
        "sample": number(record.get("sample")),
    }
    yield from wrapped(response.get("body", response), names, **known)


def _names(record: dict[str, Any]) -> tuple[str, ...]:
    custom = word(record.get("custom_id"))
    return (*([custom] if custom else []), *case_names(record.get("metadata")))
