"""Reads the examples log as it lies in Kafka, outside of any consumer group."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from models.errors import WeirError
from stream import topics
from stream.kafka_address import KafkaAddress

#: The most records that are taken at once, and how long to wait for the next ones, ms.
_BATCH, _WAIT_MS = 2_000, 1_000

#: How long a fetch may take that only asks where the log ends, ms.
_LOOK_MS = 300


class NoLog(WeirError):
    """There is no examples log; the message says what makes one."""


class LogRecord(NamedTuple):
    """A record of the log.

    Attributes:
        offset: its offset.
        value: its bytes.
    """

    offset: int
    value: bytes | None


class ExamplesLog:
    """The examples log of one domain.

    Attributes:
        begin: the oldest offset that Kafka has, as of the last ``look``.
        end: the offset after the newest.
    """

    def __init__(self, consumer: AIOKafkaConsumer, tp: TopicPartition) -> None:
        self._consumer, self._tp = consumer, tp
        self.begin = self.end = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, kafka: KafkaAddress, domain: str) -> AsyncIterator[Self]:
        """Connect to it, and look how long it is.

        Args:
            kafka: where Kafka is.
            domain: whose log.

        Raises:
            NoLog: the topic does not exist.
            KafkaError: no broker answers.
        """
        topic = topics.examples(domain)
        consumer = AIOKafkaConsumer(
            enable_auto_commit=False, fetch_max_wait_ms=100, **kafka.options()
        )
        await consumer.start()
        try:
            # asked for all names: for a mere question about one, some brokers would create it
            if topic not in await consumer.topics():
                raise NoLog(
                    f"there is no topic {topic}; start a worker, which creates it, and send events"
                )
            tp = TopicPartition(topic, 0)
            consumer.assign([tp])
            log = cls(consumer, tp)
            await log.look()
            yield log
        finally:
            await consumer.stop()

    async def look(self) -> None:
        """Look how long the log is now.

        Raises:
            KafkaError: no broker answers.
        """
        tp = self._tp
        self.begin = (await self._consumer.beginning_offsets([tp]))[tp]
        listed = (await self._consumer.end_offsets([tp]))[tp]
        # the embedded broker lists an offset inside its last batch; a fetch tells the true end
        self._consumer.seek(tp, listed)
        await self._consumer.getmany(tp, timeout_ms=_LOOK_MS)
        self.end = max(listed, self._consumer.highwater(tp) or 0)

    async def read(self, since: int) -> AsyncGenerator[Sequence[LogRecord], None]:
        """Yield the records from an offset up to ``end``, some at a time.

        Args:
            since: the first offset, not before ``begin``.

        Raises:
            KafkaError: no broker answers.
        """
        end, at = self.end, since
        if at >= end:
            return
        self._consumer.seek(self._tp, at)
        while at < end:
            found = await self._consumer.getmany(self._tp, timeout_ms=_WAIT_MS, max_records=_BATCH)
            records = [r for r in found.get(self._tp, ()) if at <= r.offset < end]
            if records:
                yield [LogRecord(r.offset, r.value) for r in records]
                at = records[-1].offset + 1
            at = max(at, await self._consumer.position(self._tp))
