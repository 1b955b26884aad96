"""The folder of ``--out``: grades as they arrive, and the run."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Self

from harness.errors import MACHINE_ERRNOS, InputError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from harness.evaluation import Evaluation, Judged


class Kept:
    """Writes ``grades.jsonl``, each grade at once, and ``run.json``; a context manager. None keeps nothing.

    Raises ``InputError`` where the folder cannot be written from the start. What an earlier run has left there stays
    until there is something to write. What fails on the way, a full disk for one, is told in ``failure``, one line: the
    run goes on, and nothing more is written.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.failure = ""
        self._stream: io.FileIO | None = None
        if folder is None:
            return
        try:
            folder.mkdir(parents=True, exist_ok=True)
            io.FileIO(folder / "grades.jsonl", "a").close()
        except OSError as error:
            if error.errno not in MACHINE_ERRNOS:
                raise InputError(f"--out: {folder} cannot be written: {error.strerror}") from error
            self._fail(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            with contextlib.suppress(OSError):
                self._stream.close()

    @property
    def grades(self) -> Path | None:
        """The file that holds all grades so far, where there is one."""
        return self.folder / "grades.jsonl" if self.folder is not None and not self.failure else None

    def keep(self, judged: Judged) -> None:
        """Append a grade, as one whole line or not at all."""
        stream = self._begun()
        if stream is None:
            return
        from harness.reports.json import grade_to_json, to_line

        line = memoryview(to_line(grade_to_json(judged.grade)).encode())
        start = stream.tell()
        try:
            while line:
                line = line[stream.write(line) :]
        except OSError as error:
            with contextlib.suppress(OSError):
                stream.truncate(start)
            self._fail(error)

    def keep_completions(self, place: str, run: str) -> None:
        """Write ``completions.jsonl``: what was answered in ``run`` of the store at ``place``."""
        if self.folder is None or self.failure:
            return
        from harness.runs.stored import save_completions

        try:
            save_completions(place, run, self.folder / "completions.jsonl")
        except OSError as error:
            self._fail(error)

    def finish(self, evaluation: Evaluation) -> None:
        """Write ``run.json``."""
        if self.folder is None or self._begun() is None:
            return
        from harness.reports.json import run_to_json, summary_to_json, to_text

        document = {"run": run_to_json(evaluation), "summary": summary_to_json(evaluation)}
        path = self.folder / "run.json"
        try:
            path.write_text(to_text(document), encoding="utf-8")
        except OSError as error:
            with contextlib.suppress(OSError):
                path.unlink()
            self._fail(error)

    def _begun(self) -> io.FileIO | None:
        """The file of grades, emptied before the first one; None where nothing is to be written, or nothing more."""
        if self.folder is None or self.failure:
            return None
        if self._stream is None:
            try:
                (self.folder / "run.json").unlink(missing_ok=True)  # it would be that of another run
                self._stream = io.FileIO(self.folder / "grades.jsonl", "w")
            except OSError as error:
                self._fail(error)
        return self._stream

    def _fail(self, error: OSError) -> None:
        self.failure = f"--out: {self.folder} could not be written: {error.strerror or error}"
