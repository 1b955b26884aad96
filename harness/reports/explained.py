"""One criterion in full: what it asks for, why, an example and what to write instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from harness.criteria import CRITERIA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.criteria import Criterion

_LINK = re.compile(r"<(https://[^>]*)>")
_GENERATED = "<!-- Written by `make docs`: change the criterion's own file in harness/criteria. -->\n\n"
_MARK = re.compile(r"[ ]*# !$", re.MULTILINE)
_NO_FIX = "`harness check --fix` does nothing about it."


def to_markdown(criterion: Criterion) -> str:
    """The page of the criterion."""
    parts = [f"# {criterion.id}: {criterion.title}"]
    for heading, text in _sections(criterion):
        parts += [f"## {heading}", text] if heading else [text]
    return "\n\n".join(parts) + "\n"


def to_plain(criterion: Criterion) -> str:
    """The same for a terminal: headings are lines of their own, code is indented."""
    parts = [f"{criterion.id}: {criterion.title}"]
    for heading, text in _sections(criterion):
        indented = "\n".join(f"    {line}".rstrip() for line in _unfenced(text).splitlines())
        parts.append(f"{heading}\n\n{indented}" if heading else text)
    return "\n\n".join(parts) + "\n"


def to_json(criterion: Criterion) -> dict[str, Any]:
    """``{"criterion", "title", "statement", "why", "remedy", "wrong", "right", "fix", "decided_by", "sources"}``."""
    return {
        "criterion": criterion.id,
        "title": criterion.title,
        "statement": criterion.statement,
        "why": criterion.why,
        "remedy": criterion.remedy,
        "wrong": _shown(criterion.example.wrong),
        "right": _shown(criterion.example.right),
        "fix": criterion.fix,
        "decided_by": _commands(criterion),
        "sources": list(criterion.sources),
    }


def table() -> str:
    """One line a criterion: its id, what it is about, and the commands that decide it."""
    width = max(map(len, CRITERIA))
    titles = max(len(each.title) for each in CRITERIA.values())
    return "".join(
        f"{each.id:{width}}  {each.title:{titles}}  {', '.join(_commands(each))}\n" for each in CRITERIA.values()
    )


def index() -> str:
    """The page that lists the pages of all criteria."""
    rows = [
        f"| [{each.id}]({each.id}.md) | {each.title} | {', '.join(f'`{command}`' for command in _commands(each))} |"
        for each in CRITERIA.values()
    ]
    return "\n".join(["# Criteria", "", "| id | is about | decided by |", "| --- | --- | --- |", *rows]) + "\n"


def pages() -> dict[str, str]:
    """The files of the folder ``docs/criteria`` by their names."""
    return {"README.md": _GENERATED + index()} | {
        f"{each.id}.md": _GENERATED + to_markdown(each) for each in CRITERIA.values()
    }


def _sections(criterion: Criterion) -> Iterator[tuple[str, str]]:
    yield "", criterion.statement
    yield "Why is this bad?", criterion.why
    yield "Example", _fenced(criterion.example.wrong, criterion.example.language)
    yield "Use instead", f"{_fenced(criterion.example.right, criterion.example.language)}\n\n{criterion.remedy}"
    yield "Who decides", _decision(criterion)
    if criterion.find or criterion.advise:
        yield "Safety of the fix", criterion.fix or _NO_FIX
    yield "Sources", "\n".join(f"- <{source}>" for source in criterion.sources)


def _decision(criterion: Criterion) -> str:
    if criterion.find and criterion.advise:
        checked = "`harness check` finds it by reading, as an error where it is certain to go wrong, else as advice"
    elif criterion.find:
        checked = "`harness check` finds it by reading, where it is certain"
    elif criterion.advise:
        checked = "`harness check --advice` finds it by reading"
    else:
        return "Only `harness grade` and `harness eval`, which judge completions."
    return f"{checked}. In completions, `harness grade` judges it, too."


def _commands(criterion: Criterion) -> list[str]:
    if criterion.find:
        return ["check", "grade"]
    return ["check --advice", "grade"] if criterion.advise else ["grade"]


def _fenced(code: str, language: str) -> str:
    return f"```{language}\n{_shown(code)}```"


def _unfenced(text: str) -> str:
    return "\n".join(_LINK.sub(r"\1", line) for line in text.splitlines() if not line.startswith("```"))


def _shown(code: str) -> str:
    return _MARK.sub("", code.strip("\n")) + "\n"
