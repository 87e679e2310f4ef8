"""What Weir needs of a broker: the embedded one, or Apache Kafka (pytest --kafka)."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from kafka import KafkaProducer

from stream import topics
from stream.adapters import ping, topic_admin
from stream.embedded.kafka_server import KafkaServer
from stream.topics import Topic
from tests.read_topic import consuming

Unique = Callable[[str], str]


@pytest.fixture
def topic(broker: KafkaServer, unique: Unique) -> str:
    name = unique("events")
    asyncio.run(topic_admin.ensure(broker.address, [Topic(name, 4, {})]))
    return name


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
def lz4_producer(broker: KafkaServer) -> Iterator[Any]:
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
    broker: KafkaServer, topic: str, lz4_producer: Any
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
    broker: KafkaServer, topic: str
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
    broker: KafkaServer, topic: str, codec: str | None
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
    broker: KafkaServer, topic: str, lz4_producer: Any, unique: Unique
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
    broker: KafkaServer, topic: str, unique: Unique
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


def test_topics_are_created_once_with_their_partitions(broker: KafkaServer, unique: Unique) -> None:
    wanted = [
        Topic(unique("one"), 1, {"retention.ms": "-1"}),
        Topic(unique("six"), 6, {"cleanup.policy": "delete"}),
    ]
    names = [topic.name for topic in wanted]

    assert sorted(asyncio.run(topic_admin.ensure(broker.address, wanted))) == sorted(names)
    assert asyncio.run(topic_admin.ensure(broker.address, wanted)) == []

    there = ping.broker(broker.address).topics
    assert {name: there[name] for name in names} == {names[0]: 1, names[1]: 6}


def test_kafka_has_the_settings_of_every_topic(
    request: pytest.FixtureRequest, broker: KafkaServer, unique: Unique
) -> None:
    if not request.config.getoption("--kafka"):
        pytest.skip("the embedded broker knows no settings of topics")
    wanted = [replace(topic, name=unique(topic.name)) for topic in topics.of_domain("churn", 3)]
    asyncio.run(topic_admin.ensure(broker.address, wanted))

    async def described(admin: Any, asked: list[ConfigResource]) -> list[Any]:
        (answer,) = await admin.describe_configs(asked)
        return list(answer.resources)

    async def settings() -> dict[str, dict[str, str]]:
        admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
        await admin.start()
        try:
            asked = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in wanted]
            async with asyncio.timeout(30):
                # a broker hears of new topics a moment after the controller has made them
                while any(one[0] for one in await described(admin, asked)):
                    pass
            return {
                name: {entry[0]: entry[1] for entry in entries}
                for _, _, _, name, entries in await described(admin, asked)
            }
        finally:
            await admin.close()

    found = asyncio.run(settings())
    for topic in wanted:
        _, expected = topic.on(brokers=1)
        assert expected.items() <= found[topic.name].items()
        assert found[topic.name]["compression.type"] == "producer"


def test_extents_count_the_records(broker: KafkaServer, topic: str, lz4_producer: Any) -> None:
    for number in range(6):
        lz4_producer.send(topic, value=b"x", partition=number % 3)
    lz4_producer.flush()

    found = ping.extents(broker.address, {topic: 4})

    assert found == {(topic, 0): (0, 2), (topic, 1): (0, 2), (topic, 2): (0, 2), (topic, 3): (0, 0)}
