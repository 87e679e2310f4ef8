"""The embedded broker: what it lacks of Kafka (the strict xfails), its start and its end."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError, UnknownError

from stream.adapters import ping, topic_admin
from stream.embedded.broker import EmbeddedBroker
from stream.embedded.guard import Guard
from stream.embedded.ports import answers, is_free
from stream.embedded.process import StackError
from stream.topics import Topic
from tests.read_topic import consuming


@pytest.fixture
def embedded(tmp_path_factory: pytest.TempPathFactory, guard: Guard) -> Iterator[EmbeddedBroker]:
    """One of the test's own, whatever the other tests run on."""
    with EmbeddedBroker(tmp_path_factory.mktemp("embedded"), guard=guard) as embedded:
        yield embedded


def test_nothing_is_lost_or_created_by_asking_what_topics_there_are(
    embedded: EmbeddedBroker,
) -> None:
    assert ping.broker(embedded.address).topics == {}
    assert ping.broker(embedded.address).topics == {}


@pytest.mark.xfail(
    reason="Tansu creates a topic, with 4 partitions, when asked about it", raises=AssertionError
)
def test_asking_about_a_topic_does_not_create_it(embedded: EmbeddedBroker) -> None:
    async def ask() -> None:
        async with consuming(embedded.bootstrap, "nobody-made-this"):
            pass

    asyncio.run(ask())
    assert ping.broker(embedded.address).topics == {}


@pytest.fixture
def five_in_a_batch(embedded: EmbeddedBroker) -> TopicPartition:
    async def send() -> None:
        await topic_admin.ensure(embedded.address, [Topic("five", 1, {})])
        producer = AIOKafkaProducer(bootstrap_servers=embedded.bootstrap)
        await producer.start()
        try:
            batch = producer.create_batch()
            for _ in range(5):
                batch.append(key=None, value=b"x", timestamp=1_538_352_000_000)
            batch.close()
            await (await producer.send_batch(batch, "five", partition=0))
        finally:
            await producer.stop()

    asyncio.run(send())
    return TopicPartition("five", 0)


@pytest.mark.xfail(reason="Tansu lists an end offset inside the last batch", raises=AssertionError)
def test_the_listed_end_offset_is_the_end(
    embedded: EmbeddedBroker, five_in_a_batch: TopicPartition
) -> None:
    async def listed() -> Any:
        async with consuming(embedded.bootstrap) as consumer:
            return await consumer.end_offsets([five_in_a_batch])

    assert asyncio.run(listed()) == {five_in_a_batch: 5}


@pytest.mark.xfail(reason="Tansu gives offset 0 for a time after the end", raises=AssertionError)
def test_there_is_no_offset_for_a_time_after_the_end(
    embedded: EmbeddedBroker, five_in_a_batch: TopicPartition
) -> None:
    async def found() -> Any:
        async with consuming(embedded.bootstrap) as consumer:
            return await consumer.offsets_for_times({five_in_a_batch: int(time.time() * 2000)})

    assert asyncio.run(found()) == {five_in_a_batch: None}


@pytest.mark.xfail(
    reason="Tansu answers a fetch from beyond the end as if it were at the end",
    raises=pytest.fail.Exception,
)
def test_a_fetch_from_beyond_the_end_is_an_error(
    embedded: EmbeddedBroker, five_in_a_batch: TopicPartition
) -> None:
    async def fetch() -> None:
        async with consuming(embedded.bootstrap, auto_offset_reset="none") as consumer:
            consumer.assign([five_in_a_batch])
            consumer.seek(five_in_a_batch, 40)
            await consumer.getmany(timeout_ms=1000)

    with pytest.raises(OffsetOutOfRangeError):
        asyncio.run(fetch())


@pytest.mark.xfail(
    reason="Tansu refuses version 0 of InitProducerId, the only one aiokafka has",
    raises=UnknownError,
)
@pytest.mark.filterwarnings("ignore:Unclosed AIOKafkaProducer:ResourceWarning")  # it never started
def test_aiokafka_can_be_an_idempotent_producer(embedded: EmbeddedBroker) -> None:
    async def start() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=embedded.bootstrap, enable_idempotence=True)
        try:
            await producer.start()
        finally:
            await producer.stop()

    asyncio.run(start())


def test_a_broker_that_was_killed_is_reported_with_its_log(
    tmp_path: Path, guard: Guard, embedded: EmbeddedBroker
) -> None:
    embedded.check()
    os.kill(embedded.pid, signal.SIGKILL)
    os.waitid(os.P_PID, embedded.pid, os.WEXITED | os.WNOWAIT)

    with pytest.raises(StackError, match="broker was ended by SIGKILL") as caught:
        embedded.check()
    assert str(embedded.log) in str(caught.value)
    assert "listening on" in str(caught.value)
    with pytest.raises(ping.Unreachable, match="nothing there that speaks Kafka"):
        ping.broker(embedded.address)

    with EmbeddedBroker(tmp_path, embedded.port, guard) as again:  # its port is free again
        assert ping.broker(again.address).topics == {}


def test_a_port_that_is_taken_is_an_error_that_names_it(
    tmp_path: Path, guard: Guard, embedded: EmbeddedBroker
) -> None:
    second = EmbeddedBroker(tmp_path, embedded.port, guard)
    with pytest.raises(StackError, match=f"port {embedded.port} .* is taken"):
        second.start()


def test_another_server_that_answers_on_the_port_is_not_taken_for_the_broker(
    tmp_path: Path, guard: Guard, embedded: EmbeddedBroker
) -> None:
    other = EmbeddedBroker(tmp_path, embedded.port, guard)
    assert embedded.ready()
    assert not other.ready()


def test_the_environment_does_not_reach_the_broker(
    tmp_path: Path, guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHEMA_REGISTRY", "file:///nowhere")
    monkeypatch.setenv("STORAGE_ENGINE", "s3://somebody-elses-bucket/")
    with EmbeddedBroker(tmp_path, guard=guard) as broker:
        assert "somebody" not in broker.log.read_text()


def test_it_listens_on_loopback_only_and_is_gone_after_stop(tmp_path: Path, guard: Guard) -> None:
    with EmbeddedBroker(tmp_path, guard=guard) as broker:
        assert ping.broker(broker.address).brokers == (("127.0.0.1", broker.port),)
        assert not answers(broker.port, "127.0.0.2")
    assert is_free(broker.port)
    with pytest.raises(StackError, match="has not been started"):
        _ = broker.pid
