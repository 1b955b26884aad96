"""What the linker takes an undefined name for, and the models that it writes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.criteria.reading import reading, source_file

if TYPE_CHECKING:
    from harness.answer import SourceFile
    from harness.source.facts import Reading


def supplied(found: Reading, module: str = "block1") -> dict[str, str]:
    return next(each.supplied for each in found.program.modules if each.name == module)


def context(*files: SourceFile) -> str:
    return next((each.source for each in reading(*files).program.modules if each.ours), "")


@pytest.mark.parametrize(
    "use",
    [
        "select(Gadget)",
        "select(Gadget.id)",
        "session.get(Gadget, 1)",
        "session.get_one(Gadget, 1)",
        "update(Gadget)",
        "delete(Gadget)",
        "selectinload(Gadget.owner)",
        "Gadget.model_validate(x)",
        "Gadget.from_orm(x)",
    ],
)
def test_what_is_used_as_a_model_is_one(use: str) -> None:
    found = reading(source_file(f"x = 1\ndef f(session): return {use}\n"))
    assert supplied(found)["Gadget"] == "_context:Gadget"
    assert "class Gadget(SQLModel, table=True):" in found.program.modules[0].source


@pytest.mark.parametrize("name", ["GadgetCreate", "GadgetRead", "GadgetUpdate"])
def test_what_is_named_as_a_schema_is_one(name: str) -> None:
    found = reading(source_file(f"def f(x: {name}): ...\n"))
    assert supplied(found) == {name: f"_context:{name}"}


@pytest.mark.parametrize("name", ["TaskDetail", "TaskWithProject", "TaskReadWithProject"])
def test_a_schema_with_a_relation_holds_the_one_that_is_asked_for(name: str) -> None:
    lines = context(source_file(f"def f(x: {name}): ...\n")).splitlines()
    schema = lines[lines.index(f"class {name}(SQLModel):") :]
    assert "    project: Optional['ProjectRead'] = None" in schema
    assert not [line for line in schema if "WorkerRead" in line]


@pytest.mark.parametrize(
    "use",
    [
        "Gadget(1)",
        "other(Gadget)",
        "Gadget.other(1)",
        "Other.get(1)",
        "select(GADGET)",
        "select(gadget)",
        "select(GadgetError)",
        "select(GadgetException)",
        "select(GadgetService)",
        "select(GadgetRepository)",
    ],
)
def test_what_is_not_used_as_a_model_is_missing(use: str) -> None:
    found = reading(source_file(f"def f(session, other): return {use}\n"))
    assert len(found.facts.unimported) == 1


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("def f(x: 'Task'): ...\n", {"Task": "_context:Task"}),
        ("def f(x: 'list[TaskRead]'): ...\n", {"TaskRead": "_context:TaskRead"}),
        ("def f(x: 'Unheard'): ...\n", {}),
        ("class Task: ...\ndef f(x: 'Task'): ...\n", {}),
        ("def f(x: 'Depends'): ...\n", {}),
    ],
)
def test_names_in_strings(code: str, names: dict[str, str]) -> None:
    assert supplied(reading(source_file(code))) == names


@pytest.mark.parametrize(
    ("code", "target"),
    [
        ("from fastapi import Depends as wanted\n", "fastapi:Depends"),
        ("import os.path as wanted\n", "os.path:"),
        ("import asyncio\nwanted = asyncio\n", "wrong1:wanted"),
        ("def wanted(): ...\n", "wrong1:wanted"),
        ("wanted = 1\nfrom fastapi import wanted\n", "fastapi:wanted"),
        ("other = 1\n", None),
        ("from app.x import wanted\n", "wrong1:wanted"),
    ],
)
def test_what_a_wrong_example_lends(code: str, target: str | None) -> None:
    found = reading(source_file("x = wanted\n"), wrong=(source_file(code, "wrong1"),))
    assert supplied(found).get("wanted") == target
    assert [each.lends for each in found.program.modules if each.name == "wrong1"] == (
        [True] if target == "wrong1:wanted" else []
    )


def test_every_wrong_example_is_asked() -> None:
    wrong = (source_file("other = 1\n", "wrong1"), source_file("wanted = 1\n", "wrong2"))
    found = reading(source_file("from app.x import wanted\n"), wrong=wrong)
    assert found.program.virtual == {"app.x": {"wanted": "wrong2:wanted"}}
    assert {each.name for each in found.program.modules} == {"wrong2", "block1"}


@pytest.mark.parametrize("name", ["Depends", "Task", "get_session"])
def test_what_the_harness_knows_is_not_lent(name: str) -> None:
    found = reading(source_file(f"x = {name}\n"), wrong=(source_file(f"{name} = 1\n", "wrong1"),))
    assert not supplied(found)[name].startswith("wrong1")


@pytest.mark.parametrize(
    ("first", "second", "seen"),
    [
        ({"named": True}, {"named": True}, False),
        ({"named": False}, {"named": True}, True),
        ({"named": True}, {"named": False}, True),
        ({"named": True}, {"named": True, "option": "a"}, True),
        ({"named": True, "option": "a"}, {"named": True}, False),
    ],
)
def test_complete_files_see_each_other_only_through_imports(
    first: dict[str, Any], second: dict[str, Any], seen: bool
) -> None:
    files = (
        replace(source_file("limit = 3\n", "database"), **first),
        replace(source_file("x = limit\n", "main"), **second),
    )
    assert (not reading(*files, complete="everything").facts.unimported) is seen
    assert not reading(*files).facts.unimported


def test_a_second_version_of_a_file_sees_the_first() -> None:
    files = (source_file("limit = 3\n", "main", named=True), source_file("x = limit\n", "main__2", named=True))
    assert not reading(*files, complete="everything").facts.unimported


def test_the_nearest_block_supplies() -> None:
    blocks = [source_file(f"limit = {i}\n", f"block{i}") for i in (1, 2)]
    after = [source_file(f"limit = {i}\n", f"block{i}") for i in (4, 5)]
    found = reading(*blocks, source_file("x = limit\n", "block3"), *after)
    assert supplied(found, "block3") == {"limit": "block2:limit"}
    assert supplied(reading(source_file("x = limit\n", "block3"), *after), "block3") == {"limit": "block4:limit"}


@pytest.mark.parametrize(
    ("annotation", "line"),
    [
        ("'Owner'", "    items: List['Item'] = Relationship(back_populates='owner')"),
        ("'Owner | None'", "    items: List['Item'] = Relationship(back_populates='owner')"),
        ("Optional['Owner']", "    items: List['Item'] = Relationship(back_populates='owner')"),
        ("list['Owner']", "    items: Optional['Item'] = Relationship(back_populates='owner')"),
        ("List['Owner']", "    items: Optional['Item'] = Relationship(back_populates='owner')"),
        ("'list[Owner]'", "    items: Optional['Item'] = Relationship(back_populates='owner')"),
        ("'List[Owner]'", "    items: Optional['Item'] = Relationship(back_populates='owner')"),
        ("Owner", "    items: List['Item'] = Relationship(back_populates='owner')"),
    ],
)
def test_the_other_side_of_a_relation(annotation: str, line: str) -> None:
    code = f"class Item(SQLModel, table=True):\n    owner: {annotation} = Relationship(back_populates='items')\n"
    assert line in context(source_file(code)).splitlines()


def test_the_other_side_is_named_by_back_populates() -> None:
    code = "class Item(SQLModel, table=True):\n    owner: 'Owner' = Relationship('a', x='b', back_populates='items')\n"
    assert "    items: List['Item'] = Relationship(back_populates='owner')" in context(source_file(code))


@pytest.mark.parametrize(
    "code",
    [
        "class Item(SQLModel, table=True):\n    owner: 'Owner' = Relationship()\n",
        "class Item(SQLModel, table=True):\n    owner: 'Owner' = Relationship(sa_relationship_kwargs=x)\n",
        "class Item(SQLModel, table=True):\n    owner: 'Owner' = Relationship(back_populates=items)\n",
    ],
)
def test_a_relation_without_another_side(code: str) -> None:
    source = context(source_file(code))
    assert "class Owner(SQLModel, table=True):" in source
    assert "'Item'" not in source


@pytest.mark.parametrize(
    "code",
    [
        "class Item(SQLModel, table=True):\n    owner: 'Owner' = Field(back_populates='items')\n",
        "class Item(SQLModel, table=True):\n    owner: 'A | B' = Relationship(back_populates='items')\n",
        "class Item(SQLModel, table=True):\n    owner: 'other' = Relationship(back_populates='items')\n",
        "owner: 'Owner' = Relationship(back_populates='items')\n",
        "class Owner: ...\nclass Item(SQLModel, table=True):\n"
        "    owner: 'Owner' = Relationship(back_populates='items')\n",
    ],
)
def test_no_model_is_written(code: str) -> None:
    assert "class Owner(" not in context(source_file(code))


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("name: str", "name: str"),
        ("name: str | None", "name: str | None = None"),
        ("name: str = 'x'", "name: str = 'x'"),
        ("size: int = 3", "size: int = 3"),
        ("size: float = 0.5", "size: float = 0.5"),
        ("done: bool = False", "done: bool = False"),
        ("done: bool = WHICH", "done: Optional[bool] = None"),
        ("name: str = Field(max_length=3)", "name: str"),
        ("name: str = Field('x')", "name: Optional[str] = None"),
        ("name: str = Field(default='x')", "name: Optional[str] = None"),
        ("name: str = Field(default_factory=f)", "name: Optional[str] = None"),
        ("name: str | None = Field(default=None)", "name: str | None = None"),
    ],
)
def test_the_fields_of_a_schema(field: str, written: str) -> None:
    code = f"class Item(SQLModel, table=True):\n    {field}\ndef f(x: ItemCreate): ...\n"
    source = context(source_file(code))
    assert f"class ItemCreate(SQLModel):\n    {written}\n" in source


@pytest.mark.parametrize(
    "field",
    ["id: int", "_name: str", "name = 'x'", "owner: 'Owner' = Relationship()", "when: datetime", "kind: Kind | None"],
)
def test_what_is_no_field_of_a_schema(field: str) -> None:
    code = f"class Item(SQLModel, table=True):\n    {field}\ndef f(x: ItemCreate): ...\n"
    assert "class ItemCreate(SQLModel):\n    pass\n" in context(source_file(code))


def test_the_program() -> None:
    code = "import os.path as p\nimport app.x\nfrom fastapi import Depends as D, FastAPI\nmode = f('dev', 'dev')\n"
    program = reading(source_file(code)).program
    assert [(each.module, each.name, each.importer, each.line) for each in program.imports] == [
        ("os.path", "", "block1", 1),
        ("fastapi", "Depends", "block1", 3),
        ("fastapi", "FastAPI", "block1", 3),
    ]
    assert program.words == ("dev",)


@pytest.mark.parametrize(
    ("code", "sync_only"),
    [
        ("x = 1\n", False),
        ("from sqlmodel import create_engine\ne = create_engine(DATABASE_URL)\n", True),
        ("e = create_async_engine(DATABASE_URL)\n", False),
        ("from sqlmodel import create_engine\ne = create_engine(1)\nf = create_async_engine(2)\n", False),
    ],
)
def test_whether_every_engine_is_sync(code: str, sync_only: bool) -> None:
    assert reading(source_file(code)).program.sync is sync_only
