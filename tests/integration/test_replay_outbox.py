"""The outbox against a real broker, with answers lost and a broker that falls silent.

It uses private parts of kafka-python's producer; these tests fail when they change.
"""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.net.selector import NetworkSelector
from kafka.net.transport import KafkaTCPTransport

from replay.outbox import Outbox, SendError
from replay.resume import Mark, Place
from stream.embedded.kafka_server import KafkaServer
from tests.integration.kafka_proxy import KafkaProxy
from tests.integration.kafka_records import read

MARK = Mark("0" * 16, "0" * 8)


@pytest.fixture
def topic(broker: KafkaServer, unique: Callable[[str], str]) -> str:
    name = unique("outbox")
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.create_topics([NewTopic(name, 2, 1)], wait_for_metadata=True)
    admin.close()
    return name


@pytest.fixture
def proxy(broker: KafkaServer) -> Iterator[KafkaProxy]:
    with KafkaProxy(broker.bootstrap) as proxy:
        yield proxy


def put(outbox: Outbox, numbers: range) -> None:
    for number in numbers:
        header = MARK.header(Place(0, number))
        outbox.put(number % 2, b"k%d" % number, b"v%d" % number, header)


def values(broker: KafkaServer, topic: str) -> dict[int, list[bytes]]:
    return {
        number: [r.value for r in records]
        for number, records in read(broker.bootstrap, topic).items()
    }


def expected(numbers: range) -> dict[int, list[bytes]]:
    return {half: [b"v%d" % number for number in numbers if number % 2 == half] for half in (0, 1)}


def test_records_arrive_compressed_with_key_header_and_wall_time(
    broker: KafkaServer, topic: str
) -> None:
    outbox = Outbox(broker.address, topic, threading.Event())
    put(outbox, range(1000))
    outbox.flush()
    outbox.close()
    records = read(broker.bootstrap, topic)

    assert values(broker, topic) == expected(range(1000))
    first = records[1][0]
    assert first.key == b"k1"
    assert first.headers == [MARK.header(Place(0, 1))]
    assert abs(first.timestamp - records[0][-1].timestamp) < 600_000
    assert first.timestamp_type == 0  # CreateTime


def test_a_record_whose_confirmation_is_lost_is_not_doubled(
    broker: KafkaServer, topic: str, proxy: KafkaProxy
) -> None:
    outbox = Outbox(proxy.address, topic, threading.Event())
    sent = 0
    for _ in range(4):
        proxy.lose = 1
        put(outbox, range(sent, sent + 500))
        sent += 500
        outbox.flush()
    outbox.close()

    assert proxy.lost == 4
    assert values(broker, topic) == expected(range(sent))


def test_nothing_is_sent_after_a_record_that_the_broker_did_not_take(
    broker: KafkaServer, topic: str, proxy: KafkaProxy
) -> None:
    outbox = Outbox(proxy.address, topic, threading.Event(), patience=2)
    put(outbox, range(100))
    outbox.flush()
    proxy.silent = True
    put(outbox, range(100, 200))
    with pytest.raises(SendError, match="nothing was sent after it"):
        outbox.flush()
    proxy.silent = False
    with pytest.raises(SendError):
        put(outbox, range(200, 300))
    outbox.close()

    assert values(broker, topic) == expected(range(100))


def test_what_is_under_way_is_bounded_while_the_broker_is_silent(
    topic: str, proxy: KafkaProxy
) -> None:
    stop = threading.Event()
    outbox = Outbox(proxy.address, topic, stop, patience=60)
    put(outbox, range(2))
    outbox.flush()
    proxy.silent = True
    done = threading.Event()
    count = 0

    def fill() -> None:
        nonlocal count
        while not stop.is_set():
            outbox.put(0, None, bytes(100_000), MARK.header(Place(0, count)))
            count += 1
        done.set()

    filler = threading.Thread(target=fill)
    filler.start()
    # it can only end through the flag: the window holds about 160 of these records
    assert not done.wait(3)
    stop.set()
    assert done.wait(30)
    filler.join()
    outbox.close()

    assert 100 < count < 200


@pytest.mark.xfail(
    reason="kafka-python 3.0.12 leaves it to the garbage collector", raises=AssertionError
)
def test_kafka_python_closes_what_has_bytes_to_write() -> None:
    """When this passes, `allow_kafka_python_to_leave_sockets` can go."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        net = NetworkSelector()
        transport = KafkaTCPTransport(net, client)
        transport.write(b"x")
        transport.close()
        net.close()
        assert client.fileno() == -1
