"""Where Kafka is, and how one gets in."""

import ssl
from dataclasses import dataclass, field
from typing import Any, Literal

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@dataclass(frozen=True)
class KafkaAddress:
    """What a client of Kafka has to know to connect, in Kafka's own terms.

    Attributes:
        bootstrap: ``host:port[,host:port...]``.
        protocol: Kafka's ``security.protocol``.
        mechanism: Kafka's ``sasl.mechanism``; of no meaning without SASL.
        username: by SASL.
        password: likewise.
        cafile: PEM file of who signs the brokers' certificates; None for those that the system
            trusts.
        certfile: PEM file of this client's own certificate, where brokers ask for one.
        keyfile: PEM file of its key; None when it is in ``certfile``.
    """

    bootstrap: str
    protocol: SecurityProtocol = "PLAINTEXT"
    mechanism: SaslMechanism = "SCRAM-SHA-512"
    username: str = ""
    password: str = field(default="", repr=False)
    cafile: str | None = None
    certfile: str | None = None
    keyfile: str | None = None

    def options(self) -> dict[str, Any]:
        """Return the arguments of a client; aiokafka and kafka-python call them alike.

        Raises:
            OSError: a file is not there, or not what it should be (``ssl.SSLError``).
        """
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap.split(","),
            "security_protocol": self.protocol,
            "ssl_context": self.ssl_context(),
        }
        if self.protocol.startswith("SASL_"):
            options |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return options

    def ssl_context(self) -> ssl.SSLContext | None:
        """Return how to speak TLS; None without it. The broker's name is checked.

        Raises:
            OSError: as ``options``.
        """
        if not self.protocol.endswith("SSL"):
            return None
        context = ssl.create_default_context(cafile=self.cafile)
        if self.certfile:
            context.load_cert_chain(self.certfile, self.keyfile)
        return context
