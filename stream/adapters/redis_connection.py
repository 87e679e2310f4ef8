"""The connection to Redis of those who wait for it: worker, trainer, and long commands."""

from typing import cast

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

#: Raised when Redis is away; the caller waits and tries again.
Unavailable = (RedisConnectionError, RedisTimeoutError)


def connect(url: str) -> "redis.Redis":
    """Return a client that connects when first used."""
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=5,
        socket_timeout=20,
        health_check_interval=15,
        # reading again is harmless, and each commit carries its number
        retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=1), 3),
    )


async def read_hash(client: "redis.Redis", key: str, *fields: str) -> list[bytes | None]:
    """Return fields of a hash, None for each that is not there."""
    # typed for clients that decode; ours do not
    return cast("list[bytes | None]", await client.hmget(key, list(fields)))
