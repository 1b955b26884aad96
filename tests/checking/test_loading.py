"""What is loaded, expired or stale where it is read: each statement that matters, right and wrong."""

from __future__ import annotations

import pytest

from tests.checking.trees import errors, found

HEAD = """
from datetime import datetime
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import joinedload, selectinload
from sqlmodel import Field, Relationship, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession
class Team(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
    city_id: int | None = Field(default=None, foreign_key="city.id")
    city: "City" = Relationship(back_populates="teams")
    heroes: list["Hero"] = Relationship(back_populates="team")
class City(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
    teams: list[Team] = Relationship(back_populates="city")
class Hero(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
    changed: datetime | None = Field(default=None, sa_column_kwargs={"onupdate": func.now()})
    team_id: int | None = Field(default=None, foreign_key="team.id")
    team: Team | None = Relationship(back_populates="heroes")
    powers: list["Power"] = Relationship(sa_relationship_kwargs={"lazy": "selectin"})
    @property
    def shown(self) -> str:
        return f"{self.name} of {self.team.name}"
    @property
    def guarded(self) -> str:
        return self.team.name if self.team_id else ""
class Power(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    hero_id: int | None = Field(default=None, foreign_key="hero.id")
class HeroIn(SQLModel):
    name: str
    team_id: int | None = None
class TeamIn(SQLModel):
    name: str
class HeroOut(SQLModel):
    id: int
    name: str
class TeamOut(SQLModel):
    id: int
    heroes: list[HeroOut] = []
class HeroWithTeam(HeroOut):
    team: TeamOut | None = None
engine = create_async_engine("sqlite+aiosqlite:///app.db")
make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
expiring = async_sessionmaker(engine, class_=AsyncSession)
app = FastAPI()
async def get_session():
    async with make() as session:
        yield session
"""

FUNCTIONS = {
    "every way to fetch one": """
async def f(session: AsyncSession, key: int):
    a = (await session.exec(select(Team).where(Team.id == key))).one()
    print(a.heroes)  # ! no-lazy-load
async def g(session: AsyncSession, key: int):
    b = (await session.execute(select(Team))).scalars().first()
    print(b.heroes)  # ! no-lazy-load
async def h(session: AsyncSession, key: int):
    c = await session.scalar(select(Team))
    print(c.heroes)  # ! no-lazy-load
async def i(session: AsyncSession, key: int):
    result = await session.execute(select(Team))
    d = result.scalar_one_or_none()
    print(d.heroes)  # ! no-lazy-load
async def j(session: AsyncSession, key: int):
    row = (await session.execute(select(Team))).first()
    print(row.heroes)
""",
    "a query in several steps": """
async def f(session: AsyncSession, deep: bool):
    query = select(Team)
    if deep:
        query = query.options(selectinload(Team.heroes))
    team = (await session.exec(query)).one()
    print(team.heroes)
async def g(session: AsyncSession):
    query = select(Team)
    query = query.where(Team.id == 1).options(selectinload(Team.heroes))
    team = (await session.exec(query)).one()
    print(team.heroes)
async def h(session: AsyncSession, options):
    team = (await session.exec(select(Team).options(*options))).one()
    print(team.heroes)
""",
    "loops and comprehensions": """
async def f(session: AsyncSession):
    teams = (await session.exec(select(Team))).all()
    return [len(team.heroes) for team in teams]  # ! no-lazy-load
async def g(session: AsyncSession):
    for team in (await session.exec(select(Team))).all():
        print(team.heroes)  # ! no-lazy-load
async def h(session: AsyncSession):
    for team in (await session.exec(select(Team))).all():
        await session.refresh(team, ["heroes"])
        print(team.heroes)
async def i(session: AsyncSession):
    for hero in (await session.exec(select(Hero).options(joinedload(Hero.team)))).all():
        print(hero.team.city)  # ! no-lazy-load
""",
    "branches": """
async def f(session: AsyncSession, key: int, deep: bool):
    team = await session.get(Team, key)
    if deep:
        await session.refresh(team, attribute_names=["heroes"])
    print(team.heroes)
async def g(session: AsyncSession, key: int, deep: bool):
    team = await session.get(Team, key)
    if not team:
        raise HTTPException(404)
    if deep:
        return team.heroes  # ! no-lazy-load
    return await team.awaitable_attrs.heroes
async def h(session: AsyncSession, key: int, deep: bool):
    if deep:
        team = await session.get(Team, key, options=[selectinload(Team.heroes)])
    else:
        team = await session.get(Team, key)
    print(team.heroes)
""",
    "properties": """
async def f(session: AsyncSession, key: int):
    hero = await session.get(Hero, key, options=[selectinload(Hero.team)])
    return hero.shown
async def g(session: AsyncSession, key: int):
    hero = await session.get(Hero, key)
    return hero.guarded
""",
    "a single object that the session has already": """
async def f(session: AsyncSession, key: int):
    team = await session.get(Team, key)
    hero = (await session.exec(select(Hero).where(Hero.team_id == team.id))).first()
    return hero.team.name
async def g(session: AsyncSession, key: int, load):
    await load(session)
    team = await session.get(Team, key)
    return team.city.name
""",
    "made, stored, and read": """
async def f(session: AsyncSession, data: TeamIn):
    team = Team.model_validate(data)
    session.add(team)
    await session.commit()
    await session.refresh(team)
    return team.heroes  # ! no-lazy-load
async def g(session: AsyncSession, data: HeroIn):
    hero = Hero(**data.model_dump())
    session.add(hero)
    await session.commit()
    return hero.team  # ! no-lazy-load
async def h(session: AsyncSession, data: HeroIn, team: Team):
    hero = Hero(name=data.name, team=team)
    session.add(hero)
    await session.commit()
    return hero.team
async def i(session: AsyncSession, data: dict):
    team = Team(**data)
    session.add(team)
    await session.commit()
    return team.heroes
""",
    "expired by the commit, or by rollback": """
async def f(key: int):
    async with expiring() as session:
        team = await session.get(Team, key)
        await session.commit()
        return team.name  # ! no-lazy-load
async def g(key: int):
    async with expiring() as session:
        team = await session.get(Team, key)
        await session.commit()
        await session.refresh(team)
        return team.name
async def h(key: int):
    async with make() as session:
        team = await session.get(Team, key)
        await session.commit()
        return team.name
async def i(session: AsyncSession, key: int):
    team = await session.get(Team, key)
    session.add(Hero(name="a"))
    try:
        await session.commit()
    except IntegrityError:
        await session.rollback()
        raise HTTPException(409, f"{team.name} has it") from None  # ! no-lazy-load
async def j(session: AsyncSession, key: int):
    team = await session.get(Team, key)
    name = team.name
    session.add(Hero(name="a"))
    try:
        await session.commit()
    except IntegrityError:
        await session.rollback()
        raise HTTPException(409, f"{name} has it") from None
async def k(session: AsyncSession):
    hero = Hero(name="a")
    session.add(hero)
    try:
        await session.commit()
    except IntegrityError:
        await session.rollback()
        raise HTTPException(409, f"{hero.name} is there") from None
""",
    "objects that hold one another": """
async def f(session: AsyncSession, key: int):
    team = await session.get(Team, key)
    city = await session.get(City, key)
    city.capital = team
    team.city = city
    await session.delete(team)
    other = (await session.exec(select(Team))).one()
    print(other.heroes)  # ! no-lazy-load
""",
    "a flag that is set afterwards": """
async def f(key: int):
    async with expiring() as session:
        session.sync_session.expire_on_commit = False
        team = await session.get(Team, key)
        await session.commit()
        return team.name
async def get_other():
    async with expiring() as session:
        session.sync_session.expire_on_commit = False
        yield session
@app.get("/")
async def read(session: AsyncSession = Depends(get_other)):
    return {}
""",
    "expired by an UPDATE": """
async def f(session: AsyncSession, key: int, data: HeroIn):
    hero = await session.get(Hero, key)
    hero.sqlmodel_update(data.model_dump())
    await session.commit()
    return hero.changed  # ! no-lazy-load
async def g(session: AsyncSession, key: int):
    hero = await session.get(Hero, key)
    hero.name = "b"
    await session.commit()
    await session.refresh(hero)
    return hero.changed
async def h(session: AsyncSession, key: int):
    hero = await session.get(Hero, key)
    await session.commit()
    return hero.changed
""",
    "response models": """
@app.get("/heroes/{key}", response_model=HeroWithTeam)
async def read(key: int, session: AsyncSession = Depends(get_session)):
    return await session.get(Hero, key)  # ! no-lazy-load
@app.get("/heroes")
async def every(session: AsyncSession = Depends(get_session)) -> list[HeroWithTeam]:
    heroes = (await session.exec(select(Hero).options(selectinload(Hero.team)))).all()
    return heroes  # ! no-lazy-load
@app.get("/deep")
async def deep(session: AsyncSession = Depends(get_session)) -> list[HeroWithTeam]:
    query = select(Hero).options(selectinload(Hero.team).selectinload(Team.heroes))
    return (await session.exec(query)).all()
@app.get("/plain", response_model=list[HeroOut])
async def plain(session: AsyncSession = Depends(get_session)):
    return (await session.exec(select(Hero))).all()
@app.get("/without", response_model=HeroWithTeam, response_model_exclude={"team"})
async def without(session: AsyncSession = Depends(get_session)):
    return await session.get(Hero, 1)
@app.get("/validated")
async def validated(session: AsyncSession = Depends(get_session)):
    hero = await session.get(Hero, 1)
    return HeroWithTeam.model_validate(hero)  # ! no-lazy-load
""",
    "failures that are expected": """
import pytest
async def f(session: AsyncSession):
    team = await session.get(Team, 1)
    with pytest.raises(Exception):
        team.heroes
""",
}


@pytest.mark.parametrize("functions", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_reads(functions: str) -> None:
    tree = HEAD + functions
    assert found(tree) == errors(tree)
