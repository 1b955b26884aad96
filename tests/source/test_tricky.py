"""Snippets that mislead a naive reader: what is valid raises no alarm, what is invalid is either found or left unknown.

``tricky.md`` holds them; each was run, and its ``run`` line says what was seen.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from harness.criteria import CRITERIA
from harness.verdicts import State
from tests.criteria.reading import subject

IGNORED = {"pool-size", "sql-echo", "diagnosis", "right-example", "wrong-example", "problems-named"}
LEFT_TO_THE_RUN = {
    "I13": "what FastAPI does with an annotation that exists for type checkers only",
}


def snippets() -> tuple[str, list[tuple[str, str, str]]]:
    """The context, and (id, criterion, code) of every snippet."""
    tokens = MarkdownIt().parse(Path(__file__).with_name("tricky.md").read_text())
    context = ""
    found = []
    heading = ""
    for token in tokens:
        if token.type == "inline" and "`" in token.content and token.content[:1] in "VI":
            heading = token.content
        elif token.type == "fence" and not context:
            context = token.content
        elif token.type == "fence" and heading:
            number, criterion = heading.replace("`", "").split()
            found.append((number, criterion, token.content))
            heading = ""
    return context, found


CONTEXT, SNIPPETS = snippets()


@pytest.mark.parametrize(("number", "criterion", "code"), SNIPPETS, ids=[number for number, _, _ in SNIPPETS])
def test_snippet(number: str, criterion: str, code: str) -> None:
    read = subject(CONTEXT + code)
    failing = {name for name, each in CRITERIA.items() if name not in IGNORED and each.static(read).state is State.FAIL}
    if number.startswith("V"):
        assert not failing
    elif number in LEFT_TO_THE_RUN:
        assert criterion not in failing
        assert CRITERIA[criterion].static(read).state is not State.FAIL
    else:
        assert criterion in failing


def test_there_are_as_many_snippets_as_the_page_says() -> None:
    assert len([n for n, _, _ in SNIPPETS if n.startswith("V")]) == 13
    assert len([n for n, _, _ in SNIPPETS if n.startswith("I")]) == 14
