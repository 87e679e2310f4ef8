"""Sends a log to Kafka, as much of it as is allowed."""

import threading

from kafka import KafkaProducer

from stream import topics
from stream.adapters.partitioner import partition_of
from tests.rough_log import user_of


class Sender(threading.Thread):
    """Sends as much of the log as is allowed; a partition has its records in the log's order."""

    def __init__(self, bootstrap: str, domain: str, log: list[bytes], partitions: int) -> None:
        super().__init__(daemon=True)
        self._address, self._topic, self._log = bootstrap, topics.events(domain), log
        self._partitions = partitions
        self._allowed = threading.Semaphore(0)

    def allow(self, records: int) -> None:
        """Let so many more records be sent."""
        self._allowed.release(records)

    def run(self) -> None:
        """Send."""
        producer = KafkaProducer(
            bootstrap_servers=self._address, acks="all", linger_ms=5, compression_type="lz4"
        )
        for number, line in enumerate(self._log):
            self._allowed.acquire()
            user = user_of(line)
            count = self._partitions
            producer.send(
                self._topic,
                key=user.encode() or None,
                value=line,
                partition=partition_of(user, count) if user else number % count,
            )
        producer.close()
