"""What other tools write, in their own shapes, around texts and names of ours."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

if sys.version_info >= (3, 14):
    import zipfile
else:
    from backports.zstd import zipfile

ZSTD = 93
PROMPT = "Explain why each FastAPI request should get its own database session."


def chat(*texts: str | None, **fields: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG",
        "object": "chat.completion",
        "created": 1741570283,
        "model": "gpt-5",
        "choices": [
            {
                "index": index,
                "message": {"role": "assistant", "content": text, "refusal": None, "annotations": []},
                "logprobs": None,
                "finish_reason": "stop",
            }
            for index, text in enumerate(texts)
        ],
        "usage": {"prompt_tokens": 1117, "completion_tokens": 46, "total_tokens": 1163},
        "service_tier": "default",
        **fields,
    }


def response(*texts: str, **fields: Any) -> dict[str, Any]:
    said = [
        {
            "type": "message",
            "id": "msg_67ccd2bf17f0819081ff3bb2cf6508e6",
            "status": "completed",
            "role": "assistant",
            "content": [{"type": "output_text", "text": text, "annotations": []}],
        }
        for text in texts
    ]
    return {
        "id": "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b",
        "object": "response",
        "created_at": 1741476542,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "model": "gpt-5",
        "output": [{"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}]}, *said],
        "metadata": {},
        **fields,
    }


def openai_batch(custom_id: str, body: dict[str, Any] | None, *, status: int = 200) -> dict[str, Any]:
    error = None if body else {"code": "batch_expired", "message": "This request could not be executed in time."}
    answered = {"status_code": status, "request_id": "req_c187b3", "body": body} if body else None
    return {"id": "batch_req_1", "custom_id": custom_id, "response": answered, "error": error}


def message(*texts: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": "msg_013Zva2CMHLNnXjNJJKqJ2EF",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-5",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "x"},
            *({"type": "text", "text": text} for text in texts),
        ],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 2095, "output_tokens": 503},
        **fields,
    }


def anthropic_batch(custom_id: str, answered: dict[str, Any] | None) -> dict[str, Any]:
    if answered is None:
        error = {"type": "error", "error": {"type": "invalid_request_error", "message": "bad input"}}
        return {"custom_id": custom_id, "result": {"type": "errored", "error": error}}
    return {"custom_id": custom_id, "result": {"type": "succeeded", "message": answered}}


def lm_eval(doc_id: int, doc: object, asked: object, texts: list[str], filtered: str = "none") -> dict[str, Any]:
    return {
        "doc_id": doc_id,
        "doc": doc,
        "target": "",
        "arguments": {"gen_args_0": {"arg_0": asked, "arg_1": {"until": ["\n\n"], "do_sample": False}}},
        "resps": [texts],
        "filtered_resps": [texts[0].strip()],
        "filter": filtered,
        "metrics": ["pass@1"],
        "doc_hash": "c6b4ea",
        "prompt_hash": "5f2a",
        "target_hash": "e3b0",
        "pass@1": 0.0,
    }


def inspect_sample(identifier: str | int, epoch: int, text: str, **fields: Any) -> dict[str, Any]:
    said = {"id": "EhV", "content": text, "source": "generate", "role": "assistant", "model": "mockllm/model"}
    return {
        "id": identifier,
        "epoch": epoch,
        "input": "a prompt",
        "target": "",
        "messages": [{"id": "T5", "content": "a prompt", "source": "input", "role": "user"}, said],
        "output": {
            "model": "mockllm/model",
            "choices": [{"message": said, "stop_reason": "stop"}],
            "completion": text,
            "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2},
        },
        "scores": {},
        "metadata": {},
        "store": {},
        "attachments": {},
        "events": [],
        **fields,
    }


def inspect_header(**fields: Any) -> dict[str, Any]:
    about = {
        "eval_id": "mw",
        "run_id": "bU",
        "created": "2026-11-23T12:56:02+00:00",
        "task": "my_task",
        "task_id": "hB",
        "task_args": {},
        "dataset": {"samples": 2, "sample_ids": [1, 2]},
        "model": "mockllm/model",
        **fields,
    }
    return {"version": 2, "status": "success", "eval": about, "plan": {"name": "plan"}, "results": {}, "stats": {}}


def inspect_archive(header: dict[str, Any], samples: list[dict[str, Any]], *, method: int = ZSTD) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", method) as archive:
        start = {"version": 2, "eval": header["eval"], "plan": header["plan"]}
        archive.writestr("_journal/start.json", json.dumps(start))
        for sample in samples:
            archive.writestr(f"samples/{sample['id']}_epoch_{sample['epoch']}.json", json.dumps(sample))
        archive.writestr("summaries.json", "[]")
        archive.writestr("header.json", json.dumps(header))
    return raw.getvalue()


def promptfoo(*rows: dict[str, Any], version: int = 3) -> dict[str, Any]:
    results = {
        "version": version,
        "timestamp": "2026-04-29T00:00:00Z",
        "prompts": [],
        "results": list(rows),
        "stats": {},
    }
    return {"evalId": "eval-123", "results": results, "config": {}, "shareableUrl": None}


def promptfoo_row(text: object, label: str = "{{prompt}}", **fields: Any) -> dict[str, Any]:
    return {
        "id": "row-1",
        "promptIdx": 0,
        "testIdx": 0,
        "testCase": {"vars": {"prompt": PROMPT}, "metadata": {}},
        "vars": {"prompt": PROMPT},
        "prompt": {"raw": PROMPT, "label": label, "config": {}},
        "provider": {"id": "openai:gpt-5", "label": ""},
        "response": {"output": text, "cached": False, "tokenUsage": {}},
        "score": 1,
        "success": True,
        "latencyMs": 523,
        "gradingResult": {"pass": True, "score": 1, "reason": ""},
        **fields,
    }
