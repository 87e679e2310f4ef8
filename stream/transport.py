"""The chunk transport: Faust's Kafka consumer, with chunks for messages and owned offsets.

Faust keeps what it is good at (the group, its rebalances, agents, timers, the lifecycle). Changed
is how records come in, because Faust's own way costs four tasks a record and commits past
messages in flight (faust-streaming issue 606). A Faust message is what one fetch has brought of a
topic: a chunk of each partition that had records. How the fetches are claimed:

1. ``perform_seek``, which Faust calls once a rebalance is over, claims every partition from the
   ``OffsetOwner`` and checks the offsets against the log. Nothing is fetched yet.
2. ``resume_flow`` hands the claims to the consumer's thread.
3. A fetch, in that thread, first adopts claims that wait, unless another topic's fetch is still
   under way: it seeks, and from the same moment the claim is the partition's epoch. Then it
   fetches, for adopted partitions only.
4. When a rebalance begins, the thread ends all claims before anything else happens. Claims made
   for the assignment before are never adopted.

Steps 3 and 4 run in one thread and do not wait in between, so no record is ever stamped with an
epoch whose seek it came before. Private APIs of Faust and aiokafka are used: their versions are
pinned, and ``tests/contract/test_stream_transport_pins.py`` pins what is relied on.
"""

import asyncio
import itertools
import logging
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar, cast

from aiokafka.errors import ConsumerStoppedError, IllegalStateError
from aiokafka.structs import TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage
from mode.types import ServiceT

from stream.chunk import Claim, Fetched, OffsetOutOfRange, OffsetOwner
from stream.transport_thread import ChunkThread, Listener

log = logging.getLogger(__name__)

T = TypeVar("T")


class ChunkConsumer(driver.Consumer):
    """Faust's consumer for chunks; see the module for the order of events."""

    RebalanceListener = Listener
    _thread: ChunkThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._epochs = itertools.count(1)
        self._claimed: tuple[int, dict[TopicPartition, Claim]] = (0, {})
        self._claiming: asyncio.Task[dict[TopicPartition, Claim]] | None = None

    def _new_consumer_thread(self) -> ChunkThread:
        wait = self._weir.fetch_max_wait_ms
        return ChunkThread(self, fetch_max_wait_ms=wait, loop=self.loop, beacon=self.beacon)

    @property
    def _weir(self) -> "ChunkTransport":
        return cast("ChunkTransport", self.transport)

    async def perform_seek(self) -> None:
        """Claim every assigned partition. Called by Faust when a rebalance is over.

        Raises:
            OffsetOutOfRange: a log does not have the record that must be read next.
            TimeoutError: the owner or the broker does not answer.
        """
        number = self._thread.assignment_number
        claiming = self._claiming = asyncio.create_task(self._claim_assigned(), name="claim")
        # at the request timeout itself Faust would give up without a word
        limit = self.app.conf.broker_request_timeout * 0.8
        try:
            done, _ = await asyncio.wait([claiming], timeout=limit)
        finally:
            claiming.cancel()
        if not done:
            raise TimeoutError(f"the partitions were not claimed within {limit:.0f} s")
        if claiming.cancelled():
            # Faust takes this for what it is, and waits for the next assignment
            raise IllegalStateError("the group rebalanced while partitions were claimed")
        self._claimed = (number, claiming.result())

    async def _claim_assigned(self) -> dict[TopicPartition, Claim]:
        tps = sorted(TopicPartition(*tp) for tp in self.assignment())
        begin, end = await self._in_thread(self._thread.ranges(tps))
        return {tp: await self._claim(tp, begin[tp], end[tp]) for tp in tps}

    async def _claim(self, tp: TopicPartition, begin: int, end: int) -> Claim:
        topic, partition = tp
        offset = await self._weir.owner.claim(topic, partition)
        if 0 < offset < begin:
            raise OffsetOutOfRange(topic, partition, offset, begin, end)
        log.info("claimed %s partition %d from offset %d of %d", topic, partition, offset, end)
        return Claim(topic, partition, next(self._epochs), offset, max(offset, begin))

    async def _give_up_claiming(self) -> None:
        """A claim that came when the partition is another worker's would lock that one out."""
        if self._claiming is not None:
            self._claiming.cancel()
            await asyncio.wait([self._claiming])

    def resume_flow(self) -> None:
        """Let the chunks flow, with the claims made before. Called by Faust after the seek."""
        super().resume_flow()
        self._thread.offer(*self._claimed)

    async def _drain_messages(self, fetcher: ServiceT) -> None:
        """Fetch chunks and pass them to the agents, until stopped; Faust's fetcher task."""
        drains: list[asyncio.Task[None]] = []
        try:
            if not self.flow_active:
                await self.can_resume_flow.wait()
            # each topic by itself, so that no agent waits for another
            drains += [asyncio.create_task(self._drain(topic, fetcher)) for topic in self._topics()]
            await asyncio.gather(*drains)
        except (ConsumerStoppedError, asyncio.CancelledError):
            if not self.app.should_stop:
                raise
        finally:
            for drain in drains:
                drain.cancel()

    async def _drain(self, topic: str, fetcher: ServiceT) -> None:
        while not (self.should_stop or fetcher.should_stop):
            if not self.flow_active:
                await self.can_resume_flow.wait()
            fetch = self._thread.fetch(topic, self._weir.chunk_records)
            chunks = [chunk for chunk in await self._in_thread(fetch) if chunk.live]
            if chunks:
                fetched = Fetched(chunks)
                await self.callback(self._message(fetched))
                # what comes meanwhile is fetched in the background and makes one chunk: the slower
                # the agent, the larger its chunks, and no record grows old in a queue
                await fetched.until_processed()

    def _topics(self) -> list[str]:
        """Return the topics that agents read."""
        return list(self.app.topics._topic_name_index)  # type: ignore[attr-defined]  # noqa: SLF001  # pinned

    def _message(self, fetched: Fetched) -> ConsumerMessage:
        chunk = fetched.chunks[0]
        first = chunk.records[0]
        return ConsumerMessage(
            chunk.topic,
            chunk.partition,
            chunk.first_offset,
            first.timestamp / 1000,
            first.timestamp_type,
            None,
            None,
            cast("bytes", fetched),  # Faust passes it on as it is, with the codec "raw"
            None,
            0,
            0,
            TP(chunk.topic, chunk.partition),
            generation_id=self.app.consumer_generation_id,
        )

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Wait for the chunk in flight, then tell the owner. Called by Faust."""
        await self._give_up_claiming()
        await super().on_partitions_revoked(revoked)
        for tp in sorted(revoked):
            self._weir.owner.revoked(tp.topic, tp.partition)

    async def log_ends(self) -> dict[tuple[str, int], int]:
        """Ask the broker for the end of each assigned partition's log.

        Raises:
            KafkaError: the broker does not answer.
        """
        tps = [TopicPartition(*tp) for tp in self.assignment()]
        _, end = await self._in_thread(self._thread.ranges(tps))
        return {(tp.topic, tp.partition): offset for tp, offset in end.items()}

    async def commit_for_lag_tools(self, offsets: Mapping[tuple[str, int], int]) -> None:
        """Tell Kafka how far partitions were processed, so that its tools show the lag.

        Nothing is ever read back from there, and a failure is only logged.

        Args:
            offsets: the next offset by topic and partition; those not claimed are left out.
        """
        by_tp = {TopicPartition(*tp): offset for tp, offset in offsets.items()}
        await self._in_thread(self._thread.commit_quietly(by_tp))

    async def _in_thread(self, call: Coroutine[Any, Any, T]) -> T:
        if self._thread.thread_loop.is_closed():
            call.close()
            raise ConsumerStoppedError
        future = asyncio.run_coroutine_threadsafe(call, self._thread.thread_loop)
        return await asyncio.wrap_future(future)

    async def force_commit(
        self,
        topics: Any = None,  # noqa: ARG002  # Faust's signature
        start_new_transaction: bool = True,  # noqa: ARG002  # Faust's signature
    ) -> bool:
        """Commit nothing: the offsets are not Faust's. Forget the acks that it would commit."""
        self._acked.clear()
        self._acked_index.clear()
        return False

    def close(self) -> None:
        """Do nothing: Faust would close aiokafka's client from a foreign thread; it is stopped."""

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Do nothing: Faust's check looks at commits that it does not make; see the watchdog."""


class ChunkTransport(driver.Transport):
    """Makes the consumers; holds what they need to know of Weir."""

    Consumer = ChunkConsumer

    def __init__(
        self,
        *args: Any,
        owner: OffsetOwner,
        chunk_records: int,
        fetch_max_wait_ms: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.owner = owner
        self.chunk_records = chunk_records
        self.fetch_max_wait_ms = fetch_max_wait_ms
