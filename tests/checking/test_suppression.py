from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.checking.findings import Finding
from harness.checking.judge import CHECKED
from harness.checking.sources import Sources
from harness.checking.suppression import Ignore, parse, screen, unused

if TYPE_CHECKING:
    from pathlib import Path

ALL = [1, 2, 3, 4, 5, 6]


def at(line: int, criterion: str = "awaited", path: str = "a.py") -> Finding:
    return Finding(path, line, 1, criterion, "message", "remedy")


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("x()  # harness: ignore[awaited]\nx()", [1]),
        ("x()  # harness: ignore[awaited] the reason is [known], see #12\nx()", [1]),
        ("x()  #harness:ignore [ awaited , depends ]: why\nx()", [1]),
        ("x()  # noqa: F401  # Harness: Ignore[awaited]\nx()", [1]),
        ("x()  # harness: ignore[depends]  # harness: ignore[awaited]", [1]),
        ("# harness: ignore[awaited]\nx()\nx()", [1, 2]),
        ("# harness: ignore[awaited] a reason\n# of two lines\nx()\nx()", [1, 3]),
        ("    # harness: ignore[depends]\n# harness: ignore[awaited]\nx()", [2, 3]),
        ("# harness: ignore[awaited]\n\nx()", [1, 2]),
        ("x(\n    # harness: ignore[awaited]\n    y,\n)", [2, 3]),
        ("x()\n\n\n# harness: ignore-file[awaited]", ALL),
        ("# harness: ignore-file [awaited, depends] generated", ALL),
        ("x()  # harness: ignore[depends]", []),
        ("x = '# harness: ignore[awaited]'", []),
        ('"""\n# harness: ignore-file[awaited]\n"""', []),
        ("x()  # harness: ignore", []),
        ("x()  # harness: ignore[]", []),
        ("x()  # harness: ignore[awaited", []),
        ("x()  # harness: ignored[awaited]", []),
        ("x()  # harness-ignore[awaited]", []),
        ("x()  # harness: ignore[awaited,, nonsense]", [1]),
        ("x()  # harness: ignore[create-returns-task]", []),
    ],
)
def test_which_lines_a_comment_covers(text: str, hidden: list[int]) -> None:
    ignores, _ = parse(text)
    assert [line for line in ALL if any(ignore.hides(at(line)) for ignore in ignores)] == hidden


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("ignore[awaited]", []),
        ("ignore", [" names no criteria, so it hides nothing: write # harness: ignore[session-import]"]),
        ("ignore-file", ["-file names no criteria, so it hides nothing: write # harness: ignore-file[session-import]"]),
        ("ignore[ ]", ["[] names no criteria, so it hides nothing"]),
        ("ignore[awated]", [": there is no criterion 'awated' to check: did you mean awaited?"]),
        (
            "ignore[awaited, xyz, depend]",
            [
                ": there is no criterion 'xyz' to check; harness explain lists them",
                ": there is no criterion 'depend' to check: did you mean depends?",
            ],
        ),
        ("ignores this", []),
    ],
)
def test_what_is_said_of_a_comment(comment: str, said: list[str]) -> None:
    _, notes = parse(f"\nx()  # harness: {comment}\n", "a.py")
    told = [f"# harness: ignore{message}" for message in said]
    assert [(note.path, note.line, note.message) for note in notes] == [("a.py", 2, message) for message in told]


NAMES = st.lists(st.sampled_from(CHECKED), min_size=1, unique=True)
SPACE = st.sampled_from(["", " ", "  ", "\t"])
REASONS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20)


@given(NAMES, SPACE, SPACE, REASONS.filter(lambda reason: "harness" not in reason.lower()))
def test_every_way_to_write_it_is_understood(names: list[str], before: str, after: str, reason: str) -> None:
    listed = f"{before},{after}".join(names)
    ignores, notes = parse(f"x()  #{before}harness:{after}ignore{before}[{listed}]{reason}")
    assert ignores == [Ignore(1, tuple(names), frozenset({1}))]
    assert notes == []


@given(st.text())
def test_nothing_is_hidden_but_by_a_criterion_that_is_named(text: str) -> None:
    ignores, notes = parse(f"# harness: ignore{text}")
    for ignore in ignores:
        assert set(ignore.criteria) <= set(CHECKED)
        assert all(name in text for name in ignore.criteria)
    assert all("\n" not in note.message for note in notes)


def test_findings_are_screened_file_by_file(tmp_path: Path) -> None:
    one, two = str(tmp_path / "one.py"), str(tmp_path / "two.py")
    (tmp_path / "one.py").write_text("x()  # harness: ignore[awaited]\nx()\n")
    (tmp_path / "two.py").write_text("x()\nx()  # harness: ignore[nonsense]\n")
    findings = [at(1, path=one), at(1, "depends", one), at(2, path=one), at(1, path=two)]
    screened = screen(findings, Sources())
    assert screened.kept == findings[1:]
    assert [(note.path, note.line) for note in screened.notes] == [(two, 2)]


def test_comments_that_hide_nothing(tmp_path: Path) -> None:
    path = str(tmp_path / "one.py")
    (tmp_path / "one.py").write_text(
        "x()  # harness: ignore[awaited, depends]\ny()  # harness: ignore[awaited]\n# harness: ignore-file[imports]\n"
    )
    found = [at(1, path=path)]
    said = [(note.line, note.message) for note in unused(found, [path], Sources(), CHECKED)]
    assert said == [
        (1, "the ignore of depends hides nothing: remove it"),
        (2, "the ignore of awaited hides nothing: remove it"),
        (3, "the ignore of imports hides nothing: remove it"),
    ]
    assert unused(found, [path], Sources(), ["no-lazy-load"]) == []
