"""The record-batch writer against a real broker."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError

from stream.adapters.kafka_output import (
    MAX_BATCH_BYTES,
    KafkaOutput,
    OutputFailed,
    RecordBatchWriter,
    RecordTooLarge,
)
from stream.embedded import ports
from stream.embedded.broker import EmbeddedBroker
from stream.embedded.guard import Guard
from stream.embedded.kafka_server import KafkaServer
from stream.kafka_address import KafkaAddress

Unique = Callable[[str], str]


async def make_topic(bootstrap: str, topic: str, partitions: int = 4) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, partitions, 1)])
    finally:
        await admin.close()


@asynccontextmanager
async def writer_to(bootstrap: str, **options: Any) -> AsyncIterator[RecordBatchWriter]:
    output = KafkaOutput(KafkaAddress(bootstrap), **options)
    await output.start()
    try:
        yield output.writer()
    finally:
        await output.stop()


async def read(bootstrap: str, topic: str, count: int, partition: int = 0) -> list[Any]:
    """Read a partition from its beginning: ``count`` records, and those that should not be."""
    tp = TopicPartition(topic, partition)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="none", fetch_max_wait_ms=50
    )
    await consumer.start()
    try:
        consumer.assign([tp])
        consumer.seek(tp, 0)
        records: list[Any] = []
        while len(records) < count:
            records += (await consumer.getmany(tp, timeout_ms=1000)).get(tp, [])
        records += (await consumer.getmany(tp, timeout_ms=300)).get(tp, [])
        return records
    finally:
        await consumer.stop()


def test_records_arrive_as_appended(broker: KafkaServer, unique: Unique) -> None:
    topic = unique("out")

    async def scenario() -> None:
        await make_topic(broker.bootstrap, topic)
        async with writer_to(broker.bootstrap) as writer:
            writer.append(topic, 2, key=b"u1", value=b"v1", timestamp_ms=1_538_352_000_123)
            writer.append(
                topic, 2, key=None, value=b"\xff\x00", headers=[("weir-reason", b"bad_json")]
            )
            writer.append(topic, 2, key=b"u2", value=None)
            writer.append(topic, 3, key=b"u3", value=b"elsewhere")
            await writer.flush()
        first, second, third = await read(broker.bootstrap, topic, 3, partition=2)
        assert (first.key, first.value, first.timestamp) == (b"u1", b"v1", 1_538_352_000_123)
        assert (second.key, second.value) == (None, b"\xff\x00")
        assert second.headers == (("weir-reason", b"bad_json"),)
        assert (third.key, third.value) == (b"u2", None)
        assert [r.value for r in await read(broker.bootstrap, topic, 1, partition=3)] == [
            b"elsewhere"
        ]

    asyncio.run(scenario())


def test_batches_that_would_be_too_large_are_split_and_stay_in_order(
    broker: KafkaServer, unique: Unique
) -> None:
    topic = unique("out")
    count, value = 5_000, b"x" * 1_000  # five times what goes into a batch

    async def scenario() -> None:
        await make_topic(broker.bootstrap, topic)
        async with writer_to(broker.bootstrap) as writer:
            for number in range(count):
                writer.append(topic, number % 2, key=b"%d" % number, value=value)
            await writer.flush()
            await writer.flush()  # nothing left to send
        for partition in (0, 1):
            records = await read(broker.bootstrap, topic, count // 2, partition)
            assert [int(r.key) for r in records] == list(range(partition, count, 2))

    asyncio.run(scenario())


def test_the_largest_record_passes_and_a_larger_one_is_named(
    broker: KafkaServer, unique: Unique
) -> None:
    topic = unique("out")
    largest = MAX_BATCH_BYTES - 200

    async def scenario() -> None:
        await make_topic(broker.bootstrap, topic)
        async with writer_to(broker.bootstrap) as writer:
            # does not compress, so that the broker sees its full size
            value = random.Random(1).randbytes(largest)
            writer.append(topic, 0, key=b"small", value=b"before")
            writer.append(topic, 0, key=None, value=value)
            with pytest.raises(RecordTooLarge, match=f"{topic} partition 0 takes 1,000,001 bytes"):
                writer.append(topic, 0, key=b"k", value=value)
            with pytest.raises(RecordTooLarge):
                writer.append(topic, 0, key=b"k", value=b"", headers=[("h", value)])
            await writer.flush()
        values = [r.value for r in await read(broker.bootstrap, topic, 2)]
        assert values == [b"before", value]

    asyncio.run(scenario())


def test_a_partition_that_does_not_exist_is_named(broker: KafkaServer, unique: Unique) -> None:
    topic = unique("out")

    async def scenario() -> None:
        await make_topic(broker.bootstrap, topic, partitions=2)
        async with writer_to(broker.bootstrap) as writer:
            writer.append(topic, 5, key=None, value=b"v")
            with pytest.raises(OutputFailed, match=f"{topic} has no partition 5"):
                await writer.flush()

    asyncio.run(scenario())


def test_flush_waits_for_what_another_task_is_sending(broker: KafkaServer, unique: Unique) -> None:
    topic = unique("out")

    async def scenario() -> None:
        await make_topic(broker.bootstrap, topic)
        async with writer_to(broker.bootstrap) as writer:
            writer.append(topic, 0, key=None, value=b"mine")
            theirs = asyncio.create_task(writer.flush())
            await asyncio.sleep(0)  # it has taken my record and now waits for the broker
            assert not theirs.done()
            await writer.flush()
            assert theirs.done()

    asyncio.run(scenario())


def test_a_broker_that_is_gone_fails_this_flush_and_all_later_ones(
    guard: Guard, tmp_path: Path
) -> None:
    async def scenario(broker: EmbeddedBroker) -> None:
        await make_topic(broker.bootstrap, "out")
        async with writer_to(broker.bootstrap, delivery_seconds=1) as writer:
            writer.append("out", 0, key=None, value=b"kept")
            await writer.flush()
            broker.stop()
            writer.append("out", 0, key=None, value=b"lost")
            with pytest.raises(OutputFailed, match="no acknowledgement within 1 s"):
                await writer.flush()
            with pytest.raises(OutputFailed):  # or a caller would take it for delivered
                await writer.flush()
        # and stopping does not wait for a broker that does not come back

    with EmbeddedBroker(tmp_path, guard=guard) as broker:
        asyncio.run(scenario(broker))


def test_no_broker_is_an_error_at_the_start() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening
        address = f"127.0.0.1:{taken.getsockname()[1]}"

        async def scenario() -> None:
            with pytest.raises(KafkaConnectionError):
                await KafkaOutput(KafkaAddress(address)).start()

        asyncio.run(scenario())


class BrokerBehind(EmbeddedBroker):
    """A broker that tells its clients to connect to another port, a proxy's."""

    proxy_port = 0

    def command(self) -> list[str]:
        seen = f"--advertised-listener-url=tcp://127.0.0.1:{self.proxy_port}"
        return [seen if part.startswith("--advertised") else part for part in super().command()]


class LossyProxy:
    """Passes requests on, and cuts the connection instead of returning the next acknowledgement.

    Produce requests are told by their API key, 0; one is let through to the broker, answered by
    it, and its answer dropped with the connection.
    """

    def __init__(self) -> None:
        self.target = ports.any_free()
        self.to_lose = 0
        self.lost = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            while True:
                size = await reader.readexactly(4)
                request = await reader.readexactly(int.from_bytes(size, "big"))
                up_writer.write(size + request)
                size = await up_reader.readexactly(4)
                answer = await up_reader.readexactly(int.from_bytes(size, "big"))
                if request[:2] == b"\x00\x00" and self.to_lose:
                    self.to_lose -= 1
                    self.lost += 1
                    break
                writer.write(size + answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # one of the two has hung up
        finally:
            up_writer.close()
            writer.close()


def test_a_lost_acknowledgement_repeats_nothing(guard: Guard, tmp_path: Path) -> None:
    async def scenario() -> None:
        proxy = LossyProxy()
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
        broker = BrokerBehind(tmp_path, port=proxy.target, guard=guard)
        broker.proxy_port = server.sockets[0].getsockname()[1]
        await asyncio.to_thread(broker.start)
        seen_as = f"127.0.0.1:{broker.proxy_port}"
        try:
            await make_topic(seen_as, "out", partitions=1)
            async with writer_to(seen_as) as writer:
                for number in range(20):
                    proxy.to_lose = number % 2
                    for row in range(50):
                        writer.append("out", 0, key=None, value=b"%d" % (number * 50 + row))
                    await writer.flush()
            values = [int(r.value) for r in await read(seen_as, "out", 1_000)]
        finally:
            await asyncio.to_thread(broker.stop)
            server.close()
        assert proxy.lost == 10
        assert values == list(range(1_000))

    asyncio.run(scenario())
