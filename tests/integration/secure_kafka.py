"""Apache Kafka that lets nobody in without a password, a certificate, or both."""

from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from stream.embedded.guard import Guard
from tests.apache_kafka import ApacheKafka

USER = "weir"
#: Each of one mechanism.
PASSWORD, PLAIN_PASSWORD = "a-password-of-the-tests", "another-one"


class Certificates:
    """Who signs, the broker's certificate, and a client's, as PEM files."""

    def __init__(self, directory: Path) -> None:
        authority = trustme.CA()
        self.ca = directory / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca))
        self.broker, self.client = directory / "broker.pem", directory / "client.pem"
        _write(authority.issue_cert("localhost", "127.0.0.1"), self.broker)
        _write(authority.issue_cert("client@example.com"), self.client)


def _write(issued: trustme.LeafCert, path: Path) -> None:
    """Write key and certificates as Kafka reads them: the key first, in PKCS 8."""
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(pem + b"".join(blob.bytes() for blob in issued.cert_chain_pems))


class SecureKafka:
    """A broker with a listener for each of Kafka's security protocols.

    Attributes:
        kafka: the broker.
        certificates: those that it trusts, and shows.
    """

    def __init__(self, directory: Path, guard: Guard, version: str) -> None:
        self.certificates = Certificates(directory)
        plain = "org.apache.kafka.common.security.plain.PlainLoginModule"
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule"
        self.kafka = ApacheKafka(
            directory,
            guard,
            version=version,
            listeners=["SSL", "SASL_PLAINTEXT", "SASL_SSL"],
            users={USER: PASSWORD},
            settings={
                "ssl.keystore.type": "PEM",
                "ssl.keystore.location": str(self.certificates.broker),
                "ssl.truststore.type": "PEM",
                "ssl.truststore.location": str(self.certificates.ca),
                "listener.name.ssl.ssl.client.auth": "required",
                "sasl.enabled.mechanisms": "SCRAM-SHA-512",
                "listener.name.sasl_plaintext.sasl.enabled.mechanisms": "PLAIN",
                "listener.name.sasl_plaintext.plain.sasl.jaas.config": f"{plain} required "
                f'user_{USER}="{PLAIN_PASSWORD}";',
                "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": f"{scram} required;",
            },
        )

    def settings(self, protocol: str) -> dict[str, str]:
        """Return the settings of a client that may enter by this protocol."""
        where = {
            "WEIR_BROKER_URL": f"kafka://127.0.0.1:{self.kafka.ports[protocol]}",
            "WEIR_KAFKA_SECURITY_PROTOCOL": protocol,
        }
        if protocol.endswith("SSL"):
            where["WEIR_KAFKA_SSL_CAFILE"] = str(self.certificates.ca)
        if protocol == "SSL":
            return where | {"WEIR_KAFKA_SSL_CERTFILE": str(self.certificates.client)}
        where["WEIR_KAFKA_SASL_USERNAME"] = USER
        if protocol == "SASL_PLAINTEXT":
            return where | {
                "WEIR_KAFKA_SASL_MECHANISM": "PLAIN",
                "WEIR_KAFKA_SASL_PASSWORD": PLAIN_PASSWORD,
            }
        return where | {"WEIR_KAFKA_SASL_PASSWORD": PASSWORD}
