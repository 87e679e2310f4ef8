"""Writes records to Kafka in batches that are encoded as they are filled.

A batch costs Kafka's client about as much as one record does with ``send``. The batches are
encoded by aiokafka's C extension.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from models.errors import WeirError
from stream.adapters.producer_id import take_producer_id
from stream.kafka_address import KafkaAddress

logger = logging.getLogger(__name__)

#: The largest batch and the largest record, bytes before compression: a broker refuses what is
#: above 1,048,588 bytes (message.max.bytes) after it.
MAX_BATCH_BYTES = 1_000_000
#: What a batch's header and a record's own fields take at most.
_OVERHEAD_BYTES = 200
_NO_HEADERS: list[tuple[str, bytes]] = []
#: Seconds for closing the connection.
_STOP_SECONDS = 2.0


class RecordTooLarge(WeirError):
    """A record is larger than a broker accepts."""


class OutputFailed(WeirError):
    """Kafka did not acknowledge records that had to be written; the worker cannot go on."""


class KafkaOutput:
    """One connection for all that a worker writes: idempotent, acknowledged by all, compressed.

    A batch is sent until it is acknowledged, in order, and retries repeat nothing. Within a
    partition one batch is in flight at a time, and its sequence number is given when it is first
    sent, which is what makes batches built by hand as safe as ``send``.

    Args:
        kafka: where Kafka is.
        delivery_seconds: how long to try.
    """

    def __init__(self, kafka: KafkaAddress, *, delivery_seconds: float = 30.0) -> None:
        self._kafka = kafka
        self._producer: Any = None
        self.delivery_seconds = delivery_seconds

    async def start(self) -> None:
        """Connect.

        Raises:
            KafkaError: no broker answers, or it refuses.
            TimeoutError: it did not make up its mind.
        """
        producer = AIOKafkaProducer(
            **self._kafka.options(),
            enable_idempotence=True,
            acks="all",
            compression_type="zstd",  # aiokafka's lz4 has one level, the slow ninth
            max_batch_size=MAX_BATCH_BYTES,
        )
        try:
            await take_producer_id(producer)
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def stop(self) -> None:
        """Close the connection. What was not flushed is dropped."""
        if self._producer is None:
            return
        # left alone, aiokafka would go on trying to send what is left, without end
        self._producer._sender.sender_task.cancel()  # noqa: SLF001  # pinned by a contract test
        try:
            await asyncio.wait_for(self._producer.stop(), _STOP_SECONDS)
        except TimeoutError:
            logger.warning("the connection to Kafka was not closed within %.0f s", _STOP_SECONDS)

    def writer(self) -> "RecordBatchWriter":
        """Return a writer of its own to append to; start first."""
        return RecordBatchWriter(self._producer, self.delivery_seconds)


class RecordBatchWriter:
    """Collects records into batches and sends them.

    Not for several threads. Several tasks may share one: ``flush`` returns when everything that
    was appended before it is acknowledged, whichever of them sent it.
    """

    def __init__(self, producer: Any, delivery_seconds: float) -> None:
        self._producer = producer
        self._delivery_seconds = delivery_seconds
        self._batches: defaultdict[tuple[str, int], list[Any]] = defaultdict(list)
        self._lock = asyncio.Lock()
        self._failure: str | None = None

    def append(
        self,
        topic: str,
        partition: int,
        *,
        key: bytes | None,
        value: bytes | None,
        timestamp_ms: int | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """Add a record to its partition's batch; nothing is sent before ``flush``.

        Args:
            topic: where to.
            partition: which; the caller chooses, so that outputs lie beside their source.
            key: the key.
            value: the value.
            timestamp_ms: ms since 1970, now if not given.
            headers: names and values.

        Raises:
            RecordTooLarge: a broker would refuse it.
        """
        size = len(key or b"") + len(value or b"") + _OVERHEAD_BYTES
        if headers:
            size += sum(len(name) + len(data) + 10 for name, data in headers)
        if size > MAX_BATCH_BYTES:
            raise RecordTooLarge(
                f"a record for {topic} partition {partition} takes {size:,} bytes, "
                f"and at most {MAX_BATCH_BYTES:,} are accepted"
            )
        record = {
            "key": key,
            "value": value,
            "timestamp": timestamp_ms,
            "headers": list(headers) if headers else _NO_HEADERS,
        }
        batches = self._batches[topic, partition]
        if not batches or batches[-1].append(**record) is None:  # the batch is full
            batches.append(self._producer.create_batch())
            batches[-1].append(**record)

    async def flush(self) -> None:
        """Send all that was appended, and return when it is acknowledged.

        Raises:
            OutputFailed: it was not, within the time given or at all; nor will later ones be.
        """
        async with self._lock:
            if self._failure:
                raise OutputFailed(self._failure)
            batches, self._batches = self._batches, defaultdict(list)
            self._failure = "an earlier batch of records was not acknowledged"
            sends = [self._send(topic, number, its) for (topic, number), its in batches.items()]
            try:
                await asyncio.wait_for(asyncio.gather(*sends), self._delivery_seconds)
            except TimeoutError:
                self._failure = f"no acknowledgement within {self._delivery_seconds:.0f} s"
                raise OutputFailed(self._failure) from None
            except OutputFailed as error:
                self._failure = str(error)
                raise
            self._failure = None

    async def _send(self, topic: str, partition: int, batches: list[Any]) -> None:
        """Send one partition's batches, in order."""
        try:
            if partition not in await self._producer.partitions_for(topic):
                raise OutputFailed(f"{topic} has no partition {partition}")
            sent = [
                await self._producer.send_batch(batch, topic, partition=partition)
                for batch in batches
            ]
            for future in sent:
                await future
        except KafkaError as error:
            raise OutputFailed(f"{topic} partition {partition}: {error!r}") from error
