"""Workspaces of the skill-creator: what an agent wrote with a skill and without it, one folder a run."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.completions import NO_SKILL
from harness.documents import read_text
from harness.endpoints.documents import Reader
from harness.endpoints.fenced import fenced
from harness.endpoints.formats.output import Output, Unusable, at, case_names, prompts, word, words
from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.cases import Case
    from harness.completions import Completion

OUTPUTS = "outputs"
_ABOUT = "eval_metadata.json"
_MAX_FILE_BYTES = 1024 * 1024
_MOST_FILES = 200
_BASELINES = {"without_skill", "baseline", "no_skill"}
_SKILLS = {"with_skill", "new_skill"}
_LANGUAGES = {".py": "python", ".toml": "toml", ".ini": "ini", ".txt": "text", ".sql": "sql", ".yaml": "yaml"}
_READ = {".md", *_LANGUAGES}
_NOTES = {"metrics.json", "user_notes.md", "transcript.md"}  # the agent's book-keeping


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a folder of outputs stands: ``iteration-N/<evaluation>/<arm>[/run-N]/outputs``."""

    evaluation: Path
    configuration: str
    run: Path | None


def outputs_below(folder: Path) -> list[Path]:
    """The folders of outputs of a workspace, one of its iterations or of its evaluations; none of any other folder."""
    if _place(folder) is not None:
        return [folder]
    inside = ("*/outputs", "*/run-*/outputs")
    above = ("",) if _is_evaluation(folder) else ("*/", "runs/*/", "iteration-*/*/")
    found = (path for start in above for end in inside for path in folder.glob(start + end))
    return sorted(path for path in found if path.is_dir() and _place(path) is not None)


def read_outputs(folder: Path, name: str, cases: Mapping[str, Case]) -> Iterator[Completion | InputError]:
    """The one completion that ``folder`` holds: its Markdown, then its code, each file in a fence with its name."""
    place = _place(folder)
    if place is None:
        return
    reader = Reader(folder, name, cases)
    text, problems = _text(folder)
    yield from problems
    if not text:
        yield from reader.completions([Unusable("holds no text and no code")], "")
        return
    about = _about(place)
    yield from reader.completions(
        [
            Output(
                text=text,
                names=(*words(at(about, "eval_name")), place.evaluation.name, *case_names(about)),
                prompts=prompts(at(about, "prompt")),
                arm=_arm(place) + _iteration(place, name),
                model=word(at(about, "model")),
                sample=_number(place.run) if place.run else 0,
            )
        ],
        "",
    )


def _place(folder: Path) -> _Place | None:
    absolute = Path(os.path.normpath(folder.absolute()))
    if absolute.name != OUTPUTS:
        return None
    above = absolute.parent
    run = above if above.name.startswith("run-") else None
    configuration = above.parent if run else above
    evaluation = configuration.parent
    return _Place(evaluation, configuration.name, run) if _is_evaluation(evaluation) else None


def _is_evaluation(folder: Path) -> bool:
    """``eval-N``, or any name: each evaluation is to be named after what it tries, in an iteration, with metadata."""
    above = Path(os.path.normpath(folder.absolute())).parent.name
    return folder.name.startswith("eval-") or above.startswith("iteration-") or (folder / _ABOUT).is_file()


def _arm(place: _Place) -> str:
    """``none`` without a skill; with it the name that the workspace has it from (``<skill>-workspace``)."""
    if place.configuration in _BASELINES:
        return NO_SKILL
    workspace = place.evaluation.parent.parent.name
    if place.configuration in _SKILLS and workspace.endswith("-workspace"):
        return workspace.removesuffix("-workspace")
    return place.configuration


def _iteration(place: _Place, name: str) -> str:
    """Where several iterations are read together, their arms are not the same ones."""
    iteration = place.evaluation.parent
    read_together = iteration.name in Path(name).parts and len(list(iteration.parent.glob("iteration-*"))) > 1
    return f" ({iteration.name})" if read_together and iteration.name.startswith("iteration-") else ""


def _number(run: Path) -> int:
    """``run-1`` is sample 0."""
    digits = run.name.removeprefix("run-")
    return max(int(digits) - 1, 0) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0


def _about(place: _Place) -> object:
    """``eval_metadata.json``, of the run or of the evaluation."""
    for folder in (*([place.run] if place.run else []), place.evaluation / place.configuration, place.evaluation):
        path = folder / _ABOUT
        if path.is_file():
            try:
                return json.loads(read_text(path, _MAX_FILE_BYTES))
            except (InputError, ValueError, RecursionError):
                continue
    return None


def _text(folder: Path) -> tuple[str, list[InputError]]:
    prose, code, problems = [], [], []
    files = _files(folder)
    if len(files) > _MOST_FILES:
        problems.append(
            InputError(f"{folder}: holds more than {_MOST_FILES} files of text and code: the rest is left out")
        )
    for path in files[:_MOST_FILES]:
        shown = path.relative_to(folder).as_posix()
        suffix = path.suffix.lower()
        try:
            text = read_text(path, _MAX_FILE_BYTES)
        except InputError as error:
            problems.append(error)
            continue
        if suffix == ".md":
            prose.append(text.rstrip("\n"))
        else:
            code.append(fenced(shown, _LANGUAGES[suffix], text))
    return "\n\n".join((*prose, *code)), problems


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for inner, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__pycache__")))
        paths = (Path(inner, name) for name in sorted(names) if not name.startswith(".") and name not in _NOTES)
        found += [path for path in paths if path.suffix.lower() in _READ]
        if len(found) > _MOST_FILES:
            break
    return found
