"""A real worker's signs of life: there while it works, gone when it stops, old when killed."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import redis
from kafka import KafkaProducer

from stream.embedded.guard import Guard
from stream.embedded.kafka_server import KafkaServer
from stream.embedded.process import ChildProcess
from stream.keys import DomainKeys
from stream.topics import events
from tests.rough_log import made_log

KEY = DomainKeys.of("churn").pulse


def signs(url: str) -> dict[int, tuple[int, int]]:
    with redis.Redis.from_url(url) as client:
        found: Any = client.hgetall(KEY)
    return {int(number): tuple(orjson.loads(sign)) for number, sign in found.items()}


def until(condition: Callable[[], bool], worker: ChildProcess) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert worker.exit_code() is None, worker.epitaph()
        assert time.monotonic() < deadline, worker.tail()
        time.sleep(0.05)


@pytest.fixture
def start(
    fresh_broker: KafkaServer, redis_url: str, guard: Guard, tmp_path: Path
) -> Callable[[str], ChildProcess]:
    env = {
        **os.environ,
        "WEIR_BROKER_URL": fresh_broker.url,
        "WEIR_REDIS_URL": redis_url,
        "WEIR_DOMAINS": "churn",
        "WEIR_PARTITIONS": "2",
        "WEIR_METRICS_PORT": "0",
        "WEIR_SESSION_TIMEOUT": "6",
        "WEIR_REBALANCE_TIMEOUT": "4",
    }

    def start(name: str) -> ChildProcess:
        command = [sys.executable, "-m", "stream", "worker"]
        return ChildProcess(name, command, tmp_path / f"{name}.log", guard, env)

    return start


def test_signs_of_life(
    start: Callable[[str], ChildProcess], fresh_broker: KafkaServer, redis_url: str
) -> None:
    began = time.time() * 1000
    worker = start("first")
    try:
        until(lambda: set(signs(redis_url)) == {0, 1}, worker)
        first = signs(redis_url)
        assert all(began < at <= time.time() * 1000 for _, at in first.values())
        producer = KafkaProducer(bootstrap_servers=fresh_broker.bootstrap)
        for line in made_log(5, 3, 1):
            producer.send(events("churn"), line, partition=1)
        producer.close()
        # they are renewed, and in the end nothing waits
        until(
            lambda: all(
                lag == 0 and at > first[number][1] + 4_000
                for number, (lag, at) in signs(redis_url).items()
            ),
            worker,
        )
        assert set(signs(redis_url)) == {0, 1}
        worker.stop(grace=60)
        assert worker.exit_code() == 0, worker.tail()
        assert signs(redis_url) == {}
    finally:
        worker.kill()

    killed = start("second")
    try:
        until(lambda: set(signs(redis_url)) == {0, 1}, killed)
    finally:
        killed.kill()
    # nobody was left to take them back: they grow old
    assert set(signs(redis_url)) == {0, 1}
