import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import HTTPException
from sqlalchemy import exc
from sqlmodel.ext.asyncio.session import AsyncSession

logger = logging.getLogger(__name__)


@asynccontextmanager
async def database_errors(session: AsyncSession) -> AsyncGenerator[None, None]:
    """Undo what fails inside, answer 409 or 503; the details go to the log, never to the client."""
    try:
        yield
    except exc.IntegrityError as error:
        await session.rollback()
        raise HTTPException(409, "Conflicts with stored data") from error
    except (exc.DBAPIError, exc.TimeoutError, OSError) as error:
        await session.rollback()
        logger.exception("The database failed")
        raise HTTPException(503, "Database unavailable") from error
