"""Sends records to one topic with kafka-python's producer: in order, each once, or it stops.

Three things that the producer (3.0) does not do are done here, with its private parts; the version
is pinned and ``tests/integration/test_replay_outbox.py`` guards them.

- Its public ``send`` spends half its time on checks that hold for every record alike, so records go
  straight into its accumulator.
- It takes records without bound when the broker is slow: the bytes under way are bounded.
- It goes on with the next batch of a partition when one has failed for good, which would leave a
  hole that no later run could see: the first failure closes it.
"""

import threading
from collections import deque
from contextlib import suppress
from typing import Any

from kafka import KafkaProducer, TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError

from models.errors import WeirError
from replay.topics import BrokerError, unreachable
from stream.kafka_address import KafkaAddress

#: Bytes under way at most, and how far apart their checkpoints are.
_WINDOW = 16_000_000
_STEP = 250_000
#: What kafka-python itself holds for a record, roughly, bytes.
_OVERHEAD = 500
_CONNECT_MS = 8000


class SendError(WeirError):
    """The broker did not take a record; nothing was sent after it."""


class Outbox:
    """The way to one topic. Close it, also after a failure.

    Args:
        kafka: where Kafka is.
        topic: an existing topic.
        stop: once set, nothing waits for room any more.
        linger: seconds that a record may wait for others to share its batch.
        patience: seconds that the broker has to confirm a record, with all retries.

    Raises:
        BrokerError: no broker answers.
    """

    def __init__(
        self,
        kafka: KafkaAddress,
        topic: str,
        stop: threading.Event,
        linger: float = 0.005,
        patience: float = 120.0,
    ) -> None:
        self._kafka, self._bootstrap = kafka, kafka.bootstrap
        self._stop = stop
        self._producer = self._connect(linger, patience)
        self._accumulator = self._producer._accumulator  # noqa: SLF001  # see the module's docstring
        self._sender = self._producer._sender  # noqa: SLF001  # see the module's docstring
        self._error: Exception | None = None
        self._under_way: deque[tuple[Any, int]] = deque()
        self._bytes = 0
        self._since = 0
        try:
            count = len(self._producer.partitions_for(topic))
        except KafkaError as error:
            self.close()
            raise BrokerError(
                f"{topic} at {self._bootstrap} cannot be written to: {error}"
            ) from None
        self._partitions = [TopicPartition(topic, number) for number in range(count)]

    def _connect(self, linger: float, patience: float) -> KafkaProducer:
        try:
            return KafkaProducer(
                **self._kafka.options(),
                client_id="weir-replay",
                bootstrap_timeout_ms=_CONNECT_MS,
                enable_idempotence=True,
                acks="all",
                compression_type="lz4",
                linger_ms=int(linger * 1000),
                batch_size=131_072,
                delivery_timeout_ms=int(patience * 1000),
                request_timeout_ms=int(patience * 250),
                metrics_enabled=False,
                allow_auto_create_topics=False,
            )
        except KafkaTimeoutError:
            raise unreachable(self._bootstrap) from None
        except KafkaError as error:
            raise BrokerError(f"the broker at {self._bootstrap} refuses: {error}") from None

    def put(
        self, partition: int, key: bytes | None, value: bytes, header: tuple[str, bytes]
    ) -> None:
        """Hand over a record; it is stamped with the present time.

        Raises:
            SendError: the broker did not take this record or an earlier one.
        """
        if self._error is not None:
            raise self._failed()
        try:
            future, full, fresh, _ = self._accumulator.append(
                self._partitions[partition], None, key, value, [header]
            )
        except KafkaError as error:  # closed by _on_error just now
            raise self._failed() from error
        future.add_errback(self._on_error)
        if full or fresh:
            self._sender.wakeup()
        self._since += len(value) + _OVERHEAD
        if self._since >= _STEP:
            self._make_room(future)

    def _make_room(self, future: Any) -> None:  # Any: kafka-python has no types
        self._under_way.append((future, self._since))
        self._bytes += self._since
        self._since = 0
        while self._bytes > _WINDOW:
            oldest, size = self._under_way[0]
            while not oldest.is_done:
                if self._stop.is_set():
                    return
                try:
                    oldest.get(timeout=0.5)
                except KafkaError:
                    # not done yet, or failed: then _on_error knows why
                    continue
            self._under_way.popleft()
            self._bytes -= size
        if self._error is not None:
            raise self._failed()

    def _on_error(self, error: Exception) -> None:
        # called in the sender's thread before it can take the next batch
        if self._error is None:
            self._error = error
            self._sender.force_close()

    def flush(self, timeout: float | None = None) -> None:
        """Wait until the broker has confirmed every record.

        Args:
            timeout: seconds; None waits as long as the broker has to confirm a record.

        Raises:
            SendError: some are not confirmed.
        """
        try:
            self._producer.flush(timeout)
        except KafkaTimeoutError as error:
            self._on_error(error)
        if self._error is not None:
            raise self._failed()

    def close(self) -> None:
        """Close the connections; what was not flushed is given up."""
        self._sender.force_close()
        self._sender.join(10)
        with suppress(KafkaTimeoutError):  # it flushes first, and there is nobody to flush to
            self._producer.close(timeout=0)

    def _failed(self) -> SendError:
        return SendError(
            f"the broker at {self._bootstrap} did not take a record "
            f"({type(self._error).__name__}: {self._error}); nothing was sent after it"
        )
