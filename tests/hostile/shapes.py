"""Completions that are hard on who reads them."""

from __future__ import annotations

from tests.hostile.answers import FAIL, PASS, RIGHT, Hostile, answer, code, fenced

SHAPES = [
    Hostile("100,000 parentheses", fenced("x = " + "(" * 100_000 + ")" * 100_000), FAIL, "does not parse"),
    Hostile("40,000 operands", fenced("x = " + "+".join("1" * 40_000)), FAIL, "does not parse"),
    Hostile(
        "300 levels",
        fenced("\n".join(" " * i + "if 1:" for i in range(300)) + "\n" + " " * 300 + "pass"),
        FAIL,
        "does not parse",
    ),
    Hostile("NUL in the code", answer(top="x = '\0'\n\0"), FAIL, "does not parse"),
    Hostile("half a surrogate pair", answer(top="x = '\ud800'"), PASS),
    Hostile("a name with a NUL", fenced("# a\0b.py\n" + code()), PASS),
    Hostile("12,500 blocks", "```python\nx = 1\n```\n" * 12_500, FAIL, "more than the limit"),
    Hostile("360 kB of code", fenced("x = 1\n" * 60_000), FAIL, "larger than the limit"),
    Hostile("a million backticks", RIGHT + "\n" + "`" * 1_000_000, PASS),
    Hostile("100,000 brackets of prose", "[" * 100_000 + "\n\n" + RIGHT, PASS),
    Hostile("20,000 levels of quotation", ">" * 20_000 + " deep\n\n" + RIGHT, PASS),
    Hostile("200,000 emphases", "*a_ " * 200_000 + "\n\n" + RIGHT, PASS),
    Hostile("80,000 tags", "<a <!--" * 40_000 + "\n\n" + RIGHT, PASS),
    Hostile("50 MB of prose", "word " * 10_000_000 + "\n\n" + RIGHT, FAIL, "no Python code"),
    Hostile("50 MB in one block", fenced("#" * 50_000_000), FAIL, "larger than the limit"),
    Hostile("nothing but NUL", "\0" * 100_000, FAIL, "no Python code"),
    Hostile(
        "terminal control in an error",
        answer(top="raise ValueError('\\x1b[2J\\x1b]0;x\\x07[red]' * 999)"),
        FAIL,
        "ValueError",
    ),
]
