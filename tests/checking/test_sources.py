from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.checking.sources import Comment, Sources, comments, decoded

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x = 1  # a\n", [Comment(1, "# a", False)]),
        ("# a\n    # b\nx = 1", [Comment(1, "# a", True), Comment(2, "# b", True)]),
        ("x = '# a'\ny = '''\n# b\n'''\n", []),
        ("f(  # a\n    # b\n    1,\n)", [Comment(1, "# a", False), Comment(2, "# b", True)]),
        ("x = 1 \\\n    + 2  # a", [Comment(2, "# a", False)]),
        ("if x:\n# a\n    pass  # b", [Comment(2, "# a", True), Comment(3, "# b", False)]),
        ("x = f'{y} # a'  # b", [Comment(1, "# b", False)]),
        ("", []),
    ],
)
def test_comments_are_found_where_python_finds_them(text: str, found: list[Comment]) -> None:
    assert comments(text) == found


@pytest.mark.parametrize("fault", ["x = '''", "(((", "if x:\n        a\n    b"])
def test_what_cannot_be_taken_apart_loses_no_comment(fault: str) -> None:
    lines = f"x = 1  # a\n{fault}\ny = 2  # b\n# c\n".splitlines()
    after = comments("\n".join(lines))
    assert [(comment.text, comment.alone) for comment in after] == [("# a", False), ("# b", False), ("# c", True)]
    assert all(lines[comment.line - 1].endswith(comment.text) for comment in after)


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    for comment in comments(decoded(text.encode("utf-8", "surrogatepass"))):
        assert comment.text.startswith("#")
        assert comment.line >= 1


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\xef\xbb\xbfx = 1\r\ny = 2\rz", "x = 1\ny = 2\nz"),
        (b"# coding: latin-1\nx = '\xe9'", "# coding: latin-1\nx = 'é'"),
        (b"# coding: nonsense\nx", "# coding: nonsense\nx"),
        (b"x = '\xff'", "x = '�'"),
        (b"x\x0cy\n", "x\x0cy\n"),
    ],
)
def test_text_is_decoded_as_it_declares(content: bytes, text: str) -> None:
    assert decoded(content) == text


def test_lines(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"x\x0c = 1\r\n    y = 2\n")
    sources, path = Sources(), str(tmp_path / "a.py")
    assert [sources.line(path, number) for number in (0, 1, 2, 3, 9)] == ["", "x\x0c = 1", "y = 2", "", ""]
    assert sources.line(str(tmp_path / "missing.py"), 1) == ""
