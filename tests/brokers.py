"""The brokers that the tests run on: the embedded one, or Apache Kafka."""

from typing import Protocol

from stream.kafka_address import KafkaAddress


class Broker(Protocol):
    """A broker to test against."""

    @property
    def bootstrap(self) -> str:
        """``host:port``."""

    @property
    def url(self) -> str:
        """``kafka://host:port``."""

    @property
    def address(self) -> KafkaAddress:
        """The same, for Weir's own clients."""
