"""Waiting for Redis to come back: what was read from Kafka is kept until it can be committed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from stream.adapters.redis_connection import Unavailable
from stream.metrics import Metrics

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds between attempts: the first, and the longest.
_FIRST, _LONGEST = 0.1, 5.0


async def when_available(attempt: Callable[[], Awaitable[T]], metrics: Metrics, domain: str) -> T:
    """Return what ``attempt`` returns, repeating it for as long as Redis is away."""
    pause = _FIRST
    while True:
        try:
            return await attempt()
        except Unavailable as error:
            metrics.count("redis_retries_total", 1, domain)
            logger.warning("Redis is away, trying again in %.1f s: %s", pause, error)
            await asyncio.sleep(pause)
            pause = min(_LONGEST, 2 * pause)
