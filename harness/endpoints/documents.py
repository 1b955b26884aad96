"""Outputs of other tools in JSON, JSON Lines and archives, turned into completions."""

from __future__ import annotations

import stat
from collections import Counter
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from harness.completions import Completion
from harness.documents import parse_json, read_text
from harness.endpoints.formats import Output, Unusable, recognised
from harness.endpoints.formats.inspect_ai import read_archive
from harness.endpoints.matching import Matcher
from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from harness.cases import Case

MAX_DOCUMENT_BYTES = 256 * 1024 * 1024
MAX_MEMBER_BYTES = 64 * 1024 * 1024
_MAX_TEXT = 16 * 1024 * 1024
_LONGEST_WHY = 500


class Reader:
    """Turns the outputs of one file into completions: finds their cases, counts samples, tells what is left out."""

    def __init__(self, path: Path, name: str, cases: Mapping[str, Case]) -> None:
        self.path, self.name = path, name
        inside = PurePath(name)
        self._places = (inside.stem, *reversed(inside.parts[:-1]), path.absolute().parent.name)
        self._matcher = Matcher(cases)
        self._samples: Counter[tuple[str, str, str | None]] = Counter()
        self._seen: set[tuple[str, str]] = set()
        self._known = ", ".join(cases)

    def completions(self, found: Iterable[Output | Unusable], place: str) -> Iterator[Completion | InputError]:
        """``place`` is where in the file they stand, such as ``:3``; what cannot be used becomes an ``InputError``."""
        for each in found:
            where = f"{place}: {each.place}" if each.place else place
            if isinstance(each, Unusable):
                yield InputError(f"{self.path}{where}: {' '.join(each.why.split())[:_LONGEST_WHY]}")
                continue
            if each.once and (each.once, each.text) in self._seen:
                continue
            self._seen.add((each.once, each.text))
            case = self._matcher.case(each.names, each.prompts, self._places)
            if case is None:
                yield InputError(f"{self.path}{where}: {self._unmatched(each)}")
            elif len(each.text) > _MAX_TEXT:
                yield InputError(f"{self.path}{where}: is longer than the limit of {_MAX_TEXT // 1024} KiB")
            else:
                yield self._completion(each, case, where)

    def sample(self, case: str, arm: str, model: str | None, said: int | None) -> int:
        """The number that a sample has itself, else the one after the highest so far."""
        key = (case, arm, model)
        number = self._samples[key] if said is None else said
        self._samples[key] = max(self._samples[key], number + 1)
        return number

    def _completion(self, each: Output, case: str, where: str) -> Completion:
        if each.sent_as:
            arm, said = self._matcher.beside(each.sent_as, case)
            each = replace(each, arm=each.arm or arm, sample=said if each.sample is None else each.sample)
        sample = self.sample(case, each.arm, each.model, each.sample)
        return Completion(
            case=case,
            name=f"{self.name}{where.replace(': ', ':')}",
            text=without_surrogates(each.text),
            source=self.path,
            arm=without_surrogates(each.arm),
            model=None if each.model is None else without_surrogates(each.model),
            sample=sample,
        )

    def _unmatched(self, each: Output) -> str:
        said = f" (it is named {each.names[0][:60]!r})" if each.names else ""
        return (
            f"belongs to no case that is known{said}: name the case in its id or in the file's name, or ask its very "
            f"prompt; known: {self._known}"
        )


def read_json(
    path: Path, name: str, cases: Mapping[str, Case], *, named: bool = True
) -> Iterator[Completion | InputError]:
    """The outputs in a JSON document, or a list of them. Raises ``InputError`` when it cannot be read.

    A document without outputs is a problem where the file was ``named``; folders hold other JSON as well.
    """
    document = parse_json(read_text(path, MAX_DOCUMENT_BYTES), str(path))
    reader = Reader(path, name, cases)
    listed = isinstance(document, list)
    records = list(enumerate(document)) if listed else [(0, document)]
    outputs = [(f"[{position}]" if listed else "", _outputs(record)) for position, record in records]
    if not named and all(found is None for _, found in outputs):
        return
    if not outputs:
        yield InputError(f"{path}: holds no output")
    for place, found in outputs:
        if found is None:
            yield InputError(f"{path}{place}: holds no output in a form that is known: see docs/completions.md")
        else:
            yield from reader.completions(found, place)


def read_eval(path: Path, name: str, cases: Mapping[str, Case]) -> Iterator[Completion | InputError]:
    """The outputs in a log of Inspect. Raises ``InputError`` when it cannot be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError(f"{path}: is not a regular file")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    yield from Reader(path, name, cases).completions(read_archive(path, MAX_MEMBER_BYTES), "")


def without_surrogates(text: str) -> str:
    """JSON escapes may spell half a character, which no encoding can write."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _outputs(record: object) -> Iterable[Output | Unusable] | None:
    return recognised(record) if isinstance(record, dict) else None
