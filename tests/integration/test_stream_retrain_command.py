"""``stream retrain`` as a process: signals, exit codes, and what it says."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from models.domains.churn import Churn
from stream.embedded.kafka_server import KafkaServer
from stream.keys import LOCKS, DomainKeys
from stream.retraining.child import BUSY
from tests.integration.learning_beside import examples, learning

CHURN = Churn()


def command(bootstrap: str, redis_url: str, directory: Path) -> subprocess.Popen[str]:
    env = {
        **os.environ,
        "WEIR_BROKER_URL": f"kafka://{bootstrap}",
        "WEIR_REDIS_URL": redis_url,
        "WEIR_ARCHIVE_DIR": str(directory / "archive"),
        "WEIR_SPOOL_DIR": str(directory / "spool"),
        "WEIR_MLFLOW_URL": "none",
    }
    words = [sys.executable, "-m", "stream", "retrain", "--domain", "churn"]
    pipe = subprocess.PIPE
    return subprocess.Popen(words, env=env, stdout=pipe, stderr=pipe, text=True)


@pytest.fixture
def log(fresh_broker: KafkaServer, redis_url: str, tmp_path: Path) -> str:
    """A log of examples that was learnt; gives its broker."""

    async def learn() -> None:
        async with learning(CHURN, fresh_broker.bootstrap, redis_url, tmp_path) as beside:
            records = examples(CHURN)
            await beside.write(records)
            await beside.learn(records)

    asyncio.run(learn())
    return fresh_broker.bootstrap


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_nothing_is_left_behind(
    log: str, redis_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    running = command(log, redis_url, tmp_path)
    assert running.stderr is not None
    while "training" not in (line := running.stderr.readline()):
        assert line, "it ended before it trained"
    running.send_signal(number)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert said.endswith("stopped: nothing has changed but the archive\n")
    with redis.Redis.from_url(redis_url) as client:
        assert not client.exists(LOCKS.retraining)
        keys = DomainKeys.of("churn")
        assert not client.hexists(keys.retraining, "running")
        assert not client.exists(keys.wishes)


def test_another_one_that_runs_is_told(log: str, redis_url: str, tmp_path: Path) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.set(LOCKS.retraining, "another", ex=60)
    running = command(log, redis_url, tmp_path)
    _, said = running.communicate(timeout=60)
    assert running.returncode == BUSY
    assert "another retraining is running" in said


def test_no_broker_is_told(redis_url: str, tmp_path: Path) -> None:
    running = command("127.0.0.1:1", redis_url, tmp_path)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 1
    assert "no broker answers at 127.0.0.1:1" in said
