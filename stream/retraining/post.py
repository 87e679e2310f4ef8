"""The post: ships what waits for MLflow, beside all other work, and brings the aliases in line."""

import asyncio
from collections.abc import Callable, Sequence

from stream.elapsed import elapsed
from stream.metrics import Metrics
from stream.retraining.registrar import Registrar
from stream.tracking.port import Tracking
from stream.tracking.ship import ship
from stream.tracking.spool import Spool

#: Seconds between two deliveries: while there is something to ship, and between two looks at the
#: aliases.
_SHIP, _ALIGN = 5.0, 60.0


class Post:
    """Ships the spool.

    Args:
        spool: what waits.
        tracking: where to.
        registrars: whose aliases are looked after.
        metrics: of this process.
        now: wall clock, seconds since 1970.
    """

    def __init__(
        self,
        spool: Spool,
        tracking: Tracking,
        registrars: Sequence[Registrar],
        metrics: Metrics,
        now: Callable[[], float],
    ) -> None:
        self._spool, self._tracking, self._registrars = spool, tracking, registrars
        self._metrics, self._now = metrics, now
        self._delivery: asyncio.Task[None] | None = None
        self._delivered_at = 0.0

    async def look(self) -> None:
        """Begin a delivery when it is time; end one that is done. Never waits for MLflow.

        Raises:
            OSError: the spool cannot be read.
            Unavailable: Redis is away.
        """
        waiting = len(self._spool.waiting())
        self._metrics.set("spool_entries", waiting)
        if self._delivery is not None:
            if not self._delivery.done():
                return
            delivery, self._delivery = self._delivery, None
            delivery.result()
        pause = _SHIP if waiting else _ALIGN
        if elapsed(self._delivered_at, self._now()) >= pause:
            self._delivery = asyncio.create_task(self._deliver())

    async def _deliver(self) -> None:
        self._delivered_at = self._now()
        shipped = await asyncio.to_thread(ship, self._spool, self._tracking)
        if not shipped.waiting:
            for registrar in self._registrars:
                await registrar.align(self._tracking)
        self._delivered_at = self._now()

    async def stop(self) -> None:
        """Let the present delivery end: a thread cannot be stopped."""
        if self._delivery is not None:
            await asyncio.wait([self._delivery])
