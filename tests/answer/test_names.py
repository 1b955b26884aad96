"""File names: found, preferred, refused, turned into modules."""

from __future__ import annotations

import pytest

from harness.answer import names

IN_TEXT = {
    "Now that `database.py` is ready, create `main.py`:": "main.py",
    "Full `main.py`, using `database.py` from above:": "main.py",
    "This goes in `routers/tasks.py` (imports from `db.py`).": "routers/tasks.py",
    "If your models are in `models.py`, the endpoint is:": None,
    "创建database.py文件：": "database.py",
    "Use it in `main.py`:": "main.py",
    "See https://example.com/a/x.py for more": None,
    "Run `uvicorn main:app`": None,
    "x.pyc": None,
    "main.py:12": "main.py",
}
IN_COMMENT = {
    "# ./app/x.py": "app/x.py",
    "# main.py (continued)": "main.py",
    "# In main.py": "main.py",
    "# 1. database.py": "database.py",
    "# 文件: app/db.py": "app/db.py",
    "# ── app/db.py ──": "app/db.py",
    "# database.py: engine and session": "database.py",
    "# models.py should define Task": None,
    "# see main.py": None,
    "# from models.py": None,
    "# -*- coding: utf-8 -*-": None,
}
MODULES = {
    "app/db.py": "app.db",
    "app/__init__.py": "app",
    "my-app/main.py": "my_app.main",
    "2fast/x.y.py": "_2fast.x_y",
    "class.py": "_class",
}


@pytest.mark.parametrize("text", IN_TEXT)
def test_in_text(text: str) -> None:
    found = names.in_text(text, frozenset())
    assert (found.path if found else None) == IN_TEXT[text]


@pytest.mark.parametrize("text", IN_COMMENT)
def test_in_comment(text: str) -> None:
    found = names.in_comment(text)
    assert (found.path if found else None) == IN_COMMENT[text]


@pytest.mark.parametrize("path", MODULES)
def test_module(path: str) -> None:
    assert names.module_of(path) == MODULES[path]


@pytest.mark.parametrize(
    "raw", ["../x.py", "a/../../x.py", "/x.py", "\\x.py", "C:\\x.py", "c:/x.py", "~/x.py", "a" * 300 + ".py"]
)
def test_refused(raw: str) -> None:
    assert names.safe(raw) is None


def test_tree() -> None:
    tree = ["shop/", "├── app/", "│   ├── db.py", "│   └── api/", "│       └── tasks.py", "└── main.py"]
    paths = names.tree_paths(tree)
    assert {"shop/app/db.py", "app/db.py", "app/api/tasks.py", "main.py"} <= set(paths)
    assert "api/main.py" not in paths
