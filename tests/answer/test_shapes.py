"""Shapes of answers: what each becomes, as ``role:path`` of its blocks in order, with ``*`` for partial code."""

from __future__ import annotations

import pytest

from harness.answer import Answer, Role, extract

A = "import os\n\nengine = make(os.environ)\n"
B = "from fastapi import APIRouter\n\nrouter = APIRouter()\n"
C = "class Task:\n    pass\n"


def fence(code: str, info: str = "python", marker: str = "```") -> str:
    return f"{marker}{info}\n{code}{marker}\n\n"


def indented(text: str, by: str) -> str:
    return "".join(by + line if line.strip() else line for line in text.splitlines(keepends=True))


def described(answer: Answer) -> list[str]:
    partial = {f.lines for f in (*answer.files, *answer.wrong) if f.partial}
    result = []
    for block in answer.blocks:
        text = block.role.value + (f":{block.path}" if block.path else "")
        result.append(text + ("*" if block.lines in partial else ""))
    return result


SHAPES: dict[str, tuple[str, list[str]]] = {
    # fences
    "py": (fence(A, "py"), ["fragment"]),
    "python3": (fence(A, "python3"), ["fragment"]),
    "Python": (fence(A, "Python"), ["fragment"]),
    "tilde": (fence(A, marker="~~~"), ["fragment"]),
    "four-backticks": (fence(A, marker="````"), ["fragment"]),
    "no-info": (fence(A, ""), ["fragment"]),
    "text-info": (fence(A, "text"), ["fragment"]),
    "unclosed": ("Code:\n\n```python\n" + A, ["fragment"]),
    "crlf": (fence(A).replace("\n", "\r\n"), ["fragment"]),
    "cr": (fence(A).replace("\n", "\r"), ["fragment"]),
    "bom": ("\ufeff" + fence(A), ["fragment"]),
    "in-list": ("1. Create `main.py`\n\n" + indented(fence(A), "   "), ["file:main.py"]),
    "in-list-code-not-indented": ("1. Create `main.py`\n   ```python\n" + A + "   ```\n2. Run it\n", ["file:main.py"]),
    "in-nested-list": ("- a\n  - b:\n\n" + indented(fence(A), "    "), ["fragment"]),
    "four-spaces-fence": ("Text:\n\n" + indented(fence(A), "    "), ["fragment"]),
    "in-quote": (indented(fence(A).rstrip() + "\n", "> "), ["fragment"]),
    "details": ("<details>\n<summary>main.py</summary>\n" + fence(A) + "</details>\n", ["file:main.py"]),
    "answer-tag": ("<answer>\n" + fence(A) + "</answer>", ["fragment"]),
    "markdown-in-markdown": ("````markdown\n### main.py\n" + fence(A) + "````\n", ["file:main.py"]),
    "markdown-with-equal-fences": (
        "```markdown\n# Title\n" + fence(A) + "More.\n```\n\nThen:\n\n" + fence(B),
        ["fragment", "fragment"],
    ),
    "two-openings": ("```python\n" + A + "```python\n" + B + "```\n", ["fragment", "fragment"]),
    "adjacent": (fence(A).strip() + "\n" + fence(B), ["fragment", "fragment"]),
    "indented-code": ("Use this:\n\n" + indented(A, "    ") + "\nDone.\n", ["fragment"]),
    "whole-text-is-code": (A + "\n\ndef f():\n    return 1\n", ["fragment"]),
    "docstring-then-code": ('"""Engine."""\n' + A, ["fragment"]),
    "prose-then-raw-code": ("Here is the code you asked for.\n\n" + A + "\nThat is all you need.\n", ["fragment"]),
    "raw-code-named": ("database.py:\n\n" + A + "\nand then main.py:\n\n" + B, ["file:database.py", "file:main.py"]),
    "raw-code-titled": ("Sure.\n\n# database.py\n" + A, ["file:database.py"]),
    "heredoc": (fence("cat > app/db.py << 'EOF'\n" + A + "EOF\n", "bash"), ["shell", "file:app/db.py"]),
    # reasoning
    "think": ("<think>\n" + fence(A) + "</think>\n\n" + fence(B), ["discarded", "fragment"]),
    "thinking-unclosed": ("<thinking>\n" + fence(A), ["discarded"]),
    "think-unclosed-fence": ("<think>\n```python\n" + A + "</think>\n" + fence(B), ["discarded", "fragment"]),
    "reasoning": ("<reasoning>\nhm\n</reasoning>\n" + fence(B), ["fragment"]),
    "end-of-think-only": ("hm " + fence(A) + "</think>\n" + fence(B), ["discarded", "fragment"]),
    "mistral-think": ("[THINK]\n" + fence(A) + "[/THINK]\n" + fence(B), ["discarded", "fragment"]),
    # names
    "heading-name": ("### File: app/database.py\n\n" + fence(A), ["file:app/database.py"]),
    "heading-cjk": ("### 1. 数据库会话 `database.py`\n\n" + fence(A), ["file:database.py"]),
    "setext-name": ("database.py\n-----------\n\n" + fence(A), ["file:database.py"]),
    "bold-name": ("**`app/db.py`**\n" + fence(A), ["file:app/db.py"]),
    "bold-name-colon": ("**app/db.py**:\n\n" + fence(A), ["file:app/db.py"]),
    "bold-number": ("1. **Create `app/db.py`**\n\n" + indented(fence(A), "   "), ["file:app/db.py"]),
    "prose-name": ("Put this in `app/db.py`:\n\n" + fence(A), ["file:app/db.py"]),
    "prose-two-names": ("Create `main.py` next to `database.py`:\n\n" + fence(A), ["file:main.py"]),
    "prose-imported-name": (
        "With `database.py` in place, `main.py`:\n\n" + fence("from database import x\n"),
        ["file:main.py"],
    ),
    "name-like-a-library-module": (
        "`session.py`:\n\n" + fence("from sqlmodel.ext.asyncio.session import AsyncSession\n"),
        ["file:session.py"],
    ),
    "prose-name-imported-from-package": (
        "Uses `database.py`:\n\n" + fence("from app.database import x\n"),
        ["fragment"],
    ),
    "heading-then-prose": ("### `db.py`\n\nThis sets up the engine.\n\n" + fence(A), ["file:db.py"]),
    "heading-then-shell": ("### `db.py`\n\n" + fence("pip install x\n", "bash") + fence(A), ["shell", "file:db.py"]),
    "heading-once": ("### db.py\n\n" + fence(A) + "Usage:\n\n" + fence(B), ["file:db.py", "fragment"]),
    "title": (fence(A, 'python title="app/db.py"'), ["file:app/db.py"]),
    "colon-info": (fence(A, "python:app/db.py"), ["file:app/db.py"]),
    "filename-info": (fence(A, "python filename=app/db.py"), ["file:app/db.py"]),
    "attribute-info": (fence(A, '{.python file="app/db.py"}'), ["file:app/db.py"]),
    "path-info": (fence(A, "app/db.py"), ["file:app/db.py"]),
    "word-info": (fence(A, "python app/db.py"), ["file:app/db.py"]),
    "lines-info": (fence(A, "1:12:app/db.py"), ["file:app/db.py"]),
    "options-info": (fence(A, "python {hl_lines=[1]} linenums=1"), ["fragment"]),
    "comment": (fence("# app/db.py\n" + A), ["file:app/db.py"]),
    "comment-file": (fence("# file: app/db.py\n" + A), ["file:app/db.py"]),
    "comment-dashes": (fence("# --- database.py ---\n" + A), ["file:database.py"]),
    "comment-boxed": (fence("# =====\n# database.py\n# =====\n" + A), ["file:database.py"]),
    "docstring-name": (fence('"""database.py"""\n' + A), ["file:database.py"]),
    "comment-mention": (fence("# models.py must define Task\n" + A), ["fragment"]),
    "two-files-one-block": (
        fence("# database.py\n" + A + "\n\n# main.py\n" + B),
        ["file:database.py", "file:main.py"],
    ),
    "three-files-divided": (
        fence("# --- db.py ---\n" + A + "\n# --- models.py ---\n" + C + "\n# --- main.py ---\n" + B),
        ["file:db.py", "file:models.py", "file:main.py"],
    ),
    "leaves-folder": ("`../x.py`:\n\n" + fence(A), ["fragment"]),
    "absolute": (fence("# /etc/x.py\n" + A), ["fragment"]),
    "windows": (fence("# C:\\x.py\n" + A), ["fragment"]),
    "backslashes": (fence("# app\\db.py\n" + A), ["file:app/db.py"]),
    "compose": ("`docker-compose.yml`:\n\n" + fence("services:\n  db:\n", "yaml"), ["config:docker-compose.yml"]),
    "env": ("`.env`:\n\n" + fence("DATABASE_URL=x\n", ""), ["config:.env"]),
    "named-config-in-no-info": ("**alembic.ini**\n\n" + fence("[alembic]\nx = 1\n", ""), ["config:alembic.ini"]),
    # not Python
    "shell-dollar": (fence("$ pip install x\n", ""), ["shell"]),
    "pip": (fence("pip install fastapi\n", ""), ["shell"]),
    "toml": (fence("[project]\nname = 'x'\n", "toml"), ["config"]),
    "json": (fence('{"title": "a"}\n', "json"), ["config"]),
    "json-no-info": (fence('{"title": "a"}\n', ""), ["config"]),
    "sql-no-info": (fence("SELECT * FROM task;\n", ""), ["config"]),
    "tree": (fence("app/\n├── db.py\n└── main.py\n", ""), ["config"]),
    "traceback": (fence("Traceback (most recent call last):\n  File x\nMissingGreenlet: y\n", ""), ["output"]),
    "error-line": (fence("sqlalchemy.exc.MissingGreenlet: greenlet_spawn has not been called\n", ""), ["output"]),
    "mermaid": (fence("graph TD\nA-->B\n", "mermaid"), ["config"]),
    # marks
    "heading-wrong": ("## Wrong\n\n" + fence(A) + "## Right\n\n" + fence(B), ["wrong", "fragment"]),
    "heading-emoji": ("### ❌ Shared\n\n" + fence(A) + "### ✅ Per request\n\n" + fence(B), ["wrong", "fragment"]),
    "section-wrong": (
        "## The wrong way\n\n### Engine\n\n" + fence(A) + "### Use\n\n" + fence(C) + "## The right way\n\n" + fence(B),
        ["wrong", "wrong", "fragment"],
    ),
    "section-wrong-fix-inside": (
        "## The wrong way\n\n" + fence(A) + "Here's the fix:\n\n" + fence(B),
        ["wrong", "fragment"],
    ),
    "bold-before-after": ("**Before**\n\n" + fence(A) + "**After**\n\n" + fence(B), ["wrong", "fragment"]),
    "bold-wrong-then-neutral": (
        "**Wrong:**\n\n" + fence(A) + "Every request gets its own session.\n\n" + fence(B),
        ["wrong", "fragment"],
    ),
    "list-of-advice-then-code": ("- ✅ one each\n- ❌ never share one\n\n" + fence(A), ["fragment"]),
    "commented-out-wrong-line": (fence("# WRONG: from a import B\nfrom c import B\n"), ["fragment"]),
    "you-have": ("What you have now:\n\n" + fence(A) + "Change it to:\n\n" + fence(B), ["wrong", "fragment"]),
    "parentheses": (
        "A shared session (bad):\n\n" + fence(A) + "A scoped one (good):\n\n" + fence(B),
        ["wrong", "fragment"],
    ),
    "mistake-explained": ("It's a mistake to forget `class_`. Here's the factory:\n\n" + fence(A), ["fragment"]),
    "save-the-above": (fence(A) + "Save this as `a.py`.\n\n" + fence(B), ["fragment", "fragment"]),
    "list-wrong-right": (
        "- ❌ Don't:\n\n" + indented(fence(A), "  ") + "- ✅ Do:\n\n" + indented(fence(B), "  "),
        ["wrong", "fragment"],
    ),
    "prose-wrong": ("Don't do this:\n\n" + fence(A) + "Do this instead:\n\n" + fence(B), ["wrong", "fragment"]),
    "prose-fix-for-wrong": ("Here's the fix for the wrong import:\n\n" + fence(A), ["fragment"]),
    "prose-avoids": ("This avoids the problem:\n\n" + fence(A), ["fragment"]),
    "prose-what-goes-wrong": ("What goes wrong:\n\n" + fence(A) + "The fix:\n\n" + fence(B), ["wrong", "fragment"]),
    "your-code": ("Your code:\n\n" + fence(A) + "Fixed:\n\n" + fence(B), ["wrong", "fragment"]),
    "hint-without-contrast": ("## The problem\n\nIt is lazy.\n\n" + fence(A), ["fragment"]),
    "title-with-broken": (
        "# Fixing or replacing a broken session\n\n## Code\n\n" + fence(A),
        ["fragment"],
    ),
    "replace-by": ("Replace\n\n" + fence(A) + "by\n\n" + fence(B), ["wrong", "fragment"]),
    "replace-import": (
        "1. Now replace this line:\n\n" + fence("import a\n") + "with:\n\n" + fence("import b\n"),
        ["wrong", "fragment"],
    ),
    "change-to": ("Then change the query\n\n" + fence(A) + "to **this**:\n\n" + fence(B), ["wrong", "fragment"]),
    "german-replace": ("Ersetze\n\n" + fence(A) + "durch\n\n" + fence(B), ["wrong", "fragment"]),
    "replace-with-it": ("Replace your endpoint with:\n\n" + fence(A) + "To run it:\n\n" + fence(B), ["fragment"] * 2),
    "to-run": (
        "Change the model:\n\n" + fence(A) + "To create the tables, run this once.\n\n" + fence(B),
        ["fragment"] * 2,
    ),
    "replace-by-labels": ("**Replace:**\n\n" + fence(A) + "**With:**\n\n" + fence(B), ["wrong", "fragment"]),
    "change-and-run-it": (
        "Change the model:\n\n" + fence(A) + "To run it:\n\n" + fence("uvicorn main:app\n", "bash"),
        ["fragment", "shell"],
    ),
    "change-and-another-case": (
        "Change the model:\n\n" + fence(A) + "**For production**\n\n" + fence(B),
        ["fragment"] * 2,
    ),
    "change-and-go-on": (
        "Change the model:\n\n" + fence(A) + "With this in place:\n\n" + fence(B),
        ["fragment"] * 2,
    ),
    "hint-at-a-file-whose-namesake-is-imported": (
        "The naive version, `db.py`:\n\n"
        + fence(A)
        + "Better, `app/db.py`:\n\n"
        + fence(B)
        + "`app/main.py`:\n\n"
        + fence("from app.db import router\n"),
        ["wrong:db.py", "file:app/db.py", "file:app/main.py"],
    ),
    "hint-at-what-right-code-imports": (
        "`db.py`, which rolls back where your code fails:\n\n"
        + fence(A)
        + "`main.py`:\n\n"
        + fence("from db import engine\n"),
        ["file:db.py", "file:main.py"],
    ),
    "german": ("Falsch:\n\n" + fence(A) + "Richtig:\n\n" + fence(B), ["wrong", "fragment"]),
    "french": ("**Mauvais exemple**\n\n" + fence(A) + "**Bon exemple**\n\n" + fence(B), ["wrong", "fragment"]),
    "spanish": ("Incorrecto:\n\n" + fence(A) + "Correcto:\n\n" + fence(B), ["wrong", "fragment"]),
    "portuguese": ("### Errado\n\n" + fence(A) + "### Certo\n\n" + fence(B), ["wrong", "fragment"]),
    "chinese": ("### 错误示例\n\n" + fence(A) + "### 正确示例\n\n" + fence(B), ["wrong", "fragment"]),
    "chinese-error-handling": ("### 错误处理\n\n" + fence(A), ["fragment"]),
    "japanese": ("悪い例：\n\n" + fence(A) + "良い例：\n\n" + fence(B), ["wrong", "fragment"]),
    "korean": ("### 잘못된 예\n\n" + fence(A) + "### 올바른 예\n\n" + fence(B), ["wrong", "fragment"]),
    "russian": ("**Неправильно:**\n\n" + fence(A) + "**Правильно:**\n\n" + fence(B), ["wrong", "fragment"]),
    "italian": ("Sbagliato:\n\n" + fence(A) + "Corretto:\n\n" + fence(B), ["wrong", "fragment"]),
    "comment-wrong": (fence("# WRONG\n" + A) + fence("# RIGHT\n" + B), ["wrong", "fragment"]),
    "comment-dont": (fence("# ❌ Don't do this\n" + A), ["wrong"]),
    "comment-in-passing": (fence("# avoids MissingGreenlet\n" + A + "\n# No refresh needed\nx = 1\n"), ["fragment"]),
    "remark-bad": (fence("session = Session(engine)  # BAD: shared by all requests\n"), ["wrong"]),
    "remark-under-right-heading": ("## Right\n\n" + fence("s = 1  # bad: x\n"), ["fragment"]),
    "one-block-wrong-right": (fence("# ❌ Wrong\n" + A + "\n# ✅ Right\n" + B), ["wrong", "fragment"]),
    "one-block-shared-imports": (
        fence("import os\n\n# ❌ Wrong\nengine = 1\n\n# ✅ Right\nengine = os\n"),
        ["fragment", "wrong"],
    ),
    "bad-name": (
        fence("def bad_get_task():\n    return 1\n\n\ndef good_get_task():\n    return 2\n"),
        ["wrong", "fragment"],
    ),
    "bad-request-name": (fence("def bad_request():\n    return 1\n"), ["fragment"]),
    "wrong-docstring": (
        fence('def f():\n    """❌ WRONG"""\n\n\ndef g():\n    """✅ Right"""\n'),
        ["wrong", "fragment"],
    ),
    "same-name-wrong-right": (
        "### `db.py`\n\nWrong:\n\n" + fence(A) + "Right:\n\n" + fence(B),
        ["wrong:db.py", "file:db.py"],
    ),
    # diffs
    "diff": (
        fence("--- a/main.py\n+++ b/main.py\n@@ -1 +1 @@\n import os\n-x = 1\n+x = 2\n", "diff"),
        ["file:main.py", "wrong:main.py"],
    ),
    "diff-spaced": (fence("- x = 1\n+ x = 2\n  y = 3\n", "diff"), ["wrong", "fragment"]),
    "diff-in-python": (fence("-x = 1\n+x = 2\n"), ["wrong", "fragment"]),
    "diff-of-two-files": (
        fence("--- a/a.py\n+++ b/a.py\n+x = 1\n--- a/b.py\n+++ b/b.py\n+y = 1\n", "diff"),
        ["file:a.py", "file:b.py"],
    ),
    "diff-of-code-before-it": (
        "`main.py`:\n\n" + fence(A + "x = 1\n") + fence(" \n-x = 1\n+x = 2\n", "diff"),
        ["wrong:main.py", "file:main.py", "wrong"],
    ),
    "diff-of-other-code": (fence("y = 1\n") + fence("-x = 1\n+x = 2\n", "diff"), ["fragment", "wrong", "fragment"]),
    # sessions
    "repl": (fence(">>> x = 1\n>>> x\n1\n", "pycon"), ["fragment"]),
    "repl-in-python": (fence(">>> def f():\n...     return 1\n>>> f()\n1\n"), ["fragment"]),
    "ipython": (fence("In [1]: x = 1\nOut[1]: 1\n"), ["fragment"]),
    # tests
    "test-by-its-name": (fence(B) + "`tests/test_api.py`:\n\n" + fence(A), ["fragment", "test:tests/test_api.py"]),
    "app-that-is-called-a-test": (
        "`test_your_skill.py`:\n\n" + fence("@app.get('/')\nasync def read():\n    return 1\n"),
        ["file:test_your_skill.py"],
    ),
    "conftest": (fence(B) + fence("# conftest.py\n" + A), ["fragment", "test:conftest.py"]),
    "file-like-a-test": ("`latest.py`:\n\n" + fence(A), ["file:latest.py"]),
    "test-without-a-name": (
        fence(A)
        + fence("import pytest\n\nasync def fake():\n    yield 1\n\ndef test_a(client):\n    assert client.get('/')\n"),
        ["fragment", "test"],
    ),
    "test-class": (
        fence(A) + fence("class TestTasks:\n    def test_a(self):\n        assert 1\n"),
        ["fragment", "test"],
    ),
    "nothing-but-a-test": (
        "`test_skill.py`:\n\n" + fence("def make():\n    app = FastAPI()\n"),
        ["file:test_skill.py"],
    ),
    "test-that-right-code-imports": (
        "`tests/db.py`:\n\n" + fence(A) + "`main.py`:\n\n" + fence("from tests.db import engine\n"),
        ["file:tests/db.py", "file:main.py"],
    ),
    "test-whose-maker-is-used": (
        fence("make = sessionmaker(engine)\n\ndef test_a():\n    assert make\n")
        + fence("async def get_session():\n    async with make() as session:\n        yield session\n"),
        ["fragment"] * 2,
    ),
    "test-with-a-maker-of-its-own": (
        fence("make = sessionmaker(engine)\n\nasync def get_session():\n    async with make() as s:\n        yield s\n")
        + fence("make = sessionmaker(fake)\n\ndef test_a():\n    assert make\n"),
        ["fragment", "test"],
    ),
    "test-with-a-fixture": (
        fence("async def get_session():\n    yield maker()\n")
        + fence("@pytest.fixture\ndef maker():\n    yield 1\n\ndef test_a():\n    assert 1\n"),
        ["fragment", "test"],
    ),
    "test-beside-the-app": (fence("app = FastAPI()\n\ndef test_a():\n    assert TestClient(app)\n"), ["fragment"]),
    "test-beside-the-dependency": (
        fence("async def get_session():\n    yield 1\n\nasync def test_it():\n    assert 1\n"),
        ["fragment"],
    ),
    "override": (fence(A) + fence("app.dependency_overrides[get] = fake\n"), ["fragment", "test"]),
    "override-of-an-app": (fence("app = FastAPI()\napp.dependency_overrides[get] = fake\n"), ["fragment"]),
    "test-model": (fence("class TestResult(SQLModel):\n    ok: bool\n"), ["fragment"]),
    "wrong-test": (
        "Wrong:\n\n" + fence("def test_a():\n    assert s is s\n") + "Right:\n\n" + fence(A),
        ["wrong", "fragment"],
    ),
    # options
    "options": ("## Option A: one\n\n" + fence(A) + "## Option B: two\n\n" + fence(B), ["alternative", "alternative"]),
    "solutions": ("**Solution 1**\n\n" + fence(A) + "**Solution 2**\n\n" + fence(B), ["alternative", "alternative"]),
    "or-with": ("Fix:\n\n" + fence(A) + "Or with joinedload:\n\n" + fence(B), ["fragment", "alternative"]),
    "alternatively": (fence(A) + "Alternatively, do it later:\n\n" + fence(B), ["fragment", "alternative"]),
    "options-wrong": ("## Option A\n\n" + fence(A) + "## Option B\n\nWrong:\n\n" + fence(B), ["alternative", "wrong"]),
    "options-in-block": (fence("# Option 1: one\n" + A + "\n# Option 2: two\n" + B), ["alternative", "alternative"]),
    "chinese-options": (
        "### 方案一：预加载\n\n" + fence(A) + "### 方案二：连接\n\n" + fence(B),
        ["alternative", "alternative"],
    ),
    "steps": (
        "**Step 1 – database.py**\n\n" + fence(A) + "**Step 2 – main.py**\n\n" + fence(B),
        ["file:database.py", "file:main.py"],
    ),
    # partial code
    "attribute": (fence("project: Project | None = Relationship(x=1)\n"), ["fragment*"]),
    "top-level-await": (fence("task = await session.get(Task, 1)\n"), ["fragment*"]),
    "await-inside-brackets": (fence("task = (\n    await session.get(Task, 1)\n).one()\n"), ["fragment*"]),
    "await-in-words": (fence('text = """\nawait session.get(x)\n"""\n'), ["fragment"]),
    "top-level-return": (fence("return {'a': 1}\n"), ["fragment*"]),
    "placeholder-class": (fence("class Task(SQLModel):\n    ...\n    name: str\n"), ["fragment*"]),
    "rest-of-code": (fence("import os\n# ... rest of the code\n"), ["fragment*"]),
    "async-def-is-whole": (fence("async def f():\n    await g()\n    return 1\n"), ["fragment"]),
    # copies
    "identical": (fence(A) + "Again:\n\n" + fence(A), ["fragment"]),
    "identical-one-named": (fence(A) + "`db.py`:\n\n" + fence(A), ["file:db.py"]),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shape(name: str) -> None:
    text, expected = SHAPES[name]
    assert described(extract(text)) == expected


def test_refused_names_are_problems() -> None:
    for raw in ("../x.py", "/etc/x.py", "C:\\x.py"):
        answer = extract(f"`{raw}`:\n\n" + fence(A))
        assert len(answer.problems) == 1
        assert "leaves the folder" in answer.problems[0]
        assert [f.module for f in answer.files] == ["block1"]


def test_modules() -> None:
    answer = extract(
        "".join(f"**{p}**\n\n" + fence(f"x{i} = {i}\n") for i, p in enumerate(("app/__init__.py", "my-app/2db.py")))
    )
    assert [(f.module, f.path) for f in answer.files] == [("app", "app/__init__.py"), ("my_app._2db", "my-app/2db.py")]


@pytest.mark.parametrize(
    ("before", "lead", "after", "expected"),
    [
        ("import os\nx = 1\ny = 2\n", "Change the first to:", "x = os\n", ["import os\nx = os\ny = 2\n"]),
        ("x = 1\ny = 2\n", "Finally, **update** `x`:", "from a import b\nx = b\n", ["from a import b\nx = b\ny = 2\n"]),
        (
            "def f():\n    return 1\ny = 2\n",
            "Replace `f` with:",
            "def f():\n    return 3\n",
            ["def f():\n    return 3\ny = 2\n"],
        ),
        ("x = 1\ny = 2\n", "Change it to:", "x = 3\ny = 4\n", ["x = 1\ny = 2\n", "x = 3\ny = 4\n"]),
        ("x = 1\ny = 2\n", "Change the other file to:", "z = 3\n", ["x = 1\ny = 2\n", "z = 3\n"]),
        ("x = 1\ny = 2\n", "Use it:", "x = 3\n", ["x = 1\ny = 2\n", "x = 3\n"]),
        ("x = 1\ny = 2\n", "If you use MySQL, change `x`:", "x = 3\n", ["x = 1\ny = 2\n", "x = 3\n"]),
        ("x = 1\ny = 2\n", "For tests, change `x`:", "x = 3\n", ["x = 1\ny = 2\n", "x = 3\n"]),
        ("x = 1\ny = 2\n", "In `a.py`, which tests use, change `x`:", "x = 3\n", ["x = 3\ny = 2\n"]),
        ("a = 1\nb = a\nc = b\n", "Change both:", "import os\na = os\nc = a\n", ["import os\na = os\nb = a\nc = a\n"]),
        ("a = 1\nb = a\nc = b\n", "Change both:", "c = 2\na = 3\n", ["a = 3\nb = a\nc = 2\n"]),
        ("x = 1\nx = 2\ny = x\n", "Change `x`:", "x = 3\nx += 1\n", ["x = 3\nx += 1\ny = x\n"]),
        ("x = 1\ny = 2\n", "Change `x`:", "x = 3\n# ... the rest\n", ["x = 3\ny = 2\n"]),
        (
            "def f():\n    return 1\ny = 2\n",
            "Change `f`:",
            "def f():\n    # ... as before\n    return 2\n",
            ["def f():\n    return 1\ny = 2\n", "def f():\n    # ... as before\n    return 2\n"],
        ),
    ],
)
def test_what_is_told_to_be_changed_is_changed(before: str, lead: str, after: str, expected: list[str]) -> None:
    answer = extract(fence(before) + f"{lead}\n\n" + fence(after))
    assert [f.source for f in answer.files] == expected
    assert [f.source for f in answer.wrong] == ([before] if len(expected) == 1 else [])


def test_a_file_given_again_in_part_keeps_the_rest() -> None:
    answer = extract("`a.py`:\n\n" + fence("x = 1\ny = 2\n") + "`a.py`:\n\n" + fence("y = 3\n"))
    assert [(f.path, f.source, f.lines) for f in answer.files] == [("a.py", "x = 1\ny = 3\n", (4, 11))]


DIFFS = {
    "two places": ("@@\n-a = 1\n+a = 9\n@@\n c = 3\n+d = 4\n", "a = 9\n\nb = 2\nc = 3\nd = 4\n"),
    "what is left out": (" a = 1\n+x = 5\n ...\n-c = 3\n", "a = 1\nx = 5\n\nb = 2\n"),
    "places out of order": ("@@\n-c = 3\n+c = 4\n@@\n-a = 1\n+a = 2\n", "a = 2\n\nb = 2\nc = 4\n"),
    "imports at the top": ("@@\n+import os\n@@\n-c = 3\n+c = os\n", "import os\na = 1\n\nb = 2\nc = os\n"),
    "blank lines": (" a = 1\n b = 2\n-c = 3\n", "a = 1\nb = 2\n"),
}


@pytest.mark.parametrize(("change", "expected"), DIFFS.values(), ids=DIFFS)
def test_a_diff_is_applied_to_what_was_shown(change: str, expected: str) -> None:
    answer = extract(fence("a = 1\n\nb = 2\nc = 3\n") + fence(change, "diff"))
    assert [f.source for f in answer.files] == [expected]


def test_places_that_look_the_same_are_changed_one_by_one() -> None:
    place = "@@\n     add(t)\n+    flush()\n"
    answer = extract(
        fence("def a():\n    add(t)\ndef b():\n    add(t)\n") + fence(place + place, "diff"),
    )
    changed = "    add(t)\n    flush()\n"
    assert [f.source for f in answer.files] == [f"def a():\n{changed}def b():\n{changed}"]


def test_a_diff_without_its_margin_is_indented() -> None:
    answer = extract(fence("def f():\n    a = 1\n    return a\n") + fence("-a = 1\n+a = 2\n", "diff"))
    assert [f.source for f in answer.files] == ["def f():\n    a = 2\n    return a\n"]


def test_same_path_joined_and_replaced() -> None:
    joined = extract("`a.py`:\n\n" + fence("x = 1\n") + "`a.py`:\n\n" + fence("y = 2\n"))
    assert [(f.module, f.source, f.lines) for f in joined.files] == [("a", "x = 1\ny = 2\n", (4, 10))]
    replaced = extract("`a.py`:\n\n" + fence("x = 1\n") + "`a.py`:\n\n" + fence("x = 2\n"))
    assert [(f.module, f.path, f.source) for f in replaced.files] == [
        ("a__1", "a.py (1)", "x = 1\n"),
        ("a", "a.py", "x = 2\n"),
    ]


def test_options_have_labels_of_their_own() -> None:
    answer = extract(fence(A) + "## Alternatives\n\nOne:\n\n" + fence(B) + "Two:\n\n" + fence(C))
    labels = [f.option for f in answer.files]
    assert labels[0] is None
    assert len(set(labels)) == 3


def test_tree_gives_the_folder_that_imports_use() -> None:
    tree = fence("app/\n├── db.py\n└── main.py\n", "")
    inside = extract(tree + "**db.py**\n\n" + fence(A) + "**main.py**\n\n" + fence("from app.db import engine\n"))
    assert [f.path for f in inside.files] == ["app/db.py", "main.py"]
    outside = extract(tree + "**db.py**\n\n" + fence(A) + "**main.py**\n\n" + fence("from db import engine\n"))
    assert [f.path for f in outside.files] == ["db.py", "main.py"]


def test_relative_imports_make_a_package() -> None:
    answer = extract("**db.py**\n\n" + fence(A) + "**main.py**\n\n" + fence("from .db import engine\n"))
    assert [f.module for f in answer.files] == ["app.db", "app.main"]


def test_diff_is_read_as_applied() -> None:
    answer = extract(fence("@@ -1,2 +1,2 @@\n def f():\n-    return 1\n+    return 2\n", "diff"))
    assert [f.source for f in answer.files] == ["def f():\n    return 2\n"]
    assert answer.files[0].lines == (3, 5)
    assert [f.source for f in answer.wrong] == ["def f():\n    return 1\n"]
    assert answer.wrong[0].lines == (3, 4)


def test_a_diff_between_wrong_and_right_is_right_as_applied() -> None:
    answer = extract("The wrong way and the right way:\n\n" + fence("-x = 1\n+x = 2\n", "diff"))
    assert [f.source for f in answer.files] == ["x = 2\n"]
    assert [f.source for f in answer.wrong] == ["x = 1\n"]


@pytest.mark.parametrize("text", ["Here's the version that will bite you —", "This is the one that breaks under load:"])
def test_the_version_that_bites_is_wrong_beside_the_one_that_does_not(text: str) -> None:
    wrong, right = fence("x = 1\n"), fence("x = 2\n")
    answer = extract(f"{text}\n\n{wrong}\nAnd here's the version that won't:\n\n{right}")
    assert [f.source for f in answer.files] == ["x = 2\n"]
    assert [f.source for f in answer.wrong] == ["x = 1\n"]


def test_sessions_are_read_without_their_output() -> None:
    answer = extract(fence(">>> for x in y:\n...     print(x)\n...\n1\n2\n>>> z = 1\n"))
    assert [f.source for f in answer.files] == ["for x in y:\n    print(x)\n\nz = 1\n"]


def test_prose_holds_the_words_and_nothing_else() -> None:
    text = (
        "<think>\nsecret\n</think>\n## Head *x*\n\nUse `selectinload` **now**.\n\n"
        + fence("secret = 1\n")
        + "| a | b |\n|---|---|\n"
    )
    prose = extract(text).prose
    assert "secret" not in prose
    assert "Use selectinload now." in prose
    assert prose.index("Head x") < prose.index("| a | b |")


def test_code_beyond_the_limit_is_refused() -> None:
    answer = extract(fence("x = 1\n" * 50_000))
    assert answer.refused == "code of 300,000 bytes is larger than the limit of 262,144 bytes"
    assert (answer.files, answer.blocks) == ((), ())


def test_roles_say_why() -> None:
    answer = extract("## Wrong\n\n" + fence(A) + "## Right\n\n" + fence("task = await x()\n"))
    assert [b.reason for b in answer.blocks] == [
        "marked as wrong: Wrong",
        "right code without a file name; code of a function's body",
    ]
    assert [b.role for b in answer.blocks] == [Role.WRONG, Role.FRAGMENT]
