"""What holds for every text: extraction never raises, points at the text it took, and is linear in its size."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.answer import Role, extract

_LINES = st.sampled_from(
    [
        "```python", "```", "~~~", "````markdown", "````", "```diff", "``` ", "   ```py", "- ```python", "> ```",
        "import os", "x = 1  # BAD: y", "def bad_f():", "    return 1", "class A:", "    ...", "# WRONG", "# ✅ Right",
        "# app/db.py", "# Option 2", "## Wrong", "**Fix:**", "### `main.py`", "Don't do this:", "../../x.py:", "- a",
        "1. b", "> c", "<think>", "</think>", "<details>", "+y = 2", "-z", "@@ -1 +1 @@", ">>> x", "... y", "", "",
        "├── a.py", "\t", "((((", "x = '", 'y = """', "\\", "\u2028", "\x0c", "\ud800", "\0", "C:\\x.py", "---", "===",
        "| a | b |", "    indented()", "In [1]: x",
    ]
)  # fmt: skip
_TEXTS = st.one_of(
    st.lists(_LINES, max_size=40).map("\n".join),
    st.lists(_LINES, max_size=20).map("\r\n".join),
    st.text(max_size=300),
    st.text(alphabet="`~>-# \n\t*'\"()", max_size=200),
)


@settings(max_examples=300, deadline=None)
@given(_TEXTS)
def test_never_raises_and_points_at_the_text(text: str) -> None:
    answer = extract(text)
    clean = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    lines = clean.encode("utf-16", "surrogatepass").decode("utf-16", "replace").split("\n")
    for block in answer.blocks:
        code = block.code.split("\n")[: len(block.lines)]
        assert len(code) == len(block.lines)
        for written, number in zip(code, block.lines, strict=True):
            assert written.strip() in lines[number - 1]
    for file in (*answer.files, *answer.wrong):
        assert file.source.count("\n") == len(file.lines)
        assert all(part.isidentifier() for part in file.module.split("."))
    modules = [file.module for file in answer.files]
    assert len(set(modules)) == len(modules)


@given(st.text(alphabet="abc ./\\:~", max_size=40))
def test_paths_stay_in_the_folder(name: str) -> None:
    for block in extract(f"**{name}.py**\n\n```python\nx = 1\n```\n").blocks:
        assert block.path is None or not {"..", "", "."} & set(block.path.split("/"))
        assert block.path is None or (":" not in block.path and "\\" not in block.path)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["x = 1", "", "    y", "def f():", "# note", "'''", "text"]), min_size=1, max_size=20))
def test_fenced_code_comes_out_as_it_went_in(lines: list[str]) -> None:
    answer = extract("```python\n" + "\n".join(["import os", *lines]) + "\n```\n")
    assert "".join(f.source for f in answer.files).strip("\n") == "\n".join(["import os", *lines]).strip("\n")


MEGABYTE = 1_000_000
HOSTILE = {
    "backticks": "`" * MEGABYTE,
    "one line": "x" * MEGABYTE,
    "one bold line": "**" * (MEGABYTE // 2),
    "quotes on one line": ">" * MEGABYTE,
    "quotes": "> > > x\n" * (MEGABYTE // 8),
    "deeper and deeper quotes": "".join(">" * i + "\n" for i in range(1400)),
    "lists on one line": "- " * (MEGABYTE // 2),
    "lists": "- x\n" * (MEGABYTE // 4),
    "lists and quotes": "- > x\n" * (MEGABYTE // 6),
    "deeper and deeper lists": "".join(" " * (2 * i) + "- x\n" for i in range(1000)),
    "openings": "```\n````\n" * (MEGABYTE // 9),
    "openings in lists": "- ```\n" * (MEGABYTE // 6),
    "longer and longer fences": "".join("`" * (i + 3) + "\n" for i in range(1400)),
    "headings": "# heading\n" * 100_000,
    "underlined headings": "a\n-\n" * (MEGABYTE // 4),
    "line ends": "\n" * MEGABYTE,
    "words": "word " * (MEGABYTE // 5),
    "think": "<think>\n</think>\n" * (MEGABYTE // 17),
    "runs of code in prose": "import os\nand some prose\n" * (MEGABYTE // 25),
    "brackets": "```python\n" + "(" * 250_000 + "\n```\n",
    "marks": "```python\n" + "# WRONG\nx=1\n# RIGHT\ny=2\n" * 8_000 + "```\n",
    "files": "```python\n" + "# a.py\nx=1\n" * 20_000 + "```\n",
    "the same file": "".join(f"**a.py**\n\n```python\nx{i} = 1\n```\n\n" for i in range(1900)),
    "blocks": "```python\nx = 1\n```\n\ntext\n\n" * (MEGABYTE // 28),
    "markdown in markdown": "````markdown\n```python\nx=1\n```\n````\n" * (MEGABYTE // 38),
}


def seconds(text: str) -> float:
    start = time.process_time()
    extract(text)
    return time.process_time() - start


@pytest.mark.parametrize("name", HOSTILE)
def test_four_times_the_text_takes_about_four_times_as_long(name: str) -> None:
    """What is quadratic takes 16 times as long. Less than 5 ms cannot be told from noise."""
    text = HOSTILE[name]
    quarter = whole = 9.0
    for _ in range(5):
        quarter = min(quarter, seconds(text[: len(text) // 4]))
        whole = min(whole, seconds(text))
        if whole < 9 * max(quarter, 0.005):
            break
    assert whole < 9 * max(quarter, 0.005)


def test_an_answer_behind_a_long_text_is_found() -> None:
    text = "Some words that explain a lot.\n\n" * 20_000 + "`a.py`:\n\n```python\nx = 1\n```\n"
    answer = extract(text)
    assert [b.role for b in answer.blocks] == [Role.FILE]
    assert answer.blocks[0].lines == (40_004,)


def test_a_very_long_text_says_what_was_not_read() -> None:
    assert "were read" in extract("word " * MEGABYTE).problems[0]
    assert "nothing was read after line" in extract("# heading\n" * 100_000).problems[0]


@pytest.mark.parametrize(
    "text",
    [
        "```\n" + " " * 400 + "x\n```\n",
        "from " + "." * 100_000,
        "```\nfrom " + "." * 100_000 + " import x\n```\n",
        "import " + "a, " * 60_000,
        "```python\nfrom " + "a." * 60_000 + " import x\n```\n",
        "`" + "/" * 50_000 + "x.py`:\n\n```python\nx = 1\n```\n",
    ],
    ids=range(6),
)
def test_one_long_line_costs_no_more_than_many_short_ones(text: str) -> None:
    before = time.process_time()
    extract(text)
    assert time.process_time() - before < 1
