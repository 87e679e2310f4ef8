"""Topics are created where they are missing."""

from collections.abc import Callable

import pytest
from kafka import KafkaAdminClient

from replay.topics import BrokerError, ensure
from stream import topics
from stream.embedded.kafka_server import KafkaServer
from stream.kafka_address import KafkaAddress


def partitions_of(broker: KafkaServer, name: str) -> int:
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    try:
        (described,) = admin.describe_topics([name])
    finally:
        admin.close()
    return len(described["partitions"])


def test_topics_are_created_once_and_keep_their_partitions(
    broker: KafkaServer, unique: Callable[[str], str]
) -> None:
    domain = unique("created")

    assert ensure(broker.address, domain, 3) == 3
    for topic in topics.of_domain(domain, 3):
        assert partitions_of(broker, topic.name) == topic.partitions
    assert ensure(broker.address, domain, 5) == 3


def test_the_missing_ones_of_several_brokers_do_no_harm(
    broker: KafkaServer, unique: Callable[[str], str]
) -> None:
    assert ensure(KafkaAddress(f"127.0.0.1:1,{broker.bootstrap}"), unique("second"), 2) == 2


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere.invalid:9092", "127.0.0.1:x"])
def test_no_broker_at_all_is_told_at_once(address: str) -> None:
    with pytest.raises(BrokerError, match=f"{address}.*--broker"):
        ensure(KafkaAddress(address), "churn", 4)
