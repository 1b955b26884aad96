from __future__ import annotations

import io
from typing import TYPE_CHECKING

from harness.evaluation import Evaluation
from harness.reports.markdown import evaluation_to_markdown
from harness.reports.terminal import write_evaluation, write_grade

if TYPE_CHECKING:
    import pytest

    from tests.reports.conftest import Golden


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(evaluation: Evaluation) -> str:
    stream = io.StringIO()
    write_evaluation(evaluation, stream)
    return stream.getvalue()


def test_an_evaluation_in_a_pipe(evaluation: Evaluation, golden: Golden) -> None:
    golden("evaluation.txt", written(evaluation))


def test_a_grade_in_a_pipe(evaluation: Evaluation, golden: Golden) -> None:
    stream = io.StringIO()
    for item in (evaluation.judged[1], evaluation.judged[4]):
        write_grade(item.grade, item.completion, stream)
    golden("grade.txt", stream.getvalue())


def test_a_narrow_terminal_wraps_and_colours_but_loses_nothing(
    evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    write_evaluation(evaluation, stream)
    text = stream.getvalue()
    assert "\x1b[31m" in text.replace("\x1b[1;31m", "\x1b[31m")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    write_evaluation(evaluation, stream)
    lines = stream.getvalue().replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "").splitlines()
    assert max(len(line) for line in lines) <= 60
    assert " ".join(" ".join(lines).split()).count("which has no exec()") == 2


def test_what_a_completion_says_cannot_steer_the_terminal(evaluation: Evaluation) -> None:
    text = written(evaluation)
    assert "\x1b" not in text
    assert "\\x1b[31m" in text


def test_other_encodings_get_other_symbols(evaluation: Evaluation) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    write_evaluation(evaluation, stream)
    stream.flush()
    assert b"x test-your-skill/wrong.md: fail" in raw.getvalue()


def test_nothing_judged() -> None:
    text = written(Evaluation(judged=(), cases={}, problems=("a.md: is not UTF-8",)))
    assert text == "\n0 grades on sqlite: none.\n1 problem with the input, see above.\n"


def test_one_is_not_many(evaluation: Evaluation) -> None:
    one = Evaluation(judged=evaluation.judged[:1], cases=evaluation.cases)
    assert "\n1 grade on sqlite: 1 pass.\n" in written(one)
    assert evaluation_to_markdown(one).startswith("# 1 grade on sqlite\n")


def test_many_cases_share_one_column(evaluation: Evaluation) -> None:
    first = evaluation.judged[0]
    cases = {f"case-{number}": evaluation.cases["test-your-skill"] for number in range(7)}
    items = []
    for name in cases:
        grade = type(first.grade)(name, "a.md", first.grade.overall, first.grade.verdicts)
        items.append(type(first)(first.completion, grade, None))
    text = written(Evaluation(judged=tuple(items), cases=cases))
    assert "7 cases" in text
    assert "  7 ✓" in text
