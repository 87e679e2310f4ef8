"""The sink that does with a checkpoint's batches what Weir's worker does with its chunks."""

import asyncio
import time

from quixstreams.sinks.base import BatchingSink, SinkBatch

from stream.chunk import Claim
from stream.settings import Settings
from stream.worker import DomainWorker

#: Seconds between two looks for a newer model, publications and gauges: ``stream.housekeeping``.
_TIMERS = {"refresh": 0.5, "publish": 1.0, "measure": 5.0}


class WeirSink(BatchingSink):
    """Runs Weir's engine, outputs and commits over batches; for one domain.

    Quix Streams flushes its sinks at each checkpoint, then commits the offsets: at least once.

    Args:
        worker: does all but reading and writing Kafka.
        events: the topic of its events; what comes from others is learnt.
        settings: of the worker.
        runner: the event loop; the worker's clients live in it.
    """

    def __init__(
        self, worker: DomainWorker, events: str, settings: Settings, runner: asyncio.Runner
    ) -> None:
        super().__init__(on_client_connect_success=lambda: None)
        self._worker, self._events = worker, events
        self._settings, self._runner = settings, runner
        self._claims: dict[tuple[str, int], Claim] = {}
        self._done = dict.fromkeys(_TIMERS, 0.0)

    def write(self, batch: SinkBatch) -> None:
        """Take in one batch, alone; see ``flush``."""
        self._runner.run(self._take(batch))

    def flush(self) -> None:
        """Take in all batches, side by side: one computes while another waits, as in Weir."""
        batches = list(self._batches.values())
        self._batches.clear()
        self._runner.run(self._flush(batches))

    async def _flush(self, batches: list[SinkBatch]) -> None:
        await asyncio.gather(*map(self._take, batches))
        await self._keep_house()
        if sum(batch.size for batch in batches) < self._settings.chunk_records:
            # the log's end: the next checkpoint may be long in coming, and here is no timer
            await self._worker.publish(force=True)

    async def _take(self, batch: SinkBatch) -> None:
        claim = await self._claim(batch.topic, batch.partition)
        work = self._worker.process if batch.topic == self._events else self._worker.learn
        for records in batch.iter_chunks(self._settings.chunk_records):
            await work(claim.take(tuple(records)))

    async def _claim(self, topic: str, partition: int) -> Claim:
        claim = self._claims.get((topic, partition))
        if claim is None:
            offset = await self._worker.claim(topic, partition)
            claim = Claim(topic, partition, 1, offset, offset)
            self._claims[topic, partition] = claim
        return claim

    async def _keep_house(self) -> None:
        now = time.monotonic()
        due = [name for name, seconds in _TIMERS.items() if now - self._done[name] >= seconds]
        self._done |= dict.fromkeys(due, now)
        if "refresh" in due:
            await self._worker.refresh()
        if "publish" in due:
            await self._worker.publish()
        if "measure" in due:
            self._worker.measure()
