"""Logs of Inspect: one JSON document, or a zip of them (``.eval``)."""

from __future__ import annotations

import json
import struct
import sys
from typing import TYPE_CHECKING, Any

from harness.endpoints.formats.output import (
    Output,
    Unusable,
    arm_of,
    at,
    case_names,
    content,
    number,
    prompts,
    word,
    words,
)
from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from zipfile import ZipFile

_HEADERS = ("header.json", "_journal/start.json", "start.json")
_MOST_SAMPLES = 100_000
_PIECE = 4096  # what it unpacks to is in memory as a whole, which is much where it was made to be


def read(record: dict[str, Any]) -> Iterable[Output | Unusable] | None:
    """A log in JSON: one output a sample and epoch."""
    about, samples = record.get("eval"), record.get("samples")
    if not isinstance(about, dict) or not ("status" in record or isinstance(samples, list)):
        return None
    return _log(about, samples if isinstance(samples, list) else [])


def read_archive(path: Path, limit: int) -> Iterator[Output | Unusable]:
    """A log in a zip. Raises ``InputError`` where it cannot be read; no member may have more than ``limit`` bytes."""
    zipfile = _zipfile()
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.namelist()
            header = next((name for name in _HEADERS if name in members), None)
            samples = [name for name in members if name.startswith("samples/") and name.endswith(".json")]
            if header is None:
                raise InputError(f"{path}: is a zip file, but no log of Inspect")
            if len(samples) > _MOST_SAMPLES:
                raise InputError(f"{path}: holds more than {_MOST_SAMPLES} samples")
            about = at(_member(archive, header, path, limit), "eval")
            for name in samples:
                try:
                    sample = _member(archive, name, path, limit)
                except _MemberError as error:
                    yield Unusable(str(error), name)
                    continue
                yield from _sample(sample, about if isinstance(about, dict) else {}, name)
            if not samples:
                yield Unusable("holds no samples")
    except _MemberError as error:
        raise InputError(f"{path}: {error}") from None
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        struct.error,
        OSError,
        ValueError,
        EOFError,
        OverflowError,
    ) as error:
        raise InputError(f"{path}: cannot be read as a log of Inspect: {error}") from None


class _MemberError(Exception):
    """A file of the archive that cannot be used."""


def _zipfile() -> Any:
    """The standard library's module, which knows zstd, in which Inspect compresses, from Python 3.14 on."""
    if sys.version_info >= (3, 14):
        import zipfile
    else:
        from backports.zstd import zipfile
    return zipfile


def _member(archive: ZipFile, name: str, path: Path, limit: int) -> Any:
    raw = bytearray()
    try:
        if archive.getinfo(name).file_size > limit:
            raise _MemberError(f"{name} is larger than the limit of {limit // 1024} KiB")
        with archive.open(name) as stream:
            while piece := stream.read(_PIECE):  # never more than the size that was just looked at
                raw += piece
    except NotImplementedError:
        raise InputError(
            f"{path}: is compressed in a way that Python cannot read: "
            "write it as JSON with 'inspect log convert --to json --output-dir DIR' and name that"
        ) from None
    except _MemberError:
        raise
    except Exception as error:  # each compression has errors of its own
        raise _MemberError(f"{name} cannot be unpacked: {error or type(error).__name__}") from None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise _MemberError(f"{name} is not JSON that can be read") from None


def _log(about: dict[str, Any], samples: list[Any]) -> Iterator[Output | Unusable]:
    if not samples:
        yield Unusable("holds no samples: it may be a header, or have been written without them")
    for position, sample in enumerate(samples):
        yield from _sample(sample, about, f"samples[{position}]")


def _sample(sample: object, about: dict[str, Any], place: str) -> Iterator[Output | Unusable]:
    if isinstance(broken := at(sample, "error"), dict):
        yield Unusable(f"broke off: {word(broken.get('message')) or 'an error'}", place)
        return
    choices = at(sample, "output", "choices")
    said = [content(at(choice, "message", "content")) for choice in (choices if isinstance(choices, list) else [])]
    texts = [_attached(text, sample) for text in said if text is not None]
    if not texts and isinstance(at(sample, "output", "completion"), str):
        texts = [_attached(at(sample, "output", "completion"), sample)]
    if not any(texts):
        yield Unusable("holds no text", place)
        return
    metadata, epoch = at(sample, "metadata"), number(at(sample, "epoch"))
    yield Output(
        text=texts[0],
        names=(*words(at(sample, "id")), *case_names(metadata), *words(about.get("task"))),
        prompts=tuple(_attached(each, sample) for each in prompts(at(sample, "input"))),
        arm=arm_of(metadata, about.get("metadata"), about.get("task_args")),
        model=word(about.get("model")) or word(at(sample, "output", "model")),
        sample=epoch - 1 if epoch else None,
        place=place,
    )


def _attached(text: str, sample: object) -> str:
    """Long texts are kept once, and named where they belong."""
    held = at(sample, "attachments", text.removeprefix("attachment://")) if text.startswith("attachment://") else None
    return held if isinstance(held, str) else text
