"""``from harness import check``: the command without the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness import check
from harness.checking.findings import Level
from harness.errors import InputError

CODE = """\
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

engine = create_async_engine("postgresql+asyncpg://localhost/app")


async def create(session: AsyncSession, task):
    session.commit()
    session.flush()  # harness: ignore[awaited] for once
"""


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a.py").write_text(CODE)
    (tmp_path / "app" / "b.py").write_text("import sqlmodel\ndef f(:\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_report(tree: Path) -> None:
    for report in (check(), check("app"), check(tree / "app", jobs=1), check(Path("app/a.py"), "app/b.py")):
        (found,) = report.findings
        assert (found.path, found.line, found.column) == ("app/a.py", 8, 5)
        assert (found.criterion, found.level, found.fixable) == ("awaited", Level.ERROR, True)
        assert (report.files, report.hidden, report.known) == (2, 1, 0)
        assert [(each.path, each.line) for each in report.unread] == [("app/b.py", 2)]
    assert not (tree / ".harness_cache").exists()


def test_wishes_and_settings(tree: Path) -> None:
    assert [each.criterion for each in check("app", advice=True).findings] == ["pool-size", "awaited"]
    assert not check("app", ignore=["awaited"]).findings
    assert not check("app", select=["depends"]).findings
    assert check("app", exclude=["a.py"]).files == 1
    settings = tree / "other.toml"
    settings.write_text('[tool.harness.check]\nignore = ["awaited"]\nadvice = true\n')
    assert [each.criterion for each in check("app", config=settings).findings] == ["pool-size"]


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"select": ["nonsense"]}, "--select"),
        ({"baseline": "none.json"}, "none.json: there is no such baseline"),
        ({"config": "none.toml"}, "none.toml"),
    ],
)
def test_what_there_is_not(wishes: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        check("app", **wishes)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="nowhere"):
        check("nowhere")


def test_it_stays_a_function_once_the_package_is_imported() -> None:
    again = "from harness import check"
    code = f"import harness.checking.run; {again}; check('app'); {again}; print(check.__name__)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "check\n"
