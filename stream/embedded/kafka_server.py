"""What servers that speak Kafka's protocol have in common: how they are named."""

from stream.embedded import ports
from stream.embedded.server import EmbeddedServer
from stream.kafka_address import KafkaAddress


class KafkaServer(EmbeddedServer):
    """A server whose port, without any security, is that of a Kafka broker."""

    @property
    def bootstrap(self) -> str:
        """``host:port``, as Kafka clients want it."""
        return f"{ports.LOOPBACK}:{self.port}"

    @property
    def address(self) -> KafkaAddress:
        """Where it is, for Weir's own clients."""
        return KafkaAddress(self.bootstrap)

    @property
    def url(self) -> str:
        """``kafka://host:port``, as the settings want it."""
        return f"kafka://{self.bootstrap}"
