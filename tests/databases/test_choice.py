"""What ``--db`` may say."""

from __future__ import annotations

import pytest

from harness.databases import Choice, choose, split
from harness.errors import InputError


@pytest.mark.parametrize(
    ("name", "choice"),
    [
        ("sqlite", Choice("sqlite")),
        ("postgresql+asyncpg://u:p@h:1/d", Choice("postgresql", "postgresql://u:p@h:1/d", "asyncpg")),
        ("postgresql+psycopg://h/d", Choice("postgresql", "postgresql://h/d", "psycopg")),
        ("postgresql+psycopg_async://h/d", Choice("postgresql", "postgresql://h/d", "psycopg")),
        ("PostgreSQL://h/d?a=b", Choice("postgresql", "postgresql://h/d?a=b", "asyncpg")),
        ("postgres://h/d", Choice("postgresql", "postgresql://h/d", "asyncpg")),
        ("postgresql", Choice("postgresql", "postgresql://", "asyncpg")),
    ],
)
def test_choose(name: str, choice: Choice) -> None:
    assert choose(name) == choice


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("mysql://h/d", "'mysql' is not a database"),
        ("", "'' is not a database"),
        ("postgresql+psycopg2://h/d", "the driver 'psycopg2' is not one of asyncpg, psycopg"),
        ("sqlite+pysqlite:///x", "takes no address"),
        ("sqlite+aiosqlite:///x.db", "takes no address"),
        ("postgresql:h/d", "two slashes"),
        ("sqlite,sqlite", "sqlite is named more than once"),
        ("postgresql+asyncpg://a/b,postgresql+psycopg://a/b", "postgresql is named more than once"),
        ("sqlite,mysql", "is not a database"),
    ],
)
def test_refused(name: str, why: str) -> None:
    with pytest.raises(InputError, match="--db: ") as caught:
        split(name)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_password_is_never_repeated() -> None:
    with pytest.raises(InputError) as caught:
        split("mysql://me:hunter2@h/d")
    assert "hunter2" not in str(caught.value)


def test_split_keeps_the_commas_of_a_url() -> None:
    assert split("sqlite, postgresql://a,b:1/d") == ("sqlite", "postgresql://a,b:1/d")
