"""Stored completions in JSON Lines files: one record a line, in a form of their own or in that of another tool."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.completions import Completion
from harness.documents import byte_lines
from harness.endpoints.documents import Reader, without_surrogates
from harness.endpoints.formats import Output, recognised
from harness.endpoints.markdown import MAX_COMPLETION_BYTES, NO_SAMPLE, is_sample, unknown_case
from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from harness.cases import Case

_CASE_FIELDS = ("case", "task_id")
_TEXT_FIELDS = ("completion", "text", "solution")


def read_jsonl(path: Path, name: str, cases: Mapping[str, Case]) -> Iterator[Completion | InputError]:
    """Each completion of the file, named ``<name>:<line>``; a line that cannot be used gives an ``InputError``.

    Raises ``InputError`` when the file itself cannot be read.
    """
    reader = Reader(path, name, cases)
    for number, raw in byte_lines(path, MAX_COMPLETION_BYTES):
        where = f"{path}:{number}"
        if len(raw) > MAX_COMPLETION_BYTES:
            yield InputError(f"{where}: is longer than the limit of {MAX_COMPLETION_BYTES // 1024} KiB")
        elif raw.strip():
            try:
                yield from _read_line(raw, where, f"{name}:{number}", number, reader, cases)
            except InputError as error:
                yield error


def _read_line(
    raw: bytes, where: str, name: str, number: int, reader: Reader, cases: Mapping[str, Case]
) -> Iterator[Completion | InputError]:
    try:
        record = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InputError(f"{where}: is not UTF-8 text: save it as UTF-8") from None
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: is not JSON: {error.msg} (column {error.colno})") from None
    except (ValueError, RecursionError):
        raise InputError(f"{where}: is not JSON that can be read: a number too long or nested too deeply") from None
    if not isinstance(record, dict):
        raise InputError(f"{where}: is not a JSON object")
    if "case" not in record and (found := recognised(record)) is not None:
        yield from reader.completions(found, f":{number}")
        return
    case_id = next((record[key] for key in _CASE_FIELDS if key in record), None)
    if case_id is None:
        raise InputError(f"{where}: names no case: give it a field 'case' (or 'task_id')")
    if not isinstance(case_id, str) or case_id not in cases:
        raise InputError(f"{where}: {unknown_case(case_id, cases)}")
    sample = record.get("sample")
    if not is_sample(sample):
        raise InputError(f"{where}: sample: {NO_SAMPLE}")
    model, arm = (_words(record, field, where) for field in ("model", "arm"))
    text = next((record[key] for key in _TEXT_FIELDS if isinstance(record.get(key), str)), None)
    if text is not None:
        yield Completion(
            case=case_id,
            name=name,
            text=without_surrogates(text),
            source=reader.path,
            arm=arm or "",
            model=model,
            sample=reader.sample(case_id, arm or "", model, sample),
        )
        return
    found = recognised(record)
    if found is None:
        raise InputError(f"{where}: holds no text: give it a field {', '.join(map(repr, _TEXT_FIELDS))} or 'choices'")
    named = (replace(each, names=(case_id,)) if isinstance(each, Output) else each for each in found)
    yield from reader.completions(named, f":{number}")


def _words(record: dict[str, Any], field: str, where: str) -> str | None:
    value = record.get(field)
    if value is not None and not isinstance(value, str):
        raise InputError(f"{where}: {field}: is not text: put it in quotes")
    return None if value is None else without_surrogates(value)
