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

    def check(self) -> None:
        """Refuse what contradicts itself; a file that is never used is a mistake, too.

        Raises:
            ValueError: the message names the settings of Weir.
        """
        login, files = (self.username, self.password), (self.cafile, self.certfile, self.keyfile)
        if self.protocol.startswith("SASL_") and not all(login):
            raise ValueError(
                f"WEIR_KAFKA_SECURITY_PROTOCOL is {self.protocol}: WEIR_KAFKA_SASL_USERNAME and "
                "WEIR_KAFKA_SASL_PASSWORD must be set"
            )
        if any(login) and not self.protocol.startswith("SASL_"):
            raise ValueError(
                f"WEIR_KAFKA_SASL_USERNAME or _PASSWORD is set, and WEIR_KAFKA_SECURITY_PROTOCOL "
                f"is {self.protocol}: set it to SASL_SSL (or SASL_PLAINTEXT), or leave them out"
            )
        if any(files) and not self.protocol.endswith("SSL"):
            raise ValueError(
                f"WEIR_KAFKA_SSL_... is set, and WEIR_KAFKA_SECURITY_PROTOCOL is {self.protocol}: "
                "set it to SSL or SASL_SSL, or leave them out"
            )
        if self.keyfile and not self.certfile:
            raise ValueError("WEIR_KAFKA_SSL_KEYFILE is set without WEIR_KAFKA_SSL_CERTFILE")
        try:
            self.ssl_context()
        except OSError as error:
            raise ValueError(
                f"WEIR_KAFKA_SSL_...: not certificate and key in PEM: {error}"
            ) from error

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
