"""The chunk transport on a real broker, with workers that are real processes."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import OffsetAndMetadata

from stream.embedded.guard import Guard
from stream.embedded.kafka_server import KafkaServer
from tests.integration.chunk_workers import PATIENCE, Workers, produce, terminate

Unique = Callable[[str], str]

#: A worker stops within 5 s; twice that, since the machine that tests may be busy.
STOP = 10.0


@pytest.fixture
def workers(broker: KafkaServer, tmp_path: Path, unique: Unique, guard: Guard) -> Iterator[Workers]:
    workers = Workers(broker, tmp_path, unique("group"), guard)
    yield workers
    workers.end()


def test_records_arrive_in_order_once_and_in_chunks(
    broker: KafkaServer, workers: Workers, unique: Unique
) -> None:
    topic, ends = unique("events"), dict.fromkeys(range(4), 12_500)
    produce(broker, topic, ends)
    worker = workers.start(topic)
    workers.wait_until(lambda: workers.processed(topic) == 50_000, "all processed")
    terminate(worker)
    assert worker.returncode == 0
    workers.assert_all_processed_once(topic, ends)
    assert 25 <= workers.count("chunks", topic) < 200  # at most 2,000 records each
    assert workers.count("refused", topic) == 0


def test_faust_leaves_logging_and_stdout_alone(
    broker: KafkaServer, workers: Workers, unique: Unique
) -> None:
    topic = unique("events")
    produce(broker, topic, {0: 10})
    worker = workers.start(topic)
    workers.wait_until(lambda: workers.processed(topic) == 10, "all processed")
    terminate(worker)
    assert workers.log(worker, ".out") == "printed\n"
    lines = workers.log(worker).splitlines()
    assert lines
    assert all(line.startswith("LOG ") for line in lines)
    assert not [line for line in lines if " ERROR " in line or " CRITICAL " in line]


def test_workers_come_and_go_and_nothing_is_skipped_or_repeated(
    broker: KafkaServer, workers: Workers, unique: Unique
) -> None:
    topic = unique("events")
    ends = dict.fromkeys(range(4), 20_000)
    produce(broker, topic, ends)

    def tokens() -> int:
        return int(workers.ledger.execute("select sum(token) from partitions").fetchone()[0] or 0)

    first = workers.start(topic, "slow")
    workers.wait_until(lambda: workers.count("chunks", topic), "the first worker processes")
    second = workers.start(topic, "slow")
    workers.wait_until(lambda: tokens() >= 8, "both claimed after a rebalance")
    seconds = terminate(first)  # in the middle of its work
    assert first.returncode == 0
    assert seconds < STOP
    workers.wait_until(lambda: tokens() >= 10, "the second claimed what the first had")
    second.kill()
    third = workers.start(topic)
    workers.wait_until(lambda: workers.processed(topic) == sum(ends.values()), "all processed")
    terminate(third)
    workers.assert_all_processed_once(topic, ends)


def test_a_worker_that_was_frozen_commits_nothing_of_what_it_has_lost(
    broker: KafkaServer, workers: Workers, unique: Unique
) -> None:
    topic, ends = unique("events"), dict.fromkeys(range(4), 20_000)
    produce(broker, topic, ends)
    frozen = workers.start(topic, "slow")
    workers.wait_until(lambda: workers.count("chunks", topic) >= 3, "it processes")
    workers.wait_until(
        lambda: workers.freeze_in_a_chunk(frozen, topic), "it is in the middle of a chunk"
    )
    other = workers.start(topic)
    workers.wait_until(
        lambda: workers.processed(topic) == sum(ends.values()), "the other has taken over"
    )
    frozen.send_signal(signal.SIGCONT)
    rejoined = "Heartbeat failed"
    workers.wait_until(lambda: rejoined in workers.log(frozen), "it learns that it was dropped")
    produce(broker, topic, dict.fromkeys(range(4), 20_000), first=20_000)
    ends = dict.fromkeys(range(4), 40_000)
    workers.wait_until(lambda: workers.processed(topic) == sum(ends.values()), "all processed")
    for worker in (frozen, other):
        terminate(worker)
        assert worker.returncode == 0
    workers.assert_all_processed_once(topic, ends)
    assert workers.count("refused", topic) >= 1  # it tried, with a token that was no longer its own


def test_the_owner_says_where_to_read_not_kafka(
    broker: KafkaServer, workers: Workers, unique: Unique
) -> None:
    topic = unique("events")
    tp = TopicPartition(topic, 0)
    produce(broker, topic, {0: 1_000})

    async def commit(offset: int) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=broker.bootstrap, group_id=workers.group, enable_auto_commit=False
        )
        await consumer.start()
        consumer.assign([tp])
        await consumer.commit({tp: OffsetAndMetadata(offset, "")})
        await consumer.stop()

    async def committed() -> int | None:
        consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, group_id=workers.group)
        await consumer.start()
        offset: int | None = await consumer.committed(tp)
        await consumer.stop()
        return offset

    asyncio.run(commit(700))
    workers.ledger.execute("insert into partitions values (?, 0, 0, 300)", [topic])
    worker = workers.start(topic)
    workers.wait_until(lambda: workers.processed(topic) == 1_000, "all processed")
    start = workers.ledger.execute("select min(start) from chunks").fetchone()[0]
    assert start == 300
    # the offsets for lag tools, told by a timer, are the owner's
    workers.wait_until(lambda: asyncio.run(committed()) == 1_000, "the lag tools see no lag")
    terminate(worker)


def test_an_offset_beyond_the_log_ends_the_worker_and_says_what_to_do(
    broker: KafkaServer, workers: Workers, unique: Unique
) -> None:
    topic = unique("events")
    produce(broker, topic, {0: 100, 1: 100})
    workers.ledger.execute("insert into partitions values (?, 1, 0, 5000)", [topic])
    worker = workers.start(topic)
    assert worker.wait(timeout=PATIENCE) == 1
    log = workers.log(worker)
    assert f"{topic} partition 1: the next offset to read is 5000, but the log ends at 100" in log
    assert "delete it and replay" in log
    assert workers.offsets(topic)[1] == 5000


def test_records_deleted_before_they_were_read_end_the_worker(
    request: pytest.FixtureRequest, broker: KafkaServer, workers: Workers, unique: Unique
) -> None:
    if not request.config.getoption("--kafka"):
        pytest.skip("the embedded broker cannot delete records")
    topic = unique("events")
    produce(broker, topic, {0: 100})

    async def delete() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
        await admin.start()
        await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before_offset=50)})
        await admin.close()

    asyncio.run(delete())
    workers.ledger.execute("insert into partitions values (?, 0, 0, 20)", [topic])
    worker = workers.start(topic)
    assert worker.wait(timeout=PATIENCE) == 1
    assert "but the log begins at 50: 30 records were deleted" in workers.log(worker)

    # read for the first time, the same log is read from its beginning
    workers.ledger.execute("delete from partitions")
    worker = workers.start(topic, "raise")
    workers.wait_until(lambda: workers.count("chunks", topic), "processed from the beginning")
    rows = workers.ledger.execute("select start, first, last from chunks").fetchall()
    assert rows == [(0, 50, 99)]


def test_a_signal_under_load_finishes_the_chunk_in_flight_within_seconds(
    broker: KafkaServer, workers: Workers, unique: Unique
) -> None:
    topic = unique("events")
    produce(broker, topic, dict.fromkeys(range(4), 20_000))
    worker = workers.start(topic, "slow")
    workers.wait_until(lambda: workers.count("chunks", topic) >= 3, "under load")
    assert terminate(worker) < STOP
    assert worker.returncode == 0
    assert workers.processed(topic) < 80_000  # it was under load
    assert workers.count("begun", topic) == workers.count("chunks", topic)


def test_a_signal_while_starting_stops_too(
    broker: KafkaServer, workers: Workers, unique: Unique
) -> None:
    topic = unique("events")
    produce(broker, topic, {0: 10})
    worker = workers.start(topic)
    workers.wait_until(lambda: "joining group" in workers.log(worker), "it joins")
    assert terminate(worker) < STOP
    assert worker.returncode == 0


def test_an_error_in_the_agent_ends_the_worker_and_commits_nothing(
    broker: KafkaServer, workers: Workers, unique: Unique
) -> None:
    topic = unique("events")
    produce(broker, topic, {0: 9_000})
    worker = workers.start(topic, "raise")
    assert worker.wait(timeout=PATIENCE) == 1
    assert "CRITICAL stream.runner the worker ends: ValueError: planted" in workers.log(worker)
    assert workers.count("begun", topic) == 3
    assert workers.offsets(topic) == {0: 4_000}
    # a new worker goes on where it was
    workers.start(topic)
    workers.wait_until(lambda: workers.processed(topic) == 9_000, "all processed")
    workers.assert_all_processed_once(topic, {0: 9_000})


def test_no_broker_is_an_error_with_a_reason(workers: Workers) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening
        worker = workers.start("events", url=f"kafka://127.0.0.1:{taken.getsockname()[1]}")
        assert worker.wait(timeout=PATIENCE) == 1
    assert "the worker ends: KafkaConnectionError: " in workers.log(worker)


def test_a_busy_agent_does_not_hold_up_another(
    broker: KafkaServer, workers: Workers, unique: Unique
) -> None:
    held, other = unique("held"), unique("other")
    produce(broker, held, {0: 50_000})
    produce(broker, other, {0: 50_000})
    worker = workers.start(f"{held},{other}", "hold")  # never finishes a chunk of the first
    workers.wait_until(lambda: workers.processed(other) == 50_000, "the other is processed")
    assert workers.processed(held) == 0
    assert workers.count("begun", held) == 1
    worker.kill()
