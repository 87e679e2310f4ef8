"""``replay send`` against a real broker."""

from collections.abc import Callable
from pathlib import Path

import orjson
from click.testing import CliRunner
from kafka import KafkaConsumer
from kafka.partitioner import murmur2

from replay.cli import main
from stream import topics
from stream.embedded.kafka_server import KafkaServer
from tests.integration.kafka_records import read
from tests.integration.replay_run import (
    PARTITIONS,
    TOPIC,
    check_all_once_and_in_order,
    check_times,
    flat,
    log_of,
    send,
    sent,
)
from tests.unit.replay_lines import line, write


def test_every_event_arrives_once_keyed_by_its_user(
    broker: KafkaServer, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    lines = log_of(unique("u"), users=40, events=3000)
    path = write(tmp_path / "log.jsonl", lines)
    result = send(broker, path, "--json")
    records = sent(broker, path)

    check_all_once_and_in_order(records, lines)
    for number, partition in records.items():
        for record in partition:
            user = orjson.loads(record.value)["userId"]
            assert record.key == (user.encode() or None)
            if user:
                assert number == (murmur2(record.key) & 0x7FFFFFFF) % PARTITIONS
    report = orjson.loads(result.stdout)
    assert result.exit_code == 0
    assert (report["sent"], report["anonymous"], report["users"]) == (3000, 60, 40)
    assert report["bad"] == {}


def test_the_topics_are_created(
    broker: KafkaServer, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    send(broker, write(tmp_path / "log.jsonl", log_of(unique("u"), 3, 10)))
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, metrics_enabled=False)
    there = consumer.topics()
    counts = {name: len(consumer.partitions_for_topic(name)) for name in there}
    consumer.close()

    for topic in topics.of_domain("churn", PARTITIONS):
        assert counts[topic.name] == topic.partitions


def test_logs_are_merged_by_time(
    broker: KafkaServer, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    lines = log_of(unique("u"), users=10, events=900)
    paths = [write(tmp_path / f"{part}.jsonl", lines[part::3]) for part in range(3)]
    result = send(broker, *paths, "--json")

    assert orjson.loads(result.stdout)["sent"] == 900
    records = sent(broker, *paths)
    assert sorted(record.value for record in flat(records)) == sorted(lines)
    check_times(records)


def test_a_log_nearly_in_order_is_sorted(
    broker: KafkaServer, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    lines = log_of(unique("u"), users=5, events=600)
    shuffled = [text for start in range(0, 600, 20) for text in reversed(lines[start : start + 20])]
    path = write(tmp_path / "log.jsonl", shuffled)
    result = send(broker, path, "--sort-buffer", "20", "--json")

    assert result.exit_code == 0
    check_times(sent(broker, path))


def test_a_log_out_of_order_is_refused_before_anything_is_sent(
    broker: KafkaServer, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    lines = log_of(unique("u"), users=5, events=300)
    path = write(tmp_path / "log.jsonl", [*lines[1:], lines[0]])
    result = send(broker, path, "--sort-buffer", "50")

    assert result.exit_code == 1
    assert f"{path}, line 300: 1 min 22 s behind line" in result.stderr
    assert "--allow-late" in result.stderr
    assert flat(sent(broker, path)) == []

    result = send(broker, path, "--sort-buffer", "50", "--allow-late", "--json")
    assert orjson.loads(result.stdout)["late"] == 1
    assert len(flat(sent(broker, path))) == 300


def test_bad_lines_are_skipped_reported_and_kept(
    broker: KafkaServer, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    lines = log_of(unique("u"), users=5, events=100)
    bad = [b"{not json", b"[1]", line("x", 1, ts="no time"), b'{"\xff": 1}']
    path = write(tmp_path / "log.jsonl", [*lines[:10], *bad, *lines[10:]])
    kept = tmp_path / "bad.jsonl"
    result = send(broker, path, "--bad", str(kept))

    assert result.exit_code == 0
    assert "100 records sent" in result.stdout
    assert "bad lines      4, skipped" in result.stdout
    assert f"{path}, line 11: bad_json" in result.stdout
    check_all_once_and_in_order(sent(broker, path), lines)
    told = [orjson.loads(text) for text in kept.read_bytes().splitlines()]
    assert [each["line"] for each in told] == [11, 12, 13, 14]
    assert told[1]["reason"] == "not_an_object"
    assert told[0]["raw"] == "{not json"


def test_a_file_for_bad_lines_that_cannot_be_written_is_told(
    broker: KafkaServer, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    path = write(tmp_path / "log.jsonl", log_of(unique("u"), users=5, events=10))
    result = send(broker, path, "--bad", str(tmp_path / "nowhere" / "bad.jsonl"))

    assert result.exit_code == 1
    assert "bad.jsonl: cannot be written: No such file or directory" in result.stderr
    assert flat(sent(broker, path)) == []


def test_strict_stops_before_anything_is_sent(
    broker: KafkaServer, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    lines = log_of(unique("u"), users=5, events=100)
    path = write(tmp_path / "log.jsonl", [*lines[:10], b"{not json", *lines[10:]])
    result = send(broker, path, "--strict")

    assert result.exit_code == 1
    assert f"{path}, line 11: bad_json" in result.stderr
    assert flat(sent(broker, path)) == []


def test_bad_lines_can_be_sent_as_they_are(
    broker: KafkaServer, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    lines = log_of(unique("u"), users=5, events=100)
    lines.insert(10, b"{not json \xff")
    path = write(tmp_path / "log.jsonl", lines)
    result = send(broker, path, "--send-bad", "--json")
    report = orjson.loads(result.stdout)
    records = flat(sent(broker, path))

    assert (report["sent"], report["bad_sent"]) == (101, 1)
    assert sorted(record.value for record in records) == sorted(lines)
    (bad,) = [record for record in records if record.value == lines[10]]
    assert (bad.key, bad.partition) == (None, 11 % PARTITIONS)


def test_standard_input(broker: KafkaServer, unique: Callable[[str], str]) -> None:
    lines = log_of(unique("stdin"), users=5, events=200)
    result = send(broker, "-", "--json", stdin=b"\n".join(lines))
    values = {record.value for record in flat(read(broker.bootstrap, TOPIC))}

    assert orjson.loads(result.stdout)["sent"] == 200
    assert values.issuperset(lines)


def test_a_broker_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "log.jsonl", [line("1", 1)])
    given = ["send", path, "--domain", "churn", "--broker", "kafka://127.0.0.1:1"]
    result = CliRunner().invoke(main, given, catch_exceptions=False)

    assert result.exit_code == 1
    assert "no Kafka broker answers at 127.0.0.1:1" in result.stderr
    assert "--broker" in result.stderr


def test_the_pace_of_the_log_is_kept(
    broker: KafkaServer, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    path = write(tmp_path / "log.jsonl", [line(unique("u"), second) for second in (0, 600, 1200)])
    result = send(broker, path, "--speed", "1200", "--json")
    stamps = sorted(record.timestamp for record in flat(sent(broker, path)))

    assert orjson.loads(result.stdout)["sent"] == 3
    # 20 minutes of the log at 1200 times its pace; a busy machine may take longer
    assert stamps[2] - stamps[0] >= 990
