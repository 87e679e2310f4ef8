"""Redis for those who wait for it a moment, and no longer: the API, and commands."""

from asyncio import timeout
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from models.errors import WeirError
from stream.adapters.redis_connection import Unavailable

#: Seconds that an answer of Redis is waited for.
PATIENCE = 4


class RedisAway(WeirError):
    """Redis does not answer; the same question may well be answered a moment later."""


@asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """Turn every way in which Redis can be away, or late, into RedisAway."""
    try:
        async with timeout(PATIENCE):
            yield
    except TimeoutError as error:
        raise RedisAway(f"Redis has not answered within {PATIENCE} s") from error
    except Unavailable as error:
        raise RedisAway(f"Redis does not answer: {error}") from error
