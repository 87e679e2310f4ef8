"""What the chunk transport relies on in Faust and aiokafka, though it is not their public API.

A new version of either must pass these, and the integration tests, before its pin is moved.
"""

import asyncio
import inspect
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.consumer.fetcher import Fetcher, OffsetResetStrategy
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.producer.message_accumulator import MessageAccumulator, MessageBatch
from aiokafka.producer.sender import Sender
from aiokafka.producer.transaction_manager import TransactionManager
from aiokafka.structs import TopicPartition
from faust import Topic
from faust.tables.recovery import Recovery
from faust.transport import consumer
from faust.transport.conductor import Conductor
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from stream.chunk import Claim, Fetched
from stream.kafka_address import KafkaAddress
from stream.runner import build_app
from stream.transport import ChunkConsumer
from tests.chunk_app import Owner, consumer_of, make_app, record


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
    app = build_app(name="contract", kafka=KafkaAddress("a:1,b:2"), owner=Owner())
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
