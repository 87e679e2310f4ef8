"""One at a time: a lock in Redis that ends by itself when its holder is gone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio.lock import Lock
from redis.exceptions import LockError, LockNotOwnedError

from models.errors import WeirError
from stream.adapters.redis_connection import Client

#: Seconds after which a lock that nobody extends is free again.
SECONDS = 15.0


class Taken(WeirError):
    """Somebody else holds the lock."""


class Lost(WeirError):
    """The lock was held, and another has it now: Redis was away for too long."""


class HeldLock:
    """A lock that is held."""

    def __init__(self, lock: Lock) -> None:
        self._lock = lock

    async def extend(self) -> None:
        """Hold it for ``SECONDS`` more.

        Raises:
            Lost: another has it.
        """
        try:
            await self._lock.extend(SECONDS, replace_ttl=True)
        except LockNotOwnedError as error:
            raise Lost("the lock of retraining was lost to another process") from error


@asynccontextmanager
async def held(url: str, name: str) -> AsyncIterator[HeldLock]:
    """Hold a lock for as long as the context lasts; extend it now and then.

    Args:
        url: of Redis.
        name: the lock's key.

    Raises:
        Taken: somebody else holds it.
    """
    client = Client.from_url(url, socket_connect_timeout=5, socket_timeout=20)
    lock = client.lock(name, timeout=SECONDS, blocking=False, thread_local=False)
    try:
        if not await lock.acquire():
            raise Taken("another retraining is running")
        try:
            yield HeldLock(lock)
        finally:
            with suppress(LockError):  # it has ended by itself
                await lock.release()
    finally:
        await client.aclose()
