"""Passwords and TLS between Weir and Apache Kafka; skipped without Java or the jars."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stream.embedded.guard import Guard
from stream.embedded.process import ChildProcess
from tests.apache_kafka import skip_without_kafka
from tests.conftest import kafka_version
from tests.integration.secure_kafka import SecureKafka
from tests.rough_log import in_redis, made_log

PROTOCOLS = ["SSL", "SASL_PLAINTEXT", "SASL_SSL"]


@pytest.fixture(scope="module")
def secure(
    request: pytest.FixtureRequest, guard: Guard, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SecureKafka]:
    skip_without_kafka()
    directory = tmp_path_factory.mktemp("secure-kafka")
    secure = SecureKafka(directory, guard, kafka_version(request.config))
    with secure.kafka:
        yield secure


def run(*command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        env={**os.environ, "WEIR_DOMAINS": "churn", "WEIR_METRICS_PORT": "0", **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_all_that_talks_to_kafka_gets_in(
    request: pytest.FixtureRequest,
    secure: SecureKafka,
    protocol: str,
    redis_url: str,
    guard: Guard,
    tmp_path: Path,
) -> None:
    settings: Mapping[str, str] = {
        **secure.settings(protocol),
        "WEIR_REDIS_URL": redis_url,
        "WEIR_ARCHIVE_DIR": str(tmp_path / "archive"),
        "WEIR_SPOOL_DIR": str(tmp_path / "spool"),
        "WEIR_MLFLOW_URL": "none",
        "WEIR_DATABASE_URL": "none",
    }
    secure.kafka.empty()
    log = made_log(12, 14, 5)
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"\n".join(log) + b"\n")
    env = {**os.environ, "WEIR_DOMAINS": "churn", "WEIR_METRICS_PORT": "0", **settings}
    command = [sys.executable, "-m", "stream", "worker"]
    worker = ChildProcess("worker", command, tmp_path / "worker.log", guard, env)
    request.addfinalizer(worker.kill)
    sent = run("replay", "send", str(path), "--domain", "churn", "--max", **settings)
    assert sent.returncode == 0, sent.stderr
    deadline = time.monotonic() + 90
    while in_redis(redis_url, 4)[1].records < len(log):
        assert worker.exit_code() is None, worker.epitaph()
        assert time.monotonic() < deadline, worker.tail()
        time.sleep(0.2)

    again = run("replay", "send", str(path), "--domain", "churn", "--resume", **settings)
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("0 records sent")
    doctor = run("stream", "doctor", **settings)
    assert "1 broker(s)" in doctor.stdout
    archive = run("stream", "archive", "--domain", "churn", **settings)
    assert archive.returncode == 0, archive.stderr
    assert list((tmp_path / "archive").rglob("*.parquet"))
    worker.stop()
    assert worker.exit_code() == 0
    assert in_redis(redis_url, 4)[1].records == len(log)


@pytest.mark.parametrize(
    ("protocol", "wrong", "why"),
    [
        ("SASL_SSL", {"WEIR_KAFKA_SASL_PASSWORD": "guessed"}, "Authentication failed"),
        ("SASL_SSL", {"WEIR_KAFKA_SSL_CAFILE": ""}, "CERTIFICATE_VERIFY_FAILED"),
        # this one only closes the connection
        ("SSL", {"WEIR_KAFKA_SSL_CERTFILE": ""}, "security protocol"),
    ],
)
def test_who_may_not_get_in_is_told_why(
    secure: SecureKafka, protocol: str, wrong: dict[str, str], why: str, tmp_path: Path
) -> None:
    settings = {n: v for n, v in (secure.settings(protocol) | wrong).items() if v}
    path = tmp_path / "log.jsonl"
    path.write_bytes(made_log(5, 14, 1)[0] + b"\n")
    commands = [
        ["replay", "send", str(path), "--domain", "churn"],
        ["stream", "doctor", "--json"],
        ["stream", "worker"],
    ]
    with ThreadPoolExecutor() as threads:
        replay, doctor, worker = threads.map(lambda command: run(*command, **settings), commands)

    assert replay.returncode == doctor.returncode == worker.returncode == 1
    assert f"Is it {protocol} that it speaks" in replay.stderr
    (broker,) = [one for one in json.loads(doctor.stdout)["checks"] if one["name"] == "broker"]
    assert why in broker["what"]
    assert "lets nobody in" in worker.stderr
    if protocol == "SASL_SSL":
        assert why in worker.stderr
