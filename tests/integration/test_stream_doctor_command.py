"""``stream doctor`` against the real services."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
import redis
from aiokafka import AIOKafkaProducer
from click.testing import CliRunner, Result

from stream import topics
from stream.adapters import topic_admin
from stream.doctor import doctor
from stream.embedded.kafka_server import KafkaServer
from stream.embedded.ports import any_free
from stream.kafka_address import KafkaAddress
from stream.keys import DomainKeys, PartitionKeys
from stream.segments import name_of

Run = Callable[..., Result]


@pytest.fixture
def readyz() -> Iterator[HTTPServer]:
    """An API that is ready or, as `status` says, is not."""

    class Handler(BaseHTTPRequestHandler):
        status = 200

        def do_GET(self) -> None:
            self.send_response(self.status if self.path == "/readyz" else 404)
            self.end_headers()
            self.wfile.write(b'{"redis": "away"}')

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def run(
    fresh_broker: KafkaServer,
    redis_url: str,
    readyz: HTTPServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    def run(*arguments: str, **environment: str) -> Result:
        values = {
            "WEIR_DOMAINS": "churn",
            "WEIR_BROKER_URL": fresh_broker.url,
            "WEIR_REDIS_URL": redis_url,
            "WEIR_DATABASE_URL": f"sqlite:///{tmp_path / 'weir.db'}",
            "WEIR_MLFLOW_URL": f"sqlite:///{tmp_path / 'mlflow.db'}",
            "WEIR_SPOOL_DIR": str(tmp_path / "spool"),
            "WEIR_ARCHIVE_DIR": str(tmp_path / "archive"),
            "WEIR_API_PORT": str(readyz.server_port),
            "WEIR_SIGNING_KEY": "k" * 40,
        }
        for name, value in (values | environment).items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(doctor, arguments)

    return run


def produce(bootstrap: str, records: int, topic: str = "events.churn", partition: int = 2) -> None:
    async def send() -> None:
        await topic_admin.ensure(KafkaAddress(bootstrap), topics.of_domain("churn", 4))
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
        await producer.start()
        try:
            batch = producer.create_batch()
            for _ in range(records):
                batch.append(key=None, value=b"x", timestamp=None)
            await (await producer.send_batch(batch, topic, partition=partition))
        finally:
            await producer.stop()

    asyncio.run(send())


def statuses(result: Result) -> dict[str, str]:
    return {check["name"]: check["status"] for check in json.loads(result.output)["checks"]}


def test_all_is_well(run: Run, fresh_broker: KafkaServer, redis_url: str, tmp_path: Path) -> None:
    produce(fresh_broker.bootstrap, 7)
    with redis.Redis.from_url(redis_url) as client:
        client.hset(DomainKeys.of("churn").info, "partitions", "4")
        client.hset(PartitionKeys.of("churn", 2).meta, "offset", "7")

    result = run("--json")

    assert result.exit_code == 0, result.output
    report = json.loads(result.output)
    assert report["ok"] is True
    assert {check["status"] for check in report["checks"]} == {"ok"}
    parts = {"broker", "Redis", "topics of churn", "offsets", "database", "API"}
    parts |= {"archive of churn", "MLflow", "spool"}
    assert parts <= set(statuses(result))
    assert run().exit_code == 0
    assert list(tmp_path.iterdir()) == []


def test_offsets_that_the_broker_never_had(
    run: Run, fresh_broker: KafkaServer, redis_url: str
) -> None:
    produce(fresh_broker.bootstrap, 7)
    with redis.Redis.from_url(redis_url) as client:
        client.hset(DomainKeys.of("churn").info, "partitions", "4")
        client.hset(PartitionKeys.of("churn", 2).meta, "offset", "8")
        client.hset(DomainKeys.of("churn").learner, "offset", "5")

    result = run()

    assert result.exit_code == 1
    assert "events.churn[2] 8 > 7" in result.output
    assert "examples.churn[0] 5 > 0" in result.output
    assert "FLUSHDB" in result.output


def test_topics_that_are_missing_are_not_created_by_asking(run: Run, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.hset(DomainKeys.of("churn").info, "partitions", "4")
        client.hset(PartitionKeys.of("churn", 0).meta, "offset", "8")
    for _ in range(2):
        result = run("--json")
        assert result.exit_code == 1
        assert statuses(result)["topics of churn"] == "fail"
        assert statuses(result)["offsets"] == "fail"


def test_nothing_is_there(run: Run) -> None:
    result = run(
        "--json",
        WEIR_BROKER_URL=f"kafka://127.0.0.1:{any_free()}",
        WEIR_REDIS_URL=f"redis://:secret-word@127.0.0.1:{any_free()}/0",
        WEIR_DATABASE_URL=f"postgresql://weir:secret-word@127.0.0.1:{any_free()}/weir",
        WEIR_MLFLOW_URL=f"http://weir:secret-word@127.0.0.1:{any_free()}",
        WEIR_API_PORT=str(any_free()),
    )
    assert result.exit_code == 1
    found = statuses(result)
    assert found["MLflow"] == "warn"
    assert {name for name, status in found.items() if status == "fail"} == {
        "broker",
        "Redis",
        "database",
        "API",
    }
    assert "secret-word" not in result.output


def test_an_archive_that_goes_on_and_one_of_another_log(
    run: Run, fresh_broker: KafkaServer, tmp_path: Path
) -> None:
    produce(fresh_broker.bootstrap, 7, topics.examples("churn"), 0)
    directory = tmp_path / "archive" / "churn"
    directory.mkdir(parents=True)
    (directory / name_of(0, 7)).touch()
    result = run()
    assert result.exit_code == 0, result.output
    assert "offsets 0 to 6" in " ".join(result.output.split())

    (directory / name_of(7, 8)).touch()
    result = run()
    assert result.exit_code == 1
    assert "it is the archive of another log" in " ".join(result.output.split())

    result = run("--json", WEIR_BROKER_URL=f"kafka://127.0.0.1:{any_free()}")
    assert statuses(result)["archive of churn"] == "ok", "what Kafka has is not known"


def test_directories_that_cannot_be_made(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    inside = str(tmp_path / "file" / "directory")
    found = statuses(run("--json", WEIR_SPOOL_DIR=inside, WEIR_ARCHIVE_DIR=inside))
    assert (found["spool"], found["archive of churn"]) == ("fail", "fail")


def test_without_mlflow_nothing_is_tracked(run: Run) -> None:
    found = statuses(run("--json", WEIR_MLFLOW_URL="none"))
    assert (found["MLflow"], found["spool"]) == ("ok", "ok")


def test_mlflow_is_not_imported() -> None:
    code = "import sys, stream.doctor; sys.exit('mlflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_api_that_is_not_ready_says_what_fails(run: Run, readyz: HTTPServer) -> None:
    readyz.RequestHandlerClass.status = 503  # type: ignore[attr-defined]  # the Handler above
    result = run()
    assert result.exit_code == 1
    assert '503: {"redis": "away"}' in " ".join(result.output.split())


def test_an_api_elsewhere_or_none(run: Run, readyz: HTTPServer) -> None:
    nobody, there = str(any_free()), f"http://localhost:{readyz.server_address[1]}"
    elsewhere = statuses(run("--json", "--api", there, WEIR_API_PORT=nobody))
    left_out = statuses(run("--json", "--api", "none", WEIR_API_PORT=nobody))
    assert elsewhere["API"] == "ok"
    assert "API" not in left_out
    wrong = run("--api", "localhost:8000")
    assert wrong.exit_code == 2
    assert "http://host:port" in wrong.output


def test_a_redis_that_may_evict_and_forget(run: Run, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        try:
            client.config_set("maxmemory-policy", "allkeys-lru")
            client.config_set("appendonly", "no")
            found = statuses(run("--json"))
        finally:
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("appendonly", "yes")
    assert (found["Redis memory"], found["Redis persistence"]) == ("warn", "warn")


def test_a_wrong_setting_is_named_and_the_rest_left_out(run: Run) -> None:
    result = run("--json", WEIR_PARTITIONS="many")
    assert result.exit_code == 1
    last = json.loads(result.output)["checks"][-1]
    assert last["name"] == "settings"
    assert "WEIR_PARTITIONS" in last["what"]
    assert "broker" not in statuses(result)
