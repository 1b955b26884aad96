"""Runs read back from where they were kept."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.documents import byte_lines, decode, parse_json, read_text
from harness.errors import InputError
from harness.runs.grades import grade_from_json
from harness.runs.run import Run
from harness.runs.stored import load_stored, names_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.verdicts import Grade

MAX_RUN_BYTES = 512 * 1024 * 1024
MAX_LINE_BYTES = 16 * 1024 * 1024


def load_run(reference: str) -> Run:
    """The run that ``reference`` names.

    It is the folder of ``--out`` (``grades.jsonl``, with or without ``run.json``), or a file that holds the output of
    ``--format json`` or ``--format jsonl``; or ``STORE#RUN``, a store of runs (its last one), or the name of a run in
    the default store. Raises ``InputError`` that says what could not be read and where.
    """
    if names_store(reference):
        return load_stored(reference)
    path = Path(reference)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise InputError(f"{reference}: does not exist: name the folder of --out or a file of grades") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{reference}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if stat.S_ISDIR(mode):
        return _folder(path, reference)
    if not stat.S_ISREG(mode):
        raise InputError(f"{reference}: is not a regular file")
    document = _document(path)
    if document is None:
        problems: list[str] = []
        grades = tuple(_lines(path, problems))
        header: dict[str, object] = {"problems": problems} if problems else {}
        return _run(reference, header, grades, path)
    held = document.get("grades")
    if not isinstance(held, list):
        raise InputError(f"{path}: holds no grades: name the folder of --out or what --format json or jsonl wrote")
    grades = tuple(grade_from_json(each, f"{path}: grades[{place}]") for place, each in enumerate(held))
    return _run(reference, _header(document, path), grades, path)


def _folder(path: Path, reference: str) -> Run:
    kept = path / "grades.jsonl"
    if not kept.exists():
        raise InputError(f"{path}: holds no grades.jsonl: name a folder that --out has written")
    problems: list[str] = []
    grades = tuple(_lines(kept, problems))
    described = path / "run.json"
    header: dict[str, object] = {}
    if described.exists():
        header = _header(_object(read_text(described, MAX_RUN_BYTES), described), described)
    else:
        problems.append(f"{path}: holds no run.json: the run was killed or goes on, and not all may be judged")
    if header.get("interrupted") is True:
        problems.append(f"{path}: the run was interrupted: not all is judged")
    if problems:
        before = header.get("problems")
        header["problems"] = [*(before if isinstance(before, list) else ()), *problems]
    return _run(reference, header, grades, kept)


def _run(reference: str, header: dict[str, object], grades: tuple[Grade, ...], path: Path) -> Run:
    if not grades:
        raise InputError(f"{path}: holds no grades")
    return Run(reference, header, grades)


def _document(path: Path) -> dict[str, Any] | None:
    """The one JSON object that the file holds; None where it holds one object a line."""
    try:
        with path.open("rb") as stream:
            first = stream.readline(MAX_LINE_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not first.strip():
        return None
    try:
        line = json.loads(first)
    except (ValueError, RecursionError):
        return None if path.suffix.lower() == ".jsonl" else _object(read_text(path, MAX_RUN_BYTES), path)
    return line if isinstance(line, dict) and "grades" in line else None


def _object(text: str, path: Path) -> dict[str, Any]:
    document = parse_json(text, str(path))
    if not isinstance(document, dict):
        raise InputError(f"{path}: is not a JSON object")
    return document


def _header(document: dict[str, Any], path: Path) -> dict[str, object]:
    header = document.get("run", {})
    if not isinstance(header, dict):
        raise InputError(f"{path}: run: is not a JSON object")
    return header


def _lines(path: Path, problems: list[str]) -> Iterator[Grade]:
    """One grade a line. A last line that was cut off, as a killed process leaves it, becomes a problem."""
    for number, raw in byte_lines(path, MAX_LINE_BYTES):
        where = f"{path}:{number}"
        if len(raw) > MAX_LINE_BYTES:
            raise InputError(f"{where}: is longer than the limit of {MAX_LINE_BYTES // 1024} KiB")
        if not raw.strip():
            continue
        try:
            record = json.loads(decode(raw, where))
        except (ValueError, RecursionError, InputError):
            if raw.endswith(b"\n"):
                raise InputError(f"{where}: is not a grade in JSON") from None
            problems.append(f"{where}: is cut off: the run was ended while it wrote this grade")
            continue
        yield grade_from_json(record, where)
