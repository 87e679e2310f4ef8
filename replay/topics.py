"""Creates a domain's topics where they are missing, with kafka-python."""

import socket

from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import KafkaError, KafkaTimeoutError, TopicAlreadyExistsError

from models.errors import WeirError
from stream import topics
from stream.kafka_address import KafkaAddress
from stream.overheard import overheard

_CONNECT_MS = 8000
_LISTEN_SECONDS = 3.0


class BrokerError(WeirError):
    """The broker cannot be reached, or refuses; the message names it and says what to do."""


def unreachable(bootstrap: str) -> BrokerError:
    """Return the error for a broker that is not there."""
    return BrokerError(
        f"no Kafka broker answers at {bootstrap}. Start one (`stream local` starts an embedded "
        "one, `make up` the whole stack), or name yours with --broker kafka://HOST:PORT or "
        "WEIR_BROKER_URL"
    )


def _closed(kafka: KafkaAddress, reason: str) -> BrokerError:
    """Return the error for one that is there, and lets nobody in."""
    why = f"does not let us in: {reason}" if reason else "listens, and does not answer"
    return BrokerError(
        f"the broker at {kafka.bootstrap} {why}. Is it {kafka.protocol} that it speaks "
        "(WEIR_KAFKA_SECURITY_PROTOCOL), and is what goes with it right (WEIR_KAFKA_...)?"
    )


def _listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _LISTEN_SECONDS).close()
    except (OSError, ValueError):
        return False
    return True


def ensure(kafka: KafkaAddress, domain: str, partitions: int) -> int:
    """Create the topics that are missing.

    Returns:
        How many partitions the events topic really has; one that existed keeps its own number.

    Raises:
        BrokerError: no broker answers, or it does not allow this.
    """
    # the client would try for a long time, and leave its sockets open in the end
    bootstrap = kafka.bootstrap
    addresses = [address for address in bootstrap.split(",") if _listens(address)]
    if not addresses:
        raise unreachable(bootstrap)
    try:
        with overheard("kafka") as log:
            admin = KafkaAdminClient(
                **kafka.options() | {"bootstrap_servers": addresses},
                client_id="weir-replay",
                bootstrap_timeout_ms=_CONNECT_MS,
            )
    except KafkaTimeoutError:
        raise _closed(kafka, log.reason()) from None
    except KafkaError as error:
        raise BrokerError(f"the broker at {bootstrap} refuses: {error}") from None
    try:
        return _ensure(admin, domain, partitions)
    except KafkaError as error:
        raise BrokerError(f"cannot create the topics of {domain} at {bootstrap}: {error}") from None
    finally:
        admin.close()


def _ensure(admin: KafkaAdminClient, domain: str, partitions: int) -> int:
    # list first: an embedded broker creates, with its own defaults, a topic that it is asked about
    there = set(admin.list_topics())
    brokers = len(admin.describe_cluster()["brokers"])
    for topic in topics.of_domain(domain, partitions):
        if topic.name in there:
            continue
        copies, config = topic.on(brokers)
        new = NewTopic(
            name=topic.name,
            num_partitions=topic.partitions,
            replication_factor=copies,
            topic_configs=config,
        )
        try:
            admin.create_topics([new], wait_for_metadata=True)
        except TopicAlreadyExistsError:
            continue  # someone else was faster
    (described,) = admin.describe_topics([topics.events(domain)])
    return len(described["partitions"])
