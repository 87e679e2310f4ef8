"""A replay that was interrupted goes on where it ended; one that repeats its log does too."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from kafka import KafkaConsumer, TopicPartition

from replay.send import Plan, Replay
from stream.embedded.kafka_server import KafkaServer
from tests.integration.replay_run import (
    PARTITIONS,
    TOPIC,
    check_all_once_and_in_order,
    flat,
    log_of,
    send,
    sent,
)
from tests.unit.replay_lines import write


class Child:
    """``replay send`` in a process of its own, so that it can be killed."""

    def __init__(self, broker: KafkaServer, *arguments: str) -> None:
        command = [sys.executable, "-m", "replay", "send", "--domain", "churn"]
        self._process = subprocess.Popen(
            [*command, "--broker", broker.url, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._bootstrap = broker.bootstrap

    def end_after(self, records: int, how: signal.Signals) -> tuple[int, str, str]:
        """Send a signal when about so many records have come; return code, stdout, stderr."""
        consumer = KafkaConsumer(
            bootstrap_servers=self._bootstrap, enable_auto_commit=False, metrics_enabled=False
        )
        partitions = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
        first: int | None = None
        while self._process.poll() is None:
            count = sum(consumer.end_offsets(partitions).values())
            first = count if first is None else first
            if count >= first + records:
                break
            time.sleep(0.02)
        consumer.close()
        self._process.send_signal(how)
        out, err = self._process.communicate(timeout=120)
        return self._process.returncode, out, err


@pytest.mark.timeout(600)  # it starts three processes, one after the other
def test_a_killed_replay_is_resumed_without_loss_or_doubles(
    broker: KafkaServer, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    send(broker, write(tmp_path / "first.jsonl", log_of(unique("u"), 1, 1)))  # the topic exists
    lines = log_of(unique("killed"), users=60, events=16_000)
    shuffled = [t for start in range(0, 16_000, 8) for t in reversed(lines[start : start + 8])]
    path = write(tmp_path / "log.jsonl", shuffled)
    counts = []
    for _ in range(3):
        child = Child(broker, path, "--resume", "--rate", "4000", "--no-check")
        code, _, err = child.end_after(2500, signal.SIGKILL)
        assert code == -signal.SIGKILL, err
        counts.append(len(flat(sent(broker, path))))
    result = send(broker, path, "--resume", "--json")

    assert 0 < counts[0] < counts[1] < counts[2] < 16_000
    assert orjson.loads(result.stdout)["already_sent"] == counts[2]
    check_all_once_and_in_order(sent(broker, path), shuffled)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_replay_says_how_to_go_on(
    broker: KafkaServer, tmp_path: Path, unique: Callable[[str], str], how: signal.Signals
) -> None:
    lines = log_of(unique("stopped"), users=60, events=8000)
    path = write(tmp_path / "log.jsonl", lines)
    child = Child(broker, path, "--rate", "1500", "--json")
    code, out, err = child.end_after(2000, how)
    count = len(flat(sent(broker, path)))

    assert code == 128 + how
    assert orjson.loads(out)["interrupted"]
    assert orjson.loads(out)["sent"] == count < 8000
    assert f"replay send {path} --domain churn --rate 1500 --resume" in err
    assert "Traceback" not in err

    result = send(broker, path, "--resume", "--json")
    assert orjson.loads(result.stdout)["sent"] == 8000 - count
    check_all_once_and_in_order(sent(broker, path), lines)


def test_a_log_is_found_behind_others_in_the_topic(
    broker: KafkaServer, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    path = write(tmp_path / "log.jsonl", log_of(unique("u"), users=9, events=50))
    send(broker, path)
    send(broker, write(tmp_path / "other.jsonl", log_of(unique("o"), users=40, events=12_000)))
    result = send(broker, path, "--resume", "--json")

    assert orjson.loads(result.stdout)["already_sent"] == 50
    assert len(flat(sent(broker, path))) == 50


def test_another_order_cannot_be_resumed(
    broker: KafkaServer, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    path = write(tmp_path / "log.jsonl", log_of(unique("u"), users=9, events=50))
    send(broker, path)
    result = send(broker, path, "--resume", "--sort-buffer", "7")

    assert result.exit_code == 1
    assert "--sort-buffer" in result.stderr


def test_a_log_that_is_being_sent_cannot_be_resumed(
    broker: KafkaServer, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    path = write(tmp_path / "log.jsonl", log_of(unique("busy"), users=9, events=500))
    stop = threading.Event()
    replay = Replay(Plan([path], "churn", rate=500, loop=True), broker.address, PARTITIONS, stop)
    thread = threading.Thread(target=replay.run)
    thread.start()
    try:
        while not replay.report.sent:
            time.sleep(0.01)
        result = send(broker, path, "--resume")
    finally:
        stop.set()
        thread.join()

    assert result.exit_code == 1
    assert "right now" in result.stderr


def test_a_repeated_log_moves_in_time_and_can_be_resumed(
    broker: KafkaServer, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    lines = log_of(unique("loop"), users=7, events=300)
    path = write(tmp_path / "log.jsonl", lines)

    def run_until(total: int, *, resume: bool) -> None:
        stop = threading.Event()
        plan = Plan([path], "churn", rate=2000, loop=True, resume=resume)
        replay = Replay(plan, broker.address, PARTITIONS, stop)
        thread = threading.Thread(target=replay.run)
        thread.start()
        while replay.report.sent < total and thread.is_alive():
            time.sleep(0.01)
        stop.set()
        thread.join()
        assert replay.report.interrupted

    run_until(750, resume=False)
    run_until(700, resume=True)
    records = flat(sent(broker, path))
    rounds: dict[int, list[dict[str, Any]]] = {}
    for record in records:
        place = dict(record.headers)["weir-replay"].decode().split(":")
        rounds.setdefault(int(place[1]), []).append(orjson.loads(record.value))

    assert len(records) >= 1450
    step = 299 // 3 * 1000 + 1  # the log's span, and one millisecond
    whole = [orjson.loads(text) for text in lines]
    for number in range(4):
        back = [{**event, "ts": event["ts"] - number * step} for event in rounds[number]]
        assert sorted(back, key=lambda e: e["itemInSession"]) == whole
    places = [dict(record.headers)["weir-replay"] for record in records]
    assert len(set(places)) == len(places)
