"""Samples as HumanEval, EvalPlus and BigCodeBench keep them: ``samples.jsonl``, several lines a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.endpoints.formats.output import Output, Unusable, arm_of, number, prompts, word

if TYPE_CHECKING:
    from collections.abc import Iterable


def read(record: dict[str, Any]) -> Iterable[Output | Unusable] | None:
    """``{"task_id", "solution"}`` or ``{"task_id", "completion"}``; the lines of one task are its samples."""
    task = word(record.get("task_id"))
    text = next((record[key] for key in ("solution", "completion") if isinstance(record.get(key), str)), None)
    if task is None or text is None or "case" in record:
        return None
    return [
        Output(
            text=text,
            names=(task,),
            prompts=prompts(record.get("prompt")),
            arm=arm_of(record),
            model=word(record.get("model")),
            sample=number(record.get("sample")),
        )
    ]
