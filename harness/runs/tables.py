"""The tables of a store. Texts are kept as bytes: models say what no database's text can hold."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Index, LargeBinary
from sqlmodel import Field, SQLModel

VERSION = 1
"""Of these tables. A store of another version is not touched."""


class StoreVersion(SQLModel, table=True):
    """One row: the version of the tables."""

    __tablename__ = "store_version"

    version: int = Field(primary_key=True)


class StoredRun(SQLModel, table=True):
    """What one command asked for. ``header`` is the "run" of its JSON, ``judging`` the digest it was last judged by."""

    __tablename__ = "runs"

    name: str = Field(primary_key=True)
    started: str
    judging: str = ""
    header: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class StoredSample(SQLModel, table=True):
    """One request and what came of it. ``digest`` is of all that the answer depends on, and of the sample's number.

    ``asked`` without ``text`` or ``error``: it was on its way. ``run`` asked last. Times are ISO 8601, in UTC.
    """

    __tablename__ = "samples"

    digest: str = Field(primary_key=True)
    model: str
    case: str
    arm: str
    sample: int
    parameters: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    skill_digest: str = ""
    prompt_digest: str = ""
    run: str = Field(default="", index=True)
    asked: str | None = None
    answered: str | None = None
    tries: int = 0
    error: str = ""
    text: bytes | None = Field(default=None, sa_type=LargeBinary)
    text_digest: str | None = None
    finish: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None
    seconds: float | None = None
    reported_model: str = ""
    reply_id: str = ""


class RunSample(SQLModel, table=True):
    """Which samples a run is made of, in its order, under the names that it gives them."""

    __tablename__ = "run_samples"

    run: str = Field(primary_key=True, foreign_key="runs.name")
    position: int = Field(primary_key=True)
    sample: str = Field(foreign_key="samples.digest", index=True)
    arm: str


class StoredEnvironment(SQLModel, table=True):
    """Versions and layers of the sandbox that many grades share."""

    __tablename__ = "environments"

    digest: str = Field(primary_key=True)
    environment: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class StoredGrade(SQLModel, table=True):
    """How a text was judged: the same text of the same case, on the same database, by the same judges, once.

    ``judged`` is when, in ISO 8601 and UTC.
    """

    __tablename__ = "grades"
    __table_args__ = (Index("grades_by_text", "text_digest", "judging"),)

    case_digest: str = Field(primary_key=True)
    text_digest: str = Field(primary_key=True)
    database: str = Field(primary_key=True)
    judging: str = Field(primary_key=True)
    overall: str
    error: str = ""
    verdicts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    environment: str = Field(foreign_key="environments.digest")
    judged: str
