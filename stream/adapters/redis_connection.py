"""The connection to Redis of those who wait for it: worker, trainer, and long commands."""

import re
from typing import Any, cast

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import (
    ClusterDownError,
    MasterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

#: Raised when Redis is away; the caller waits and tries again.
Unavailable = (RedisConnectionError, RedisTimeoutError)

#: How Redis says that it takes no writes for now: its memory is full, it has become a replica, a
#: cluster mends itself; and, where the driver has no class for it, its disk is full or its copies
#: do not follow.
_REFUSALS = (
    OutOfMemoryError,
    ReadOnlyError,
    MasterDownError,
    ClusterDownError,
    TryAgainError,
)
#: In a script's error the word stands further back.
_REFUSED = re.compile(r"(?:^|-)(?:OOM|MISCONF|READONLY|NOREPLICAS) ")


class TakesNoWrites(RedisConnectionError):
    """Redis answers, and takes no writes for now; one of ``Unavailable``."""


class Client(redis.Redis):
    """A client to whom a Redis that takes no writes for now is one that is away."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send a command, and return the answer.

        Raises:
            TakesNoWrites: nothing was written; the same command may succeed later.
            RedisError: anything else.
        """
        try:
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]  # redis-py's own
        except ResponseError as error:
            if isinstance(error, _REFUSALS) or _REFUSED.search(str(error)):
                raise TakesNoWrites(str(error)) from error
            raise


def connect(url: str) -> "redis.Redis":
    """Return a client that connects when first used."""
    return Client.from_url(
        url,
        socket_connect_timeout=5,
        socket_timeout=10,
        health_check_interval=15,
        # reading again is harmless, and each commit carries its number
        retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=1), 3),
    )


async def read_hash(client: "redis.Redis", key: str, *fields: str) -> list[bytes | None]:
    """Return fields of a hash, None for each that is not there."""
    # typed for clients that decode; ours do not
    return cast("list[bytes | None]", await client.hmget(key, list(fields)))
