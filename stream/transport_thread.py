"""The consumer's thread: it fetches, and decides which records belong to which claim."""

import asyncio
import logging
from collections.abc import Awaitable, Collection, Iterable, Mapping
from typing import Any

import aiokafka
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.transport.drivers import aiokafka as driver
from mode.threads import WorkerThread

from stream.chunk import Chunk, Claim, OffsetOutOfRange

log = logging.getLogger(__name__)

#: How long a fetch waits for records before it looks again at what it is to fetch, milliseconds.
_WAIT_MS = 1000
#: With one chunk at its full size, from how many more partitions records are taken along.
_MORE_CHUNKS = 3
#: How long a worker without partitions sleeps between two looks, seconds.
_IDLE_SECONDS = 0.1
#: How long a log may end before the offset to read next; a new leader of it may need a moment.
_SETTLE_SECONDS = 3.0
#: How long one partition's unread records keep aiokafka from asking for those of the others.
_PREFETCH_BACKOFF_SECONDS = 0.01
#: How long the main thread waits for this thread's last instructions.
_THREAD_END_SECONDS = 1.0


class _Thread(WorkerThread):
    """Never keeps the process alive; its error is raised in the main thread, and not printed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.daemon = True

    def run(self) -> None:
        try:
            super().run()
        except Exception:  # whatever it is, the main thread has it already
            log.debug("the consumer's thread ended", exc_info=True)

    def stop(self) -> None:
        """Wait for the end, but not for ever: the main thread's event loop waits with it."""
        self.is_stopped.wait(_THREAD_END_SECONDS)


class Listener(driver.ConsumerRebalanceListener):
    """Ends the claims as soon as the group rebalances; called in the consumer's thread."""

    _thread: "ChunkThread"

    def on_partitions_revoked(self, revoked: Iterable[Any]) -> Awaitable[Any]:
        """Called when a rebalance begins."""
        self._thread.end_claims()
        return super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        """Called when the new partitions are known."""
        self._thread.end_claims()
        await super().on_partitions_assigned(assigned)


class ChunkThread(driver.AIOKafkaConsumerThread):
    """The thread in which aiokafka's consumer lives; heartbeats go on while the agent computes.

    Attributes:
        assignment_number: changes whenever the claims made so far become void.
    """

    Worker = _Thread

    def __init__(self, consumer: driver.Consumer, *, fetch_max_wait_ms: int, **kwargs: Any) -> None:
        super().__init__(consumer, **kwargs)
        self._fetch_max_wait_ms = fetch_max_wait_ms
        self.assignment_number = 0
        nothing: tuple[int, Mapping[TopicPartition, Claim]] = (0, {})
        self._offered = self._adopted = nothing
        self._claims: dict[TopicPartition, Claim] = {}
        self._unchecked: dict[TopicPartition, float] = {}
        self._under_way = 0

    def offer(self, assignment_number: int, claims: Mapping[TopicPartition, Claim]) -> None:
        """Leave claims for the next fetch to adopt; from the main thread."""
        self._offered = (assignment_number, claims)

    def end_claims(self) -> None:
        """Void all claims, adopted or offered; from this thread."""
        self.assignment_number += 1
        for claim in self._claims.values():
            claim.live = False
        self._claims.clear()
        self._unchecked.clear()

    async def fetch(self, topic: str, max_records: int) -> list[Chunk]:
        """Return the next chunks of a topic's claimed partitions; none when none come for a while.

        Args:
            topic: which topic.
            max_records: the most records of a chunk.

        Raises:
            ConsumerStoppedError: the consumer was stopped.
            OffsetOutOfRange: the log lost records that were to be read.
            KafkaError: what aiokafka cannot recover from.
        """
        consumer = self._ensure_consumer()
        if not self._under_way:
            # not beside another fetch: what that one brings may be from before the seek
            self._adopt(consumer)
        number = self.assignment_number
        tps = [tp for tp in self._claims if tp.topic == topic]
        if not tps:
            await asyncio.sleep(_IDLE_SECONDS)
            return []
        self._under_way += 1
        try:
            fetched = await consumer.getmany(*tps, timeout_ms=_WAIT_MS, max_records=max_records)
            if len(fetched) < len(tps) and sum(map(len, fetched.values())) == max_records:
                # more is at hand: as many chunks as can be processed side by side
                for tp in [tp for tp in tps if tp not in fetched][:_MORE_CHUNKS]:
                    fetched |= await consumer.getmany(tp, timeout_ms=0, max_records=max_records)
        except (OffsetOutOfRangeError, NoOffsetForPartitionError) as error:
            if number != self.assignment_number:
                return []  # it is of a position that nobody has claimed yet
            if not isinstance(error, OffsetOutOfRangeError):
                raise
            tp, offset = next(iter(error.args[0].items()))
            begin, end = await self.ranges([tp])
            raise OffsetOutOfRange(tp.topic, tp.partition, offset, begin[tp], end[tp]) from error
        finally:
            self._under_way -= 1
        # after a rebalance in between nothing is claimed: what was fetched is read again later
        chunks = [
            self._claims[tp].take(records) for tp, records in fetched.items() if tp in self._claims
        ]
        await self._check_ends(consumer)
        return chunks

    def _adopt(self, consumer: aiokafka.AIOKafkaConsumer) -> None:
        offered = self._offered
        number, claims = offered
        if offered is self._adopted or number != self.assignment_number:
            return
        self._adopted = offered
        for tp, claim in claims.items():
            consumer.seek(tp, claim.position)
            self._claims[tp] = claim
            self._unchecked[tp] = self.thread_loop.time() + _SETTLE_SECONDS

    async def _check_ends(self, consumer: aiokafka.AIOKafkaConsumer) -> None:
        """Refuse to wait beyond the end of a log.

        Kafka answers such a fetch with an error, Tansu as if all were well. (The end that Tansu
        tells when asked for it is up to a batch too low; the one in its fetches is right.)
        """
        for tp, deadline in list(self._unchecked.items()):
            claim, end = self._claims[tp], consumer.highwater(tp)
            if end is not None and claim.next <= end:
                del self._unchecked[tp]
            elif end is not None and self.thread_loop.time() > deadline:
                begin, _ = await self.ranges([tp])
                raise OffsetOutOfRange(tp.topic, tp.partition, claim.next, begin[tp], end)

    async def ranges(
        self, tps: Collection[TopicPartition]
    ) -> tuple[dict[TopicPartition, int], dict[TopicPartition, int]]:
        """Return the first offset of each log, and the one that its next record will get.

        Raises:
            KafkaError: the broker does not answer.
        """
        consumer = self._ensure_consumer()
        begin = await consumer.beginning_offsets(tps)
        end = await consumer.end_offsets(tps)
        for tp in self._claims.keys() & end.keys():
            end[tp] = max(end[tp], consumer.highwater(tp) or 0)
        return begin, end

    async def commit_quietly(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Commit offsets to Kafka's group; a failure is logged, since nothing depends on it."""
        mine = {tp: OffsetAndMetadata(at, "") for tp, at in offsets.items() if tp in self._claims}
        try:
            if mine:
                await self._ensure_consumer().commit(mine)
        except KafkaError as error:
            log.info("offsets for lag tools were not committed: %r", error)

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        # Faust fixes this at 1.5 s; a broker that polls its log instead of waking waiting
        # fetches (Tansu) answers up to half of it late
        consumer._fetch_max_wait_ms = self._fetch_max_wait_ms  # noqa: SLF001  # pinned
        return consumer

    async def on_start(self) -> None:
        """Start the consumer."""
        await super().on_start()
        fetcher = self._ensure_consumer()._fetcher  # noqa: SLF001  # pinned
        fetcher._prefetch_backoff = _PREFETCH_BACKOFF_SECONDS  # noqa: SLF001  # pinned

    async def stop(self) -> None:
        """Stop; nothing is left to stop when a crash has ended the thread."""
        if not self.thread_loop.is_closed():
            await super().stop()

    def on_crash(self, msg: str, *fmt: Any, **kwargs: Any) -> None:
        """Print nothing, as mode would: the error is logged where it ends the worker."""
