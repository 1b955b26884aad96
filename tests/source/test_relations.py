"""Which reads of relations are certain to load lazily."""

from __future__ import annotations

import pytest

from tests.criteria.reading import reading, source_file

HEAD = """
from sqlalchemy.orm import relationship
class Base(SQLModel): ...
class Item(Base, table=True):
    id: int | None = Field(default=None, primary_key=True)
    owner: Project = Relationship({0})
    plain = Other()
    size: int = Field(default=1)
    title: str
class Old(Base):
    owner = relationship({0})
"""
BODY = """async def f(session: AsyncSession, other, id):
    {0}
    {1}
"""
FIRST = HEAD.count("\n") + 1


def lazy(fetch: str, body: str, given: str = "") -> list[tuple[str, int]]:
    found = reading(source_file(HEAD.replace("{0}", given) + BODY.format(fetch, body))).facts
    return [(each.what, each.at.line) for each in found.lazy_loads]


FETCH = "item = await session.get(Item, id)"


@pytest.mark.parametrize(
    ("fetch", "body", "what"),
    [
        (FETCH, "return item.owner", "item.owner"),
        (FETCH, "return item.owner.name", "item.owner"),
        (FETCH, "print(item.title, item.owner)", "item.owner"),
        ("item = await session.get_one(Item, id)", "return item.owner", "item.owner"),
        ("item = await session.get(Old, id)", "return item.owner", "item.owner"),
        ("task = await session.get(Task, id)", "return task.project", "task.project"),
        ("p = await session.get(Project, id)", "return p.tasks", "p.tasks"),
        (FETCH, "item.owner.name = 1", "item.owner"),
        (FETCH, "return item.owner, item.owner", "item.owner"),
        (FETCH, "session.add(item); return item.owner", "item.owner"),
        ("item = await session.get(Item, ident=id)", "return item.owner", "item.owner"),
        (FETCH, "await asyncio.wait_for(session.refresh(item), 2); return item.owner", "item.owner"),
        (FETCH, "await asyncio.shield(session.refresh(item)); return item.owner", "item.owner"),
    ],
)
def test_certain(fetch: str, body: str, what: str) -> None:
    assert lazy(fetch, body) == [(f"{what} is read and nothing has loaded it", FIRST + 2)]


@pytest.mark.parametrize(
    ("fetch", "body"),
    [
        (FETCH, "return item.title"),
        (FETCH, "return item.plain"),
        (FETCH, "return item.size"),
        (FETCH, "return other.owner"),
        (FETCH, "return other().owner"),
        (FETCH, "item.owner = other"),
        (FETCH, "return item"),
        ("item = await session.get(Item, id, options=[selectinload(Item.owner)])", "return item.owner"),
        ("item = await session.get(Item, id, *more)", "return item.owner"),
        ("item = await session.get(Item, id, **more)", "return item.owner"),
        ("item = await session.get(*more)", "return item.owner"),
        ("item = await session.get(Item, *id)", "return item.owner"),
        ("item = session.get(Item, id)", "return item.owner"),
        ("item = await other.get(Item, id)", "await session.get(Item, id); return item.owner"),
        ("item = await other", "await session.get(Item, id); return item.owner"),
        ("item = await session.get(other, id)", "return item.owner"),
        ("item = other", "await session.get(Item, id); return item.owner"),
        (FETCH, "item = other; return item.owner"),
        (FETCH, "await session.refresh(item, ['owner']); return item.owner"),
        (FETCH, "await session.run_sync(load); return item.owner"),
        (FETCH, "await asyncio.wait_for(session.refresh(item, ['owner']), 2); return item.owner"),
        (FETCH, "await other.wait_for(session.refresh(item), 2); return item.owner"),
        (FETCH, "later = asyncio.wait_for(session.refresh(item), 2); return item.owner"),
        (FETCH, "await session.exec(q); return item.owner"),
        (FETCH, "await session.execute(q); return item.owner"),
        (FETCH, "await session.scalars(q); return item.owner"),
        (FETCH, "await session.scalar(q); return item.owner"),
        (FETCH, "await session.merge(item); return item.owner"),
        (FETCH, "await session.stream(q); return item.owner"),
        (FETCH, "project = await session.get(Project, id); return item.owner"),
        ("task = await session.get(Unheard, id)", "return task.project"),
    ],
)
def test_not_certain(fetch: str, body: str) -> None:
    assert not lazy(fetch, body)


@pytest.mark.parametrize("call", ["other.refresh(item)", "other(item)", "await other.load()", "await load(session)"])
def test_what_unknown_code_does_to_an_object_is_not_known(call: str) -> None:
    assert not lazy(FETCH, f"{call}; return item.owner")


@pytest.mark.parametrize("call", ["run()", "print(item)", "logger.info('x', item)", "len([item])"])
def test_what_known_code_does_to_an_object(call: str) -> None:
    assert len(lazy(FETCH, f"{call}; return item.owner")) == 1


def test_only_async_functions_cannot_load() -> None:
    code = HEAD.replace("{0}", "") + BODY.replace("async def", "def").format(FETCH.replace("await ", ""), "item.owner")
    assert not reading(source_file(code)).facts.lazy_loads


@pytest.mark.parametrize(
    ("given", "certain"),
    [
        ("", True),
        ("back_populates='items'", True),
        ("lazy='select'", True),
        ("lazy=True", True),
        *((f"lazy='{name}'", False) for name in ("selectin", "joined", "subquery", "immediate", "noload")),
        ("lazy='raise'", True),
        *((f"lazy='{name}'", False) for name in ("raise_on_sql", "write_only", "dynamic")),
        ("lazy=how", False),
        ("**more", False),
        ("sa_relationship=relationship(lazy='selectin')", False),
        ("sa_relationship_kwargs={'lazy': 'selectin'}", False),
        ("sa_relationship_kwargs={'lazy': 'select'}", True),
        ("sa_relationship_kwargs={'lazy': how}", False),
        ("sa_relationship_kwargs={'uselist': False}", True),
        ("sa_relationship_kwargs={**more}", False),
        ("sa_relationship_kwargs={**more, 'lazy': 'select'}", False),
        ("sa_relationship_kwargs=more", False),
        ("sa_relationship_kwargs=dict(lazy='selectin')", False),
    ],
)
def test_relations_that_load_when_they_are_read(given: str, certain: bool) -> None:
    assert bool(lazy(FETCH, "return item.owner", given)) is certain
