"""The log that all speed benchmarks share, and the stack that they run on."""

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson

from models.plan import Plan
from replay.generate import load as load_maker
from stream import topics
from stream.adapters import topic_admin
from stream.adapters.kafka_output import KafkaOutput
from stream.adapters.partitioner import partition_of
from stream.embedded.broker import EmbeddedBroker
from stream.embedded.guard import Guard
from stream.embedded.kafka_server import KafkaServer
from stream.embedded.process import ChildProcess
from stream.embedded.redis import EmbeddedRedis
from stream.kafka_address import KafkaAddress
from tests import apache_kafka
from tests.apache_kafka import ApacheKafka

PARTITIONS = 4

#: Which broker: the one that comes along, or Apache Kafka from the jars of ``make kafka``.
BrokerKind = Literal["embedded", "kafka"]


@dataclass(frozen=True)
class Record:
    """One event of the log, with its place in the topic."""

    partition: int
    key: bytes | None
    value: bytes


@dataclass(frozen=True)
class Stack:
    """A broker and a Redis, empty, and where logs may be written."""

    broker: KafkaServer
    redis: EmbeddedRedis
    guard: Guard
    directory: Path
    partitions: int = PARTITIONS

    def environment(self) -> dict[str, str]:
        """Return the settings with which a worker finds the stack."""
        return {
            "WEIR_BROKER_URL": self.broker.url,
            "WEIR_REDIS_URL": self.redis.url,
            "WEIR_PARTITIONS": str(self.partitions),
            "WEIR_DOMAINS": "churn",
            "WEIR_SESSION_TIMEOUT": "6",
            "WEIR_REBALANCE_TIMEOUT": "4",
            "WEIR_METRICS_PORT": "0",
        }

    def start(self, name: str, *command: str, **settings: str) -> ChildProcess:
        """Start a process of Python on it, whose output goes to a file of its name.

        Args:
            name: what to call it.
            command: what follows ``python -m``.
            settings: more environment variables.
        """
        env = {**os.environ, **self.environment(), **settings}
        words, log = [sys.executable, "-m", *command], self.directory / f"{name}.log"
        return ChildProcess(name, words, log, self.guard, env)


def churn_records(users: int, days: int, partitions: int = PARTITIONS) -> list[Record]:
    """Return a generated log, laid out over the partitions as the stream expects it."""
    records = []
    for number, (_, line) in enumerate(load_maker("churn")(Plan(users=users, days=days, seed=5))):
        user = str(orjson.loads(line).get("userId") or "")
        partition = partition_of(user, partitions) if user else number % partitions
        records.append(Record(partition, user.encode() or None, line.rstrip(b"\n")))
    return records


def why_no_kafka() -> str | None:
    """Return what is missing for Apache Kafka, for a person; None when it can be started."""
    if shutil.which("java") is None:
        return "there is no java (17 or newer)"
    if not (apache_kafka.JARS / apache_kafka.VERSION).is_dir():
        return "`make kafka` fetches it"
    return None


@contextlib.contextmanager
def stack(
    kind: BrokerKind = "embedded",
    partitions: int = PARTITIONS,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Stack]:
    """Give a fresh stack with the topics of churn.

    Args:
        kind: which broker.
        partitions: of the topics that have several.
        settings: more lines of Apache Kafka's ``server.properties``.
    """
    with (
        tempfile.TemporaryDirectory(prefix="weir-bench-") as name,
        Guard() as guard,
        _broker(kind, Path(name), guard, settings) as broker,
        EmbeddedRedis(Path(name), guard=guard) as redis,
    ):
        wanted = topics.of_domain("churn", partitions)
        asyncio.run(topic_admin.ensure(broker.address, wanted))
        yield Stack(broker, redis, guard, Path(name), partitions)


def _broker(
    kind: BrokerKind, directory: Path, guard: Guard, settings: Mapping[str, str] | None
) -> KafkaServer:
    if kind == "kafka":
        return ApacheKafka(directory, guard, settings=settings)
    return EmbeddedBroker(directory, guard=guard)


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
