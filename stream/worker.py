"""A worker: the partitions and the learners that Kafka's group has given to this process."""

import logging
from collections.abc import Callable
from typing import Any

from models import domains
from models.engine import Engine
from models.state import StateCodec
from stream import topics
from stream.adapters.redis_connection import Unavailable
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_store import RedisStore
from stream.chunk import Chunk, ChunkGap
from stream.emitter import Emitter, Writer
from stream.errors import Fenced
from stream.learning import LearnerProcess
from stream.metrics import Metrics
from stream.model_feed import ModelFeed
from stream.processor import Parts, Processor
from stream.pulse import Pulse
from stream.retrying import when_available
from stream.settings import Settings

logger = logging.getLogger(__name__)

#: In clock=wall, real time moves an idle partition's clock to this many ms ago.
IDLE_MS = 2_000


class DomainWorker:
    """All that a worker does for one domain.

    Attributes:
        name: the domain's.
        processors: by partition, those that this worker holds.
    """

    def __init__(
        self,
        name: str,
        settings: Settings,
        store: RedisStore,
        control: RedisControl,
        writer: Writer,
        metrics: Metrics,
        now: Callable[[], float],
    ) -> None:
        domain = domains.load(name)
        self.name = name
        self.processors: dict[int, Processor] = {}
        self._settings, self._store, self._metrics = settings, store, metrics
        self._feed = ModelFeed(domain, store, settings.key)
        emitter = Emitter(name, writer)
        self._learner = LearnerProcess(domain, store, control, emitter, metrics, settings, now)
        self._learning = False
        self._pulse = Pulse(name, store)
        self._shown = ""
        engine: Engine[Any, Any] = Engine(domain, self._feed.current)
        codec: StateCodec[Any] = StateCodec(domain.data_type)
        self._parts = Parts(domain, engine, codec, store, emitter, metrics, settings, now)

    async def claim(self, topic: str, partition: int) -> int:
        """Take over a partition, or learning; return the next offset to read.

        Raises:
            WrongLayout: the states in Redis are of another number of partitions.
            BadCheckpoint: the learner's checkpoint must not be loaded.
        """
        if topic == topics.examples(self.name):
            self._learning = True
            return await self._learner.claim()

        async def take() -> Processor:
            await self._store.lay_out(self.name, self._settings.partitions)
            claim = await self._store.claim(self.name, partition)
            return Processor(self._parts, partition, claim)

        processor = await when_available(take, self._metrics, self.name)
        await self.refresh()
        self.processors[partition] = processor
        return processor.offset

    def revoked(self, topic: str, partition: int) -> None:
        """Forget a partition, or learning: another worker has it or will."""
        if topic == topics.examples(self.name):
            self._learning = False
            self._learner.released()
        elif self.processors.pop(partition, None) is not None:
            self._metrics.forget_partition(self.name, str(partition))

    async def process(self, chunk: Chunk) -> None:
        """Process a chunk of events.

        Raises:
            ChunkGap: it does not follow on from what is committed.
            Fenced: another worker took the partition although Kafka's group says it is ours; this
                worker was paused, or a second group works on the same Redis. It must start anew.
            TooMuchRejected: nearly every record is unusable.
        """
        processor = self.processors.get(chunk.partition)
        if processor is None or not chunk.live:
            return
        if chunk.start != processor.offset:
            raise ChunkGap(
                f"{chunk.topic} partition {chunk.partition}: a chunk starts at {chunk.start}, "
                f"but {processor.offset} is next"
            )
        try:
            await processor.process(chunk.records)
        except Fenced as error:
            self._lost(chunk.partition, error)
            if chunk.live:
                raise

    async def learn(self, chunk: Chunk) -> None:
        """Learn a chunk of examples.

        Raises:
            Fenced: see ``process``.
        """
        if self._learning and chunk.live:
            try:
                await self._learner.process(chunk.records)
                if self._learner.version != self._feed.current.version:
                    await self.refresh()
            except Fenced as error:
                self._learning_lost(error)
                if chunk.live:
                    raise

    async def refresh(self) -> None:
        """Score with the newest models; with those at hand while Redis is away."""
        try:
            await self._feed.refresh()
        except Unavailable as error:
            logger.warning("no look for newer models: Redis is away: %s", error)
            return
        current = self._feed.current
        self._parts.engine.scorer = current
        if current.version != self._shown:
            if self._shown:
                self._metrics.forget("model_info", self.name, self._shown)
            self._metrics.set("model_info", 1, self.name, current.version)
            examples = float(current.version.rpartition("@")[2])
            self._metrics.set("serving_examples", examples, self.name)
            self._shown = current.version

    async def publish(self, *, force: bool = False) -> None:
        """Publish what has been learnt since, when no new example brings the occasion."""
        if self._learning:
            try:
                await self._learner.publish(force=force)
            except Fenced as error:
                self._learning_lost(error)

    def measure(self) -> None:
        """Set the gauges that are too dear to set at every chunk."""
        if self._learning:
            self._learner.measure()

    async def tick(self, now_ms: int, ends: dict[tuple[str, int], int]) -> None:
        """Let real time move the clocks of the partitions that have been read to their end."""
        for partition, processor in list(self.processors.items()):
            if processor.offset >= ends.get((topics.events(self.name), partition), 1 << 62):
                try:
                    await processor.tick(now_ms - IDLE_MS)
                except Fenced as error:
                    self._lost(partition, error)

    def offsets(self) -> dict[tuple[str, int], int]:
        """Return the next offset to read by topic and partition, as committed."""
        events = topics.events(self.name)
        result = {(events, number): p.offset for number, p in self.processors.items()}
        if self._learning:
            result[(topics.examples(self.name), 0)] = self._learner.offset
        return result

    def show_lag(self, ends: dict[tuple[str, int], int]) -> dict[tuple[str, int], int]:
        """Set the lag gauges from the logs' ends; return the lag by topic and partition."""
        lags = {tp: max(0, ends[tp] - at) for tp, at in self.offsets().items() if tp in ends}
        for (topic, partition), lag in lags.items():
            if topic == topics.events(self.name):
                self._metrics.set("consumer_lag", lag, self.name, str(partition))
            else:
                self._metrics.set("learner_lag", lag, self.name)
        return lags

    async def beat(self, lags: dict[tuple[str, int], int], now_ms: int) -> None:
        """Give a sign of life for every partition held, with its lag.

        Args:
            lags: as ``show_lag`` returns them.
            now_ms: wall clock.
        """
        events = topics.events(self.name)
        held = {n: lags[events, n] for n in self.processors if (events, n) in lags}
        await self._pulse.beat(held, now_ms)

    async def end_pulse(self) -> None:
        """Take back all signs of life: this worker holds nothing any more."""
        await self._pulse.end()

    def _learning_lost(self, error: Fenced) -> None:
        self._learning = False
        self._learner.released()
        self._fenced(error)

    def _lost(self, partition: int, error: Fenced) -> None:
        self.processors.pop(partition, None)
        self._fenced(error)

    def _fenced(self, error: Fenced) -> None:
        self._metrics.count("fenced_total", 1, self.name)
        logger.warning("%s; what was not committed is left to the new owner", error)


class Worker:
    """The worker's domains; the ``OffsetOwner`` of their topics.

    Attributes:
        domains: by name.
    """

    def __init__(
        self,
        settings: Settings,
        store: RedisStore,
        control: RedisControl,
        new_writer: Callable[[], Writer],
        metrics: Metrics,
        now: Callable[[], float],
    ) -> None:
        self.domains = {
            name: DomainWorker(name, settings, store, control, new_writer(), metrics, now)
            for name in settings.domains
        }

    async def claim(self, topic: str, partition: int) -> int:
        """See ``OffsetOwner.claim``."""
        return await self._of(topic).claim(topic, partition)

    def revoked(self, topic: str, partition: int) -> None:
        """See ``OffsetOwner.revoked``."""
        self._of(topic).revoked(topic, partition)

    def offsets(self) -> dict[tuple[str, int], int]:
        """Return the next offset of everything that this worker reads."""
        return {tp: at for one in self.domains.values() for tp, at in one.offsets().items()}

    async def close(self) -> None:
        """Say that it has stopped, and publish what was learnt; nothing flows any more."""
        for domain in self.domains.values():
            await domain.end_pulse()
        for domain in self.domains.values():
            await domain.publish(force=True)

    def _of(self, topic: str) -> DomainWorker:
        return self.domains[topic.partition(".")[2]]
