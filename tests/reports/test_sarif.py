"""SARIF: one golden log, which the official validator accepts, and what the logs of two runs have in common."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.checking.findings import Finding, Report
from harness.checking.fixing import Change, Proposal
from harness.checking.judge import CHECKED
from harness.checking.sources import Sources
from harness.criteria import CRITERIA
from harness.reports.explained import to_markdown, to_plain
from harness.reports.json import to_text
from harness.reports.sarif import replacements, to_sarif
from tests.reports.checked import REPORT

if TYPE_CHECKING:
    from tests.reports.conftest import Golden

ROOT = Path(__file__).parent.parent.parent
VALIDATOR = ROOT / ".venv" / "sarif" / "node_modules" / ".bin" / "sarif-multitool-linux"
"""Microsoft's, which holds the official schema of 2.1.0 and the rules that a schema cannot express."""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "database.py").write_text(DATABASE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


DATABASE = "engine = create_async_engine(url)\n"
PROPOSALS = {
    ("pool-size", "app/database.py", 1, 1): Proposal(
        (Change("app/database.py", DATABASE.encode(), b"import os\nengine = create_async_engine(url, pool_size=5)\n"),),
        safe=True,
    ),
    ("depends", "app/api v1/tâsks.py", 12, 2): Proposal((Change("/elsewhere/é.py", b"a\nb", b"b\nc\n"),), safe=False),
    ("awaited", "app/api v1/tâsks.py", 3, 5): Proposal((Change("app/old.py", b"a\rb\n", b"a\rc\n"),), safe=True),
}


def log(report: Report, root: Path) -> dict[str, Any]:
    return to_sarif(report, CHECKED, root, Sources(), "1.2.3", PROPOSALS)


def applied(before: str, after: str) -> str:
    """The text before with all replacements done, the last one first."""
    text = before
    for each in reversed(replacements(Change("a.py", before.encode(), after.encode()))):
        lines = text.split("\n")
        region = each["deletedRegion"]
        ends = [(region["startLine"], region["startColumn"]), (region["endLine"], region["endColumn"])]
        start, end = (sum(len(line) + 1 for line in lines[: row - 1]) + column - 1 for row, column in ends)
        assert ends[0] <= ends[1]
        text = text[:start] + each["insertedContent"]["text"] + text[end:]
    return text


LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\r\n", "\n", "é 中 😀\n"]), max_size=8).map("".join)
TEXTS = st.tuples(LINES, st.sampled_from(["", "a", "é"])).map("".join)


@given(TEXTS, TEXTS)
def test_the_replacements_of_a_fix_give_its_file(before: str, after: str) -> None:
    assert applied(before, after) == after


@pytest.mark.parametrize("text", ["a\rb\n", "a\u2028\n"])
def test_lines_that_others_count_in_another_way_have_no_replacements(text: str) -> None:
    assert not replacements(Change("a.py", text.encode(), b"b\n"))
    assert not replacements(Change("a.py", b"b\n", text.encode()))


def test_a_byte_order_mark_is_no_character() -> None:
    (found,) = replacements(Change("a.py", b"\xef\xbb\xbfa\n", b"\xef\xbb\xbfb\n"))
    assert found["insertedContent"] == {"text": "b\n"}


def test_a_log(checkout: Path, golden: Golden) -> None:
    document = log(REPORT, checkout)
    rules = document["runs"][0]["tool"]["driver"]["rules"]
    document["runs"][0]["tool"]["driver"]["rules"] = [rule["id"] for rule in rules]
    golden("checked.sarif.json", to_text(document).replace(checkout.as_uri(), "file:///checkout"))


def test_the_rules_are_the_pages_of_the_criteria(checkout: Path) -> None:
    rules = {each["id"]: each for each in log(REPORT, checkout)["runs"][0]["tool"]["driver"]["rules"]}
    assert list(rules) == list(CHECKED)
    for name, rule in rules.items():
        assert rule["help"] == {"text": to_plain(CRITERIA[name]), "markdown": to_markdown(CRITERIA[name])}
        assert rule["fullDescription"] == {"text": CRITERIA[name].statement}
    levels = {name: rule["defaultConfiguration"]["level"] for name, rule in rules.items()}
    assert (levels["awaited"], levels["pool-size"]) == ("error", "note")


def test_the_official_validator_accepts_it(checkout: Path) -> None:
    program = shutil.which("sarif-multitool-linux") or VALIDATOR
    if not Path(program).exists():
        pytest.skip("the validator of SARIF is not installed: make sarif-validator")
    (checkout / "found.sarif").write_text(to_text(log(REPORT, checkout)))
    (checkout / "nothing.sarif").write_text(to_text(log(Report(files=1), checkout)))
    for name in ("found", "nothing"):
        ended = subprocess.run(
            [program, "validate", f"{name}.sarif", "--output", f"{name}.validated"],
            env=os.environ | {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        said = json.loads((checkout / f"{name}.validated").read_text())["runs"][0]["results"]
        # a home page to name (SARIF2005) there is not yet
        assert [each for each in said if each.get("level") == "error" or each["ruleId"] != "SARIF2005"] == []


def fingerprints(report: Report, root: Path) -> list[str]:
    results = log(report, root)["runs"][0]["results"]
    return [each["partialFingerprints"]["harnessFinding/v1"] for each in results]


def test_a_finding_keeps_its_fingerprint_when_lines_move(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(line: int, path: str = "app/database.py") -> Report:
        return Report([Finding(path, line, 1, "pool-size", "m", "r")])

    before = fingerprints(found(1), checkout)
    (checkout / "app" / "database.py").write_text("\n\n  engine = create_async_engine(url)\nother\n")
    assert fingerprints(found(3), checkout) == before
    assert fingerprints(found(4), checkout) != before
    monkeypatch.chdir(checkout / "app")
    assert fingerprints(found(3, "database.py"), checkout) == before


def test_findings_that_are_alike_are_told_apart(checkout: Path) -> None:
    twice = Report([REPORT.findings[3], REPORT.findings[3]])
    one, other = fingerprints(twice, checkout)
    assert (one.partition(":")[2], other.partition(":")[2]) == ("1", "2")
    assert one.partition(":")[0] == other.partition(":")[0]


def test_places_outside_the_checkout_are_absolute(checkout: Path) -> None:
    [result] = log(Report([Finding("/else where/a.py", 1, 1, "awaited", "m", "r")]), checkout)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///else%20where/a.py"}


def test_the_root_of_everything(checkout: Path) -> None:
    run = log(Report([REPORT.findings[3]]), Path("/"))["runs"][0]
    assert run["originalUriBaseIds"] == {"SRCROOT": {"uri": "file:///"}}
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": str(checkout / "app" / "database.py")[1:], "uriBaseId": "SRCROOT"}
