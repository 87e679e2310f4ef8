"""What a worker does by the clock: newer models, publication, figures, lag, idle partitions."""

import logging
from collections.abc import Awaitable, Callable

from stream.adapters.kafka_errors import KafkaError
from stream.runner import ChunkApp
from stream.settings import Settings
from stream.watchdog import Watchdog, end_process
from stream.worker import DomainWorker, Worker

logger = logging.getLogger(__name__)


class Housekeeping:
    """The worker's timers.

    Args:
        settings: how often.
        worker: whose domains are looked after.
        app: gives the timers and knows the ends of the logs.
        watchdog: judges whether anything moves.
        now: wall clock, seconds since 1970.
    """

    def __init__(
        self,
        settings: Settings,
        worker: Worker,
        app: ChunkApp,
        watchdog: Watchdog,
        now: Callable[[], float],
    ) -> None:
        self._settings, self._worker, self._app = settings, worker, app
        self._watchdog, self._now = watchdog, now

    def schedule(self) -> None:
        """Register the timers with the app."""
        self._every(0.5, self.refresh)
        self._every(1.0, self.publish)
        self._every(2.0, self.look_at_lag)
        self._every(5.0, self.measure)

    async def refresh(self) -> None:
        """Pick up newer models."""
        for domain in self._worker.domains.values():
            await domain.refresh()

    async def publish(self) -> None:
        """Publish what was learnt when no new example brings the occasion."""
        for domain in self._worker.domains.values():
            await domain.publish()

    async def measure(self) -> None:
        """Work out the rolling figures."""
        for domain in self._worker.domains.values():
            domain.measure()

    async def look_at_lag(self) -> None:
        """Show the lag, tell Kafka's tools, move idle clocks, let the watchdog judge, and beat."""
        consumer = self._app.chunk_consumer
        try:
            ends = await consumer.log_ends()
        except KafkaError as error:
            logger.warning("the ends of the logs are not known: %r", error)
            return
        lags: dict[DomainWorker, dict[tuple[str, int], int]] = {}
        for domain in self._worker.domains.values():
            if self._settings.clock == "wall":
                await domain.tick(int(self._now() * 1000), ends)
            lags[domain] = domain.show_lag(ends)
            for tp, lag in lags[domain].items():
                self._watchdog.lag(tp, lag)
        offsets = self._worker.offsets()
        for tp, offset in offsets.items():
            self._watchdog.progressed(tp, offset)
        await consumer.commit_for_lag_tools(offsets)
        verdict = self._watchdog.verdict()
        if verdict is not None:
            end_process(verdict)
        for domain, found in lags.items():
            await domain.beat(found, int(self._now() * 1000))

    def _every(self, seconds: float, action: Callable[[], Awaitable[None]]) -> None:
        # Faust names a timer by its function, and a bound method has no settable name
        async def timer() -> None:
            await action()

        self._app.timer(seconds)(timer)
