"""Real workers, in processes of their own, on a broker and a Redis of the test's own."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stream.embedded.guard import Guard
from stream.embedded.kafka_server import KafkaServer
from stream.embedded.process import ChildProcess

KEY = "a-key-of-the-tests"


@pytest.fixture
def start_worker(
    fresh_broker: KafkaServer, redis_url: str, guard: Guard, tmp_path: Path
) -> Iterator[Callable[..., ChildProcess]]:
    """Starts a worker by name, with further settings: ``start_worker("one", WEIR_...="...")``.

    Or another of stream's commands: ``start_worker("two", command="trainer")``.
    """
    env = {
        **os.environ,
        "WEIR_BROKER_URL": fresh_broker.url,
        "WEIR_REDIS_URL": redis_url,
        "WEIR_SIGNING_KEY": KEY,
        "WEIR_DOMAINS": "churn",  # unless a test says otherwise
        "WEIR_METRICS_PORT": "0",
        "WEIR_SESSION_TIMEOUT": "6",
        "WEIR_REBALANCE_TIMEOUT": "4",
    }
    started: list[ChildProcess] = []

    def start(name: str, command: str = "worker", **settings: str) -> ChildProcess:
        whole = [sys.executable, "-m", "stream", command]
        child = ChildProcess(name, whole, tmp_path / f"{name}.log", guard, env | settings)
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
