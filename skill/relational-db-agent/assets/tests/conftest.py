import os
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient

# Before the app is imported, and never the database of the app: the tests drop its tables.
FILE = Path(tempfile.mkdtemp()) / "test.db"
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", f"sqlite+aiosqlite:///{FILE}")

from app.database import engine  # noqa: E402
from app.main import app, lifespan  # noqa: E402
from sqlmodel import SQLModel  # noqa: E402


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def client() -> AsyncGenerator[AsyncClient, None]:
    """The app with empty tables, in the event loop of the test."""
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.drop_all)
    async with lifespan(app), AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        yield client
