"""What the server on the loopback says, in the protocol of the path that it is asked at."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.endpoints.server import Answer

INPUT_TOKENS, OUTPUT_TOKENS = 10, 5
_GOOGLE_STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}
_ANTHROPIC_TYPE = {400: "invalid_request_error", 401: "authentication_error", 429: "rate_limit_error"}


def reply(path: str, answer: Answer, request: dict[str, Any], number: int) -> tuple[str, bytes]:
    """Content type and body of the ``number``-th reply, an answer or an error: JSON, or the events of a stream."""
    said = _error(path, answer) if answer.status >= 400 else _said(path, answer, request, number)
    if answer.status >= 400 or not request.get("stream"):
        return "application/json", json.dumps(said).encode()
    events = (f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in _events(said, answer))
    return "text/event-stream", "".join(events).encode()


def _said(path: str, answer: Answer, request: dict[str, Any], number: int) -> dict[str, Any]:
    named = re.search(r"/models/([^/:]+):", path)
    model = named[1] if named else request["model"]
    spoken: dict[str, Callable[[Answer, str, int], dict[str, Any]]] = {
        "/messages": _messages,
        "/responses": _responses,
        ":generateContent": _gemini,
    }
    return next((speak for end, speak in spoken.items() if path.endswith(end)), _chat)(answer, model, number)


def _error(path: str, answer: Answer) -> dict[str, Any]:
    if path.endswith("/messages"):
        kind = _ANTHROPIC_TYPE.get(answer.status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": answer.text}, "request_id": "req_1"}
    if path.endswith(":generateContent"):
        status = _GOOGLE_STATUS.get(answer.status, "UNKNOWN")
        return {"error": {"code": answer.status, "message": answer.text, "status": status}}
    return {"error": {"message": answer.text, "type": "x", "code": None}}


def _chat(answer: Answer, model: str, number: int) -> dict[str, Any]:
    message = {"role": "assistant", "content": answer.text, "refusal": answer.refusal}
    choice = {"index": 0, "message": message, "finish_reason": answer.finish, "logprobs": None}
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": 1_750_000_000,
        "model": model,
        "choices": [] if answer.fault == "empty" else [choice],
        "usage": {
            "prompt_tokens": INPUT_TOKENS,
            "completion_tokens": OUTPUT_TOKENS,
            "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
        },
    }


def _responses(answer: Answer, model: str, number: int) -> dict[str, Any]:
    why = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(answer.finish)
    text = {"type": "output_text", "text": answer.text, "annotations": []}
    content = text if answer.refusal is None else {"type": "refusal", "refusal": answer.refusal}
    status = "incomplete" if why else "failed" if answer.finish == "failed" else "completed"
    message = {"id": "m", "type": "message", "role": "assistant", "status": status, "content": [content]}
    return {
        "id": f"resp_{number}",
        "object": "response",
        "created_at": 1_750_000_000,
        "model": model,
        "status": status,
        "incomplete_details": {"reason": why} if why else None,
        "error": None,
        "output": [] if answer.fault == "empty" else [message],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": INPUT_TOKENS,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": OUTPUT_TOKENS,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
        },
    }


def _messages(answer: Answer, model: str, number: int) -> dict[str, Any]:
    said = answer.refusal if answer.refusal is not None else answer.text
    finish = "refusal" if answer.refusal is not None else answer.finish
    reasons = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}
    return {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [] if answer.fault == "empty" or not said else [{"type": "text", "text": said}],
        "stop_reason": reasons.get(finish, finish),
        "stop_sequence": None,
        "usage": {"input_tokens": INPUT_TOKENS, "output_tokens": OUTPUT_TOKENS},
    }


def _events(message: dict[str, Any], answer: Answer) -> Iterator[dict[str, Any]]:
    """A whole message of Anthropic's protocol, as the stream that the SDK asks for where it may be long."""
    yield {"type": "message_start", "message": {**message, "content": [], "stop_reason": None}}
    if answer.fault == "overloaded":
        yield {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
        return
    for index, block in enumerate(message["content"]):
        yield {"type": "content_block_start", "index": index, "content_block": {**block, "text": ""}}
        delta = {"type": "text_delta", "text": block["text"]}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    ended = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": ended, "usage": {"output_tokens": OUTPUT_TOKENS}}
    yield {"type": "message_stop"}


def _gemini(answer: Answer, model: str, number: int) -> dict[str, Any]:
    reasons = {"stop": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY"}
    candidate: dict[str, Any] = {"index": 0, "finishReason": reasons.get(answer.finish, answer.finish)}
    if answer.text:
        candidate["content"] = {"role": "model", "parts": [{"text": answer.text}]}
    blocked = {"promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": answer.refusal}}
    return {
        **({} if answer.fault == "empty" else {"candidates": [candidate]} if answer.refusal is None else blocked),
        "usageMetadata": {
            "promptTokenCount": INPUT_TOKENS,
            "candidatesTokenCount": OUTPUT_TOKENS,
            "totalTokenCount": INPUT_TOKENS + OUTPUT_TOKENS,
        },
        "modelVersion": model,
        "responseId": f"gemini_{number}",
    }
