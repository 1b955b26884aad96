"""Which files matter, and which of them are read together."""

from __future__ import annotations

import pytest

from harness.checking.units import relevant, units
from harness.source.treefile import TreeFile

MODELS = "from sqlmodel import SQLModel\n"


def tree(files: dict[str, str | bytes]) -> list[TreeFile]:
    return [
        TreeFile(
            path.removesuffix(".py").replace("/", ".").removesuffix(".__init__"),
            path,
            text.encode() if isinstance(text, str) else text,
        )
        for path, text in files.items()
    ]


def names(files: list[TreeFile]) -> list[str]:
    return [file.path for file in files]


@pytest.mark.parametrize(
    "text",
    [
        "import models\n",
        "import os, models as m\n",
        "from models import Task\n",
        "from models import *\n",
        "from models import (  # all )\n    Task,\n    User,\n)\n",
        "from \\\n    models \\\n    import Task\n",
        "import os; import models\n",
        "if x: import models\n",
        "def f():\n\tfrom models import Task\n",
        "from .models import Task\n",
        "from.models import Task\n",
        "from . import models\n",
        "from . import (\n    other,\n    models as m,\n)\n",
        "lazy import models\n",
        "import app.models\n",
        "from app import models\n",
        '"""Taken from here import (a list\n"""\nimport models\nx = (1)\n',
        b"from models\timport x # \xff\r\n",
        b"\xef\xbb\xbffrom models import x\n",
    ],
)
def test_an_import_makes_a_file_matter(text: str | bytes) -> None:
    files = tree({"app/models.py": MODELS, "app/use.py": text, "app/other.py": "import os\n"})
    assert names(relevant(files)) == ["app/models.py", "app/use.py"]
    assert [names(unit) for unit in units(relevant(files))] == [["app/models.py", "app/use.py"]]


@pytest.mark.parametrize(
    "text",
    [
        "models = 1\n",
        "# import models\n",
        "from other import Task\n",
        "import models_of_cars\n",
        "from ..models import Task\n",
        "from .models import Task\n",
        "importer = from_models\n",
    ],
)
def test_no_import_makes_it_matter(text: str) -> None:
    files = tree(
        {"app/models.py": MODELS, "app/sub/use.py": text if "..models" not in text else text.replace("..", "...")}
    )
    assert names(relevant(files)) == ["app/models.py"]


def test_files_matter_however_far_the_import_is() -> None:
    files = tree({"d.py": "import c\n", "c.py": "import b\n", "b.py": "import a\n", "a.py": MODELS, "e.py": "x = 1\n"})
    assert names(relevant(files)) == ["d.py", "c.py", "b.py", "a.py"]


def test_a_circle_ends() -> None:
    files = tree({"a.py": "import b\n", "b.py": f"import a\n{MODELS}"})
    assert [names(unit) for unit in units(relevant(files))] == [["a.py", "b.py"]]


def test_nothing_matters_where_no_library_is_named() -> None:
    assert relevant(tree({"a.py": "import b\n", "b.py": "import a\n"})) == []


def test_applications_beside_each_other_are_units_of_their_own() -> None:
    files = tree(
        {
            f"{name}/app/{file}.py": text
            for name in ("one", "two")
            for file, text in {"models": MODELS, "api": "from app.models import Task\nimport sqlalchemy\n"}.items()
        }
    )
    assert [names(unit) for unit in units(files)] == [
        ["one/app/models.py", "one/app/api.py"],
        ["two/app/models.py", "two/app/api.py"],
    ]


def test_a_file_called_like_a_library_is_not_the_library() -> None:
    files = tree({"app/fastapi.py": MODELS, "app/use.py": "from fastapi import FastAPI\nimport sqlmodel\n"})
    assert len(units(files)) == 2
