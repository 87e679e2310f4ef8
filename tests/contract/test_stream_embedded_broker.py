"""What Weir needs of a broker; all but the last part also runs on Kafka (pytest --kafka)."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError
from kafka import KafkaProducer

from stream.adapters import ping, topic_admin
from stream.embedded.broker import EmbeddedBroker
from stream.embedded.guard import Guard
from stream.embedded.ports import answers, is_free
from stream.embedded.process import StackError
from stream.topics import Topic

if TYPE_CHECKING:  # pytest loads conftest.py itself, under another name
    from tests.conftest import Broker

Unique = Callable[[str], str]


@pytest.fixture
def topic(broker: "Broker", unique: Unique) -> str:
    name = unique("events")
    asyncio.run(topic_admin.ensure(broker.bootstrap, [Topic(name, 4, {})]))
    return name


@asynccontextmanager
async def consuming(bootstrap: str, *topics: str, **options: Any) -> AsyncIterator[Any]:
    options = {"auto_offset_reset": "earliest"} | options
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap, **options)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def take(consumer: Any, count: int) -> list[Any]:
    records: list[Any] = []
    async with asyncio.timeout(30):
        while len(records) < count:
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                records += batch
    return records


async def read(bootstrap: str, topic: str, count: int) -> list[Any]:
    async with consuming(bootstrap, topic) as consumer:
        return await take(consumer, count)


def member(group: str) -> dict[str, Any]:
    return {
        "group_id": group,
        "enable_auto_commit": False,
        "session_timeout_ms": 6000,
        "rebalance_timeout_ms": 4000,
        "heartbeat_interval_ms": 500,
    }


@pytest.fixture
def lz4_producer(broker: "Broker") -> Iterator[Any]:
    with closing(
        KafkaProducer(
            bootstrap_servers=broker.bootstrap,
            enable_idempotence=True,
            acks="all",
            compression_type="lz4",
            linger_ms=20,
        )
    ) as producer:
        yield producer


def test_what_kafka_python_sends_idempotently_in_lz4_is_read_by_aiokafka(
    broker: "Broker", topic: str, lz4_producer: Any
) -> None:
    sent = [(f"user{n % 50}".encode(), f"value {n} äö".encode()) for n in range(5000)]
    placed = [lz4_producer.send(topic, key=key, value=value) for key, value in sent]
    lz4_producer.flush()
    by_place = {
        (future.get(10).partition, future.get(10).offset): record
        for future, record in zip(placed, sent, strict=True)
    }

    records = asyncio.run(read(broker.bootstrap, topic, len(sent)))

    assert {(r.partition, r.offset): (r.key, r.value) for r in records} == by_place
    partitions_of_key = {(r.key, r.partition) for r in records}
    assert len(partitions_of_key) == 50
    assert len({partition for _, partition in partitions_of_key}) > 1


def test_batches_that_aiokafka_builds_arrive_whole_in_order_with_headers_and_times(
    broker: "Broker", topic: str
) -> None:
    expected = [
        (1_538_352_000_000 + n, f"k{n}".encode(), b"v" * (n % 100), [("n", str(n).encode())])
        for n in range(1000)
    ]

    async def send_and_read() -> list[Any]:
        producer = AIOKafkaProducer(
            bootstrap_servers=broker.bootstrap, compression_type="lz4", max_batch_size=1 << 20
        )
        await producer.start()
        try:
            batch = producer.create_batch()
            for time_ms, key, value, headers in expected:
                assert batch.append(key=key, value=value, timestamp=time_ms, headers=headers)
            batch.close()
            sent = await producer.send_batch(batch, topic, partition=2)
            metadata = await sent
            assert (metadata.partition, metadata.offset) == (2, 0)
        finally:
            await producer.stop()
        return await read(broker.bootstrap, topic, len(expected))

    records = asyncio.run(send_and_read())

    assert [(r.timestamp, r.key, r.value, list(r.headers)) for r in records] == expected
    assert [r.offset for r in records] == list(range(1000))
    assert {r.partition for r in records} == {2}


@pytest.mark.parametrize("codec", [None, "gzip", "lz4", "zstd", "snappy"])
def test_each_codec_that_aiokafka_writes_can_be_read(
    broker: "Broker", topic: str, codec: str | None
) -> None:
    async def send_and_read() -> list[Any]:
        producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, compression_type=codec)
        await producer.start()
        try:
            await producer.send_and_wait(topic, b"x" * 10_000)
        finally:
            await producer.stop()
        return await read(broker.bootstrap, topic, 1)

    assert [r.value for r in asyncio.run(send_and_read())] == [b"x" * 10_000]


def test_each_group_has_its_own_committed_offsets(
    broker: "Broker", topic: str, lz4_producer: Any, unique: Unique
) -> None:
    for number in range(10):
        lz4_producer.send(topic, value=str(number).encode(), partition=1)
    lz4_producer.flush()
    at = TopicPartition(topic, 1)

    async def committed(group: str) -> Any:
        async with consuming(broker.bootstrap, group_id=group) as consumer:
            consumer.assign([at])
            return await consumer.committed(at), (await take(consumer, 1))[0].offset

    async def scenario() -> None:
        first, second = unique("first"), unique("second")
        async with consuming(broker.bootstrap, topic, **member(first)) as consumer:
            await take(consumer, 10)
            await consumer.commit({at: 7})
        assert await committed(first) == (7, 7)
        assert await committed(second) == (None, 0)

    asyncio.run(scenario())


def test_the_members_of_a_group_share_the_partitions_and_take_over_those_of_one_that_left(
    broker: "Broker", topic: str, unique: Unique
) -> None:
    async def until(condition: Callable[[], bool], *consumers: Any) -> None:
        async with asyncio.timeout(60):
            while not condition():
                for consumer in consumers:
                    await consumer.getmany(timeout_ms=50)

    async def scenario() -> None:
        options = member(unique("group"))
        everything = {TopicPartition(topic, number) for number in range(4)}
        async with consuming(broker.bootstrap, topic, **options) as one:
            async with consuming(broker.bootstrap, topic, **options) as other:
                await until(
                    lambda: (
                        len(one.assignment()) == len(other.assignment()) == 2
                        and one.assignment() | other.assignment() == everything
                    ),
                    one,
                    other,
                )
            await until(lambda: one.assignment() == everything, one)

    asyncio.run(scenario())


def test_topics_are_created_once_with_their_partitions(broker: "Broker", unique: Unique) -> None:
    wanted = [
        Topic(unique("one"), 1, {"retention.ms": "-1"}),
        Topic(unique("six"), 6, {"cleanup.policy": "delete"}),
    ]
    names = [topic.name for topic in wanted]

    assert sorted(asyncio.run(topic_admin.ensure(broker.bootstrap, wanted))) == sorted(names)
    assert asyncio.run(topic_admin.ensure(broker.bootstrap, wanted)) == []

    there = ping.broker(broker.bootstrap).topics
    assert {name: there[name] for name in names} == {names[0]: 1, names[1]: 6}


def test_end_offsets_count_the_records(broker: "Broker", topic: str, lz4_producer: Any) -> None:
    for number in range(6):
        lz4_producer.send(topic, value=b"x", partition=number % 3)
    lz4_producer.flush()

    ends = ping.end_offsets(broker.bootstrap, {topic: 4})

    assert ends == {(topic, 0): 2, (topic, 1): 2, (topic, 2): 2, (topic, 3): 0}


# From here on: the embedded broker alone.


def test_nothing_is_lost_or_created_by_asking_what_topics_there_are(
    fresh_broker: EmbeddedBroker,
) -> None:
    assert ping.broker(fresh_broker.bootstrap).topics == {}
    assert ping.broker(fresh_broker.bootstrap).topics == {}


@pytest.mark.xfail(reason="Tansu creates a topic, with 4 partitions, when asked about it")
def test_asking_about_a_topic_does_not_create_it(fresh_broker: EmbeddedBroker) -> None:
    async def ask() -> None:
        async with consuming(fresh_broker.bootstrap, "nobody-made-this"):
            pass

    asyncio.run(ask())
    assert ping.broker(fresh_broker.bootstrap).topics == {}


@pytest.fixture
def five_in_a_batch(fresh_broker: EmbeddedBroker) -> TopicPartition:
    async def send() -> None:
        await topic_admin.ensure(fresh_broker.bootstrap, [Topic("five", 1, {})])
        producer = AIOKafkaProducer(bootstrap_servers=fresh_broker.bootstrap)
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


@pytest.mark.xfail(reason="Tansu lists an end offset inside the last batch")
def test_the_listed_end_offset_is_the_end(
    fresh_broker: EmbeddedBroker, five_in_a_batch: TopicPartition
) -> None:
    async def listed() -> Any:
        async with consuming(fresh_broker.bootstrap) as consumer:
            return await consumer.end_offsets([five_in_a_batch])

    assert asyncio.run(listed()) == {five_in_a_batch: 5}


@pytest.mark.xfail(reason="Tansu gives offset 0 for a time after the end")
def test_there_is_no_offset_for_a_time_after_the_end(
    fresh_broker: EmbeddedBroker, five_in_a_batch: TopicPartition
) -> None:
    async def found() -> Any:
        async with consuming(fresh_broker.bootstrap) as consumer:
            return await consumer.offsets_for_times({five_in_a_batch: int(time.time() * 2000)})

    assert asyncio.run(found()) == {five_in_a_batch: None}


@pytest.mark.xfail(reason="Tansu answers a fetch from beyond the end as if it were at the end")
def test_a_fetch_from_beyond_the_end_is_an_error(
    fresh_broker: EmbeddedBroker, five_in_a_batch: TopicPartition
) -> None:
    async def fetch() -> None:
        async with consuming(fresh_broker.bootstrap, auto_offset_reset="none") as consumer:
            consumer.assign([five_in_a_batch])
            consumer.seek(five_in_a_batch, 40)
            await consumer.getmany(timeout_ms=1000)

    with pytest.raises(OffsetOutOfRangeError):
        asyncio.run(fetch())


@pytest.mark.xfail(reason="Tansu refuses version 0 of InitProducerId, the only one aiokafka has")
@pytest.mark.filterwarnings("ignore:Unclosed AIOKafkaProducer:ResourceWarning")  # it never started
def test_aiokafka_can_be_an_idempotent_producer(fresh_broker: EmbeddedBroker) -> None:
    async def start() -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=fresh_broker.bootstrap, enable_idempotence=True
        )
        try:
            await producer.start()
        finally:
            await producer.stop()

    asyncio.run(start())


def test_a_broker_that_was_killed_is_reported_with_its_log(
    tmp_path: Path, guard: Guard, fresh_broker: EmbeddedBroker
) -> None:
    fresh_broker.check()
    os.kill(fresh_broker.pid, signal.SIGKILL)
    os.waitid(os.P_PID, fresh_broker.pid, os.WEXITED | os.WNOWAIT)

    with pytest.raises(StackError, match="broker was ended by SIGKILL") as caught:
        fresh_broker.check()
    assert str(fresh_broker.log) in str(caught.value)
    assert "listening on" in str(caught.value)
    with pytest.raises(ping.Unreachable, match="nothing there that speaks Kafka"):
        ping.broker(fresh_broker.bootstrap)

    with EmbeddedBroker(tmp_path, fresh_broker.port, guard) as again:  # its port is free again
        assert ping.broker(again.bootstrap).topics == {}


def test_a_port_that_is_taken_is_an_error_that_names_it(
    tmp_path: Path, guard: Guard, fresh_broker: EmbeddedBroker
) -> None:
    second = EmbeddedBroker(tmp_path, fresh_broker.port, guard)
    with pytest.raises(StackError, match=f"port {fresh_broker.port} .* is taken"):
        second.start()


def test_another_server_that_answers_on_the_port_is_not_taken_for_the_broker(
    tmp_path: Path, guard: Guard, fresh_broker: EmbeddedBroker
) -> None:
    other = EmbeddedBroker(tmp_path, fresh_broker.port, guard)
    assert fresh_broker.ready()
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
        assert ping.broker(broker.bootstrap).brokers == (("127.0.0.1", broker.port),)
        assert not answers(broker.port, "127.0.0.2")
    assert is_free(broker.port)
    with pytest.raises(StackError, match="has not been started"):
        _ = broker.pid
