"""What the chunk transport relies on in Faust and aiokafka, though it is not their public API.

A new version of either must pass these, and the integration tests, before its pin is moved.
"""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.consumer.fetcher import Fetcher, OffsetResetStrategy
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.producer.message_accumulator import MessageAccumulator, MessageBatch
from aiokafka.producer.sender import Sender
from aiokafka.producer.transaction_manager import TransactionManager
from aiokafka.structs import ConsumerRecord, TopicPartition
from faust import Topic
from faust.tables.recovery import Recovery
from faust.transport import consumer
from faust.transport.conductor import Conductor
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from stream.chunk import Chunk, ChunkGap, Claim, Continuity, Fetched, OffsetOutOfRange
from stream.runner import ChunkApp, build_app
from stream.transport import ChunkConsumer


class Owner:
    """An owner with one answer."""

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset
        self.given_up: list[tuple[str, int]] = []

    async def claim(self, topic: str, partition: int) -> int:
        return self.offset

    def revoked(self, topic: str, partition: int) -> None:
        self.given_up.append((topic, partition))


def make_app(owner: Owner | None = None, **options: Any) -> ChunkApp:
    owner = owner or Owner()
    return build_app(name="contract", broker_url="kafka://127.0.0.1:1", owner=owner, **options)


@contextmanager
def consumer_of(app: ChunkApp) -> Iterator[ChunkConsumer]:
    """The app's consumer; made but not started, its thread leaves its event loop open."""
    made = app.chunk_consumer
    try:
        yield made
    finally:
        made._thread.thread_loop.close()


def record(offset: int) -> ConsumerRecord[bytes, bytes]:
    return ConsumerRecord("t", 0, offset, 1_000, 0, None, b"v", None, -1, 1, ())


def source(thing: Callable[..., Any]) -> str:
    return inspect.getsource(thing)


def in_order(text: str, *parts: str) -> bool:
    places = [text.find(part) for part in parts]
    return -1 not in places and places == sorted(places)


def test_the_versions_are_those_that_were_read() -> None:
    assert version("faust-streaming") == "0.15.3"
    assert version("aiokafka") == "0.14.0"


def test_after_a_rebalance_faust_seeks_then_empties_the_queues_then_resumes() -> None:
    # a chunk that came before the queues are emptied would be lost without a word
    for way in (Recovery._resume_streams, Recovery.on_recovery_completed):
        assert in_order(
            source(way), "consumer.perform_seek()", "flow_control.resume()", "resume_flow()"
        )


def test_a_claim_that_a_rebalance_interrupts_is_given_up_and_faust_waits_for_the_next() -> None:
    _, _, handler = source(Recovery._restart_recovery.fun).partition("except IllegalStateError")
    assert in_order(handler, "continue  # another rebalance started", "except ServiceStopped")

    class Hanging(Owner):
        async def claim(self, topic: str, partition: int) -> int:
            await asyncio.Event().wait()
            raise AssertionError("never")

    async def claims(its: ChunkConsumer) -> dict[TopicPartition, Claim]:
        tp = TopicPartition("t", 0)
        return {tp: await its._claim(tp, 0, 0)}

    async def scenario() -> None:
        with consumer_of(make_app(Hanging())) as its:
            its._claiming = asyncio.create_task(claims(its))
            await asyncio.sleep(0)
            await its._give_up_claiming()
            assert its._claiming.cancelled()

    asyncio.run(scenario())
    assert in_order(
        source(ChunkConsumer.on_partitions_revoked), "_give_up_claiming()", "super().on_part"
    )


def test_faust_seeks_nowhere_else() -> None:
    module = source(consumer)  # type: ignore[arg-type]  # modules have a source as well
    assert module.count("self.perform_seek()") == 1
    assert "self.perform_seek()" in source(consumer.Consumer.getmany)
    assert "getmany" not in source(ChunkConsumer._drain_messages)


def test_the_fetcher_task_is_the_drain() -> None:
    assert "consumer._drain_messages(self)" in source(consumer.Fetcher._fetcher.fun)


def test_the_listener_is_told_before_a_join_and_after_an_assignment() -> None:
    assert in_order(source(GroupCoordinator.ensure_active_group), "_on_join_prepare", "_do_rejoin")
    assert "listener.on_partitions_revoked(" in source(GroupCoordinator._on_join_prepare)
    assert in_order(
        source(GroupCoordinator._on_join_complete),
        "assign_from_subscribed(",
        "listener.on_partitions_assigned(",
    )
    assert "consumer.RebalanceListener(self)" in source(driver.AIOKafkaConsumerThread.__post_init__)


def test_all_of_fausts_commits_go_through_force_commit() -> None:
    module = source(consumer)  # type: ignore[arg-type]  # modules have a source as well
    assert module.count("await self._commit_tps(") == 1
    assert "self._commit_tps(" in source(consumer.Consumer.force_commit)

    async def scenario() -> None:
        with consumer_of(make_app()) as its:
            its._acked[TP("t", 0)] = [1, 2]
            its._acked_index[TP("t", 0)] = {1, 2}
            assert await its.force_commit() is False
            assert not its._acked
            assert not its._acked_index

    asyncio.run(scenario())


def test_the_consumer_is_made_with_our_settings() -> None:
    async def scenario() -> None:
        app = make_app(fetch_max_wait_ms=17)
        with consumer_of(app) as its:
            made = its._thread._create_worker_consumer(its._weir)
        await made.stop()
        assert made._fetch_max_wait_ms == 17
        assert "fetch_max_wait_ms=self._fetch_max_wait_ms" in source(AIOKafkaConsumer.start)
        assert made._enable_auto_commit is False
        # a reset would leave out records without a word
        assert made._auto_offset_reset == "none"
        assert OffsetResetStrategy.from_str("none") == OffsetResetStrategy.NONE
        assert "self._prefetch_backoff = prefetch_backoff" in source(Fetcher.__init__)

    asyncio.run(scenario())


def test_the_app_reads_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_URL", "kafka://elsewhere:1")
    monkeypatch.setenv("STREAM_BUFFER_MAXSIZE", "77")
    app = make_app()
    assert [str(url) for url in app.conf.broker] == ["kafka://127.0.0.1:1"]
    assert app.conf.stream_buffer_maxsize != 77


def test_several_brokers_are_all_used() -> None:
    app = build_app(name="contract", broker_url="kafka://a:1,b:2", owner=Owner())
    assert driver.server_list(app.conf.broker, 9092) == ["a:1", "b:2"]


def test_the_codec_raw_passes_what_was_fetched_as_it_is_and_the_topics_are_known() -> None:
    async def scenario() -> None:
        app = make_app()
        app.flow_control.resume()
        topic = app.topic("t", key_serializer="raw", value_serializer="raw")
        channel = cast("Topic", topic.clone(is_iterator=True))
        index = cast("Conductor", app.topics)._topic_name_index
        index["t"].add(channel)
        with consumer_of(app) as its:
            fetched = Fetched([Claim("t", 0, 1, 0, 0).take([record(0), record(1)])])
            handler = cast("Conductor", app.topics)._build_handler(TP("t", 0), {channel})
            assert its._topics() == ["t"]
            await handler(its._message(fetched))
        event = await channel.queue.get()
        assert event.value is fetched
        assert event.message.offset == 0

    asyncio.run(scenario())


def test_what_was_fetched_is_waited_for_until_processed_or_taken_away() -> None:
    async def scenario() -> None:
        claim = Claim("t", 0, 1, 0, 0)
        fetched = Fetched([claim.take([record(0)])])
        waiting = asyncio.create_task(fetched.until_processed())
        await asyncio.sleep(0.3)
        assert not waiting.done()
        fetched.processed.set()
        await waiting

        fetched = Fetched([claim.take([record(1)])])
        waiting = asyncio.create_task(fetched.until_processed())
        await asyncio.sleep(0)
        claim.live = False
        await waiting

    asyncio.run(scenario())


def test_batches_get_their_sequence_when_they_are_first_sent() -> None:
    # so those made by hand are as safe as those that ``send`` makes
    assert in_order(
        source(MessageAccumulator._pop_batch),
        "not_retry = batch.retry_count == 0",
        "self._txn_manager.sequence_number(batch.tp)",
        "increment_sequence_number(batch.tp, batch.record_count)",
        "batch.set_producer_state(",
    )
    assert "self._builder._set_producer_state(" in source(MessageBatch.set_producer_state)
    assert "self._txn_manager.has_pid()" in source(Sender._maybe_wait_for_pid)
    assert "self._txn_manager" in source(AIOKafkaProducer.__init__)

    async def scenario() -> None:
        manager = TransactionManager(None, 60_000)
        assert not manager.has_pid()
        manager.set_pid_and_epoch(7, 0)
        assert manager.has_pid()
        assert manager.producer_id == 7

    asyncio.run(scenario())
    assert "self._sender_task" in source(Sender.start)


@pytest.mark.parametrize(
    ("offset", "begin", "position"),
    [
        pytest.param(0, 0, 0, id="new"),
        pytest.param(0, 50, 50, id="new, and the log's beginning is gone"),
        pytest.param(70, 50, 70, id="known"),
        pytest.param(50, 50, 50, id="at the beginning"),
        pytest.param(100, 50, 100, id="at the end"),
    ],
)
def test_a_claim_starts_where_the_owner_says(offset: int, begin: int, position: int) -> None:
    async def scenario() -> Claim:
        with consumer_of(make_app(Owner(offset))) as its:
            return await its._claim(TopicPartition("t", 3), begin, 100)

    claim = asyncio.run(scenario())
    assert (claim.topic, claim.partition, claim.epoch) == ("t", 3, 1)
    assert (claim.next, claim.position, claim.live) == (offset, position, True)


def test_a_claim_below_the_log_is_refused() -> None:
    async def scenario() -> None:
        with consumer_of(make_app(Owner(20))) as its:
            await its._claim(TopicPartition("t", 3), 50, 100)

    with pytest.raises(OffsetOutOfRange, match="begins at 50: 30 records were deleted") as raised:
        asyncio.run(scenario())
    assert (raised.value.offset, raised.value.begin, raised.value.end) == (20, 50, 100)


class FakeConsumer:
    """aiokafka's consumer, as far as adopting and fetching need it."""

    def __init__(self) -> None:
        self.seeks: list[tuple[Any, int]] = []
        self.fetched: asyncio.Future[dict[Any, list[Any]]] = asyncio.Future()

    async def getmany(self, *_tps: Any, **_options: Any) -> dict[Any, list[Any]]:
        return await self.fetched

    def highwater(self, _tp: Any) -> int:
        return 1_000

    def seek(self, tp: Any, offset: int) -> None:
        self.seeks.append((tp, offset))


def test_claims_of_an_assignment_that_is_over_are_never_adopted() -> None:
    async def scenario() -> None:
        with consumer_of(make_app()) as its:
            thread, tp, kafka = its._thread, TopicPartition("t", 0), FakeConsumer()
            stale = Claim("t", 0, 1, 5, 5)
            thread.offer(thread.assignment_number, {tp: stale})
            thread.end_claims()  # a rebalance, before the next fetch
            thread._adopt(kafka)
            assert not kafka.seeks

            current = Claim("t", 0, 2, 7, 7)
            thread.offer(thread.assignment_number, {tp: current})
            for _ in range(2):
                thread._adopt(kafka)  # once only: a second seek would read again
            assert kafka.seeks == [(tp, 7)]
            chunk = current.take([record(7)])
            thread.end_claims()
            assert not chunk.live

    asyncio.run(scenario())


def test_claims_are_not_adopted_beside_a_fetch_from_before_the_rebalance() -> None:
    async def scenario() -> None:
        with consumer_of(make_app()) as its:
            thread, kafka = its._thread, FakeConsumer()
            thread._consumer = kafka
            events, examples = TopicPartition("t", 0), TopicPartition("other", 0)
            thread.offer(thread.assignment_number, {events: Claim("t", 0, 1, 5, 5)})
            before = asyncio.create_task(thread.fetch("t", 10))
            await asyncio.sleep(0)
            thread.end_claims()
            after = {events: Claim("t", 0, 2, 3, 3), examples: Claim("other", 0, 3, 0, 0)}
            thread.offer(thread.assignment_number, after)
            assert await thread.fetch("other", 10) == []
            assert kafka.seeks == [(events, 5)]

            kafka.fetched.set_result({events: [record(5)]})
            assert await before == []  # read again from where the new claim says
            kafka.fetched = asyncio.Future()
            kafka.fetched.set_result({events: [record(3)]})
            [chunk] = await thread.fetch("t", 10)
            assert kafka.seeks[1:] == [(events, 3), (examples, 0)]
            assert (chunk.epoch, chunk.start) == (2, 3)

    asyncio.run(scenario())


def test_chunks_of_an_epoch_follow_on_from_one_another() -> None:
    claim = Claim("t", 0, 1, 5, 5)
    first = claim.take([record(5), record(6)])
    second = claim.take([record(9)])  # compaction has removed 7 and 8
    assert [(c.start, c.first_offset, c.last_offset, c.end) for c in (first, second)] == [
        (5, 5, 6, 7),
        (7, 9, 9, 10),
    ]
    with pytest.raises(ChunkGap, match="read offset 9 again"):
        claim.take([record(9)])


def test_a_lost_chunk_is_noticed() -> None:
    claim = Claim("t", 0, 1, 0, 0)
    first, _, third = (claim.take([record(n)]) for n in range(3))
    continuity = Continuity()
    continuity.check(first)
    with pytest.raises(ChunkGap, match="the chunk after offset 0 starts at 2 in epoch 1"):
        continuity.check(third)
    # a new epoch starts where its owner says
    again: Chunk = Claim("t", 0, 2, 1, 1).take([record(1)])
    continuity.check(again)
