"""The sink that does with a checkpoint's batches what Weir's worker does with its chunks."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import NoReturn

from anyio.from_thread import BlockingPortal
from quixstreams.sinks.base import BatchingSink, SinkBatch

from stream.chunk import Claim
from stream.settings import Settings
from stream.worker import DomainWorker


class WeirSink(BatchingSink):
    """Runs Weir's engine, outputs and commits over batches; for one domain.

    Quix Streams flushes its sinks at each checkpoint, then commits the offsets: at least once.

    Args:
        worker: does all but reading and writing Kafka.
        events: the topic of its events; what comes from others is learnt.
        settings: of the worker.
        portal: to the event loop, in a thread of its own, that the worker's clients live in.
    """

    def __init__(
        self, worker: DomainWorker, events: str, settings: Settings, portal: BlockingPortal
    ) -> None:
        super().__init__(on_client_connect_success=lambda: None)
        self._worker, self._events = worker, events
        self._chunk_records, self._portal = settings.chunk_records, portal
        self._claims: dict[tuple[str, int], Claim] = {}
        # as `stream.housekeeping`: Quix Streams flushes no more when no messages come
        self._timers: list[Future[NoReturn]] = [
            portal.start_task_soon(_every, 0.5, worker.refresh),
            portal.start_task_soon(_every, 1.0, worker.publish),
            portal.start_task_soon(_every, 5.0, self._measure),
        ]

    def write(self, batch: SinkBatch) -> None:
        """Take in one batch, alone; see ``flush``."""
        self._portal.call(self._take, batch)

    def flush(self) -> None:
        """Take in all batches, side by side: one computes while another waits, as in Weir."""
        batches = list(self._batches.values())
        self._batches.clear()
        for timer in self._timers:
            if timer.done():
                timer.result()
        self._portal.call(self._flush, batches)

    def close(self) -> None:
        """End the timers."""
        for timer in self._timers:
            timer.cancel()

    async def _flush(self, batches: list[SinkBatch]) -> None:
        await asyncio.gather(*map(self._take, batches))

    async def _take(self, batch: SinkBatch) -> None:
        claim = await self._claim(batch.topic, batch.partition)
        work = self._worker.process if batch.topic == self._events else self._worker.learn
        for records in batch.iter_chunks(self._chunk_records):
            await work(claim.take(tuple(records)))

    async def _claim(self, topic: str, partition: int) -> Claim:
        claim = self._claims.get((topic, partition))
        if claim is None:
            offset = await self._worker.claim(topic, partition)
            claim = Claim(topic, partition, 1, offset, offset)
            self._claims[topic, partition] = claim
        return claim

    async def _measure(self) -> None:
        self._worker.measure()


async def _every(seconds: float, action: Callable[[], Awaitable[None]]) -> NoReturn:
    while True:
        await asyncio.sleep(seconds)
        await action()
