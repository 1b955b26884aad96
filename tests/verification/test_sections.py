from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.errors import InputError
from harness.verification.sections import Fault, sections

if TYPE_CHECKING:
    from pathlib import Path

PAGE = """\
# A rule

```console
$ ls
```

## Incorrect: session-import, `error-handling` on SQLite

```python
# app/database.py
wrong = 1
```

```py
wrong = 2
```

## Correct: otherwise

Words.

- a list

  ```python
  # app/database.py
  right = 1
  ```

## Verify

```python
# tests/test_it.py
def test_it() -> None: ...
```

```python
# tests/conftest.py
```
"""


def put(folder: Path, text: str) -> Path:
    page = folder / "rule.md"
    page.write_text(text)
    return page


def test_the_blocks_below_each_heading(tmp_path: Path) -> None:
    wrong, right, verify = sections(put(tmp_path, PAGE), "references/rule.md")
    assert [block.path for block in wrong.blocks] == ["app/database.py", "block2.py"]
    assert wrong.faults == (Fault("session-import"), Fault("error-handling", "sqlite"))
    assert (wrong.shown("sqlite"), wrong.shown("postgresql")) == (
        ("session-import", "error-handling"),
        ("session-import",),
    )
    assert right.faults is None
    assert [(block.module, block.lines[1]) for block in right.blocks] == [("app.database", 24 + 2)]
    assert [(block.path, block.is_support) for block in verify.tests] == [
        ("tests/test_it.py", False),
        ("tests/conftest.py", True),
    ]
    assert [each.line for each in (wrong, right, verify)] == [10, 25, 32]


def test_a_page_without_python_has_no_sections(tmp_path: Path) -> None:
    assert sections(put(tmp_path, "# A rule\n\n## Incorrect: nothing\n\n```sh\nls\n```\n"), "rule.md") == []


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("Incorrect", "rule.md:4: the heading 'Incorrect: ...' names ''"),
        ("Incorrect: sesion-import", "names 'sesion-import': give criteria, or 'test'"),
        ("Incorrect: awaited on Oracle", "the heading names 'Oracle': give SQLite or PostgreSQL"),
    ],
)
def test_a_heading_that_claims_nothing_known_is_refused(tmp_path: Path, heading: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        sections(put(tmp_path, f"## {heading}\n\n```python\npass\n```\n"), "rule.md")
    assert words in str(caught.value)
