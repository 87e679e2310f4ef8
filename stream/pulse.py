"""Signs of life: what a worker says of the partitions that it holds, while it holds them."""

import logging
from asyncio import timeout
from collections.abc import Mapping

import msgspec

from stream.adapters.redis_connection import Unavailable
from stream.adapters.redis_store import RedisStore

logger = logging.getLogger(__name__)

#: Seconds that a sign may take: the worker's other timers shall not wait for it.
PATIENCE = 2.0


class Sign(msgspec.Struct, array_like=True, frozen=True):
    """What was last said of a partition.

    Attributes:
        lag: records not yet committed.
        at: when it was said, wall clock in ms.
    """

    lag: int
    at: int


_decoder = msgspec.json.Decoder(Sign)


def decode_sign(raw: bytes) -> Sign:
    """Return a sign, as it was written."""
    return _decoder.decode(raw)


class Pulse:
    """Tells, through Redis, that the partitions of one domain are being worked on.

    A sign that is not renewed grows old: its worker was killed. One that is gone was taken back:
    its worker has stopped. A worker takes back its own signs only, so that one that is late does
    not silence the one that came after it.

    Args:
        domain: its name.
        store: where to.
    """

    def __init__(self, domain: str, store: RedisStore) -> None:
        self._domain, self._store = domain, store
        self._said: dict[int, bytes] = {}

    async def beat(self, lags: Mapping[int, int], now_ms: int) -> None:
        """Give a sign of every partition that is held; take back those of all others.

        While Redis is away nothing is said, and nothing is raised: the next beat comes soon.

        Args:
            lags: records not yet committed, by partition held.
            now_ms: wall clock.
        """
        said = {number: msgspec.json.encode(Sign(lag, now_ms)) for number, lag in lags.items()}
        gone = {number: sign for number, sign in self._said.items() if number not in said}
        if not said and not gone:
            return
        try:
            async with timeout(PATIENCE):
                await self._store.pulse(self._domain, said, gone)
        except (*Unavailable, TimeoutError) as error:
            logger.debug("no sign of life: Redis is away: %s", error)
        else:
            self._said = said

    async def end(self) -> None:
        """Take back everything: no partition is held any more."""
        await self.beat({}, 0)
