"""The log that all speed benchmarks share, and the stack that they run on."""

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from models.plan import Plan
from replay.generate import load as load_maker
from stream import topics
from stream.adapters import topic_admin
from stream.adapters.kafka_output import KafkaOutput
from stream.adapters.partitioner import partition_of
from stream.embedded.broker import EmbeddedBroker
from stream.embedded.guard import Guard
from stream.embedded.redis import EmbeddedRedis
from stream.kafka_address import KafkaAddress

PARTITIONS = 4


@dataclass(frozen=True)
class Record:
    """One event of the log, with its place in the topic."""

    partition: int
    key: bytes | None
    value: bytes


@dataclass(frozen=True)
class Stack:
    """A broker and a Redis, empty, and where logs may be written."""

    broker: EmbeddedBroker
    redis: EmbeddedRedis
    guard: Guard
    directory: Path

    def environment(self) -> dict[str, str]:
        """Return the settings with which a worker finds the stack."""
        return {
            "WEIR_BROKER_URL": self.broker.url,
            "WEIR_REDIS_URL": self.redis.url,
            "WEIR_PARTITIONS": str(PARTITIONS),
            "WEIR_DOMAINS": "churn",
            "WEIR_SESSION_TIMEOUT": "6",
            "WEIR_REBALANCE_TIMEOUT": "4",
            "WEIR_METRICS_PORT": "0",
        }


def churn_records(users: int, days: int) -> list[Record]:
    """Return a generated log, laid out over the partitions as the stream expects it."""
    records = []
    for number, (_, line) in enumerate(load_maker("churn")(Plan(users=users, days=days, seed=5))):
        user = str(orjson.loads(line).get("userId") or "")
        partition = partition_of(user, PARTITIONS) if user else number % PARTITIONS
        records.append(Record(partition, user.encode() or None, line.rstrip(b"\n")))
    return records


@contextlib.contextmanager
def stack() -> Iterator[Stack]:
    """Give a fresh stack with the topics of churn."""
    with (
        tempfile.TemporaryDirectory(prefix="weir-bench-") as name,
        Guard() as guard,
        EmbeddedBroker(Path(name), guard=guard) as broker,
        EmbeddedRedis(Path(name), guard=guard) as redis,
    ):
        wanted = topics.of_domain("churn", PARTITIONS)
        asyncio.run(topic_admin.ensure(broker.address, wanted))
        yield Stack(broker, redis, guard, Path(name))


async def preload(kafka: KafkaAddress, topic: str, records: list[Record]) -> None:
    """Write all records to a topic, in compressed batches."""
    output = KafkaOutput(kafka)
    await output.start()
    try:
        writer = output.writer()
        for number, record in enumerate(records):
            writer.append(topic, record.partition, key=record.key, value=record.value)
            if number % 2000 == 1999:
                await writer.flush()
        await writer.flush()
    finally:
        await output.stop()
