"""Real-format logs, whole, through the stack: the sums add up, and the backtest agrees.

The logs are not part of the project; where they are absent the test says so and skips.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stream import topics
from stream.adapters import topic_admin
from stream.backtest import backtest
from stream.embedded.kafka_server import KafkaServer
from stream.embedded.process import ChildProcess
from tests.rough_log import CHURN, in_redis

DATA = Path(__file__).parents[3] / "shared" / "data"
PARTITIONS = 4


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["music_service_november", "churn_two_months"])
def test_stream_and_backtest_agree_on_a_real_log(
    name: str,
    fresh_broker: KafkaServer,
    redis_url: str,
    start_worker: Callable[..., ChildProcess],
) -> None:
    log = DATA / f"{name}.jsonl.zst"
    if not log.exists():
        pytest.skip(f"needs {log.name} in {DATA}")
    expected = backtest(str(log), CHURN, partitions=PARTITIONS, warmup_days=0)
    asyncio.run(topic_admin.ensure(fresh_broker.address, topics.of_domain("churn", PARTITIONS)))
    worker = start_worker("worker")
    send = [sys.executable, "-m", "replay", "send", str(log), "--domain", "churn", "--max"]
    subprocess.run([*send, "--broker", fresh_broker.url], check=True, capture_output=True)
    limit = time.monotonic() + 600
    while in_redis(redis_url, PARTITIONS)[1].records < expected.events:
        assert worker.exit_code() is None, worker.epitaph()
        assert time.monotonic() < limit
        time.sleep(0.5)
    digest, counts = in_redis(redis_url, PARTITIONS)
    assert counts.unaccounted == 0
    assert counts.records == expected.events
    for field in ("scored", "late", "duplicates", "outcomes", "anonymous", "rejected", "users"):
        assert getattr(counts, field) == getattr(expected, field), field
    assert (counts.snapshots, counts.labels) == (expected.snapshots, expected.labels)
    assert digest == expected.state_sha256
