"""``stream doctor`` against the real services."""

import asyncio
import json
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
from stream.embedded.broker import EmbeddedBroker
from stream.embedded.ports import any_free
from stream.keys import DomainKeys, PartitionKeys

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
    fresh_broker: EmbeddedBroker,
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
            "WEIR_API_PORT": str(readyz.server_port),
            "WEIR_SIGNING_KEY": "k" * 40,
        }
        for name, value in (values | environment).items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(doctor, arguments)

    return run


def produce(bootstrap: str, records: int) -> None:
    async def send() -> None:
        await topic_admin.ensure(bootstrap, topics.of_domain("churn", 4))
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
        await producer.start()
        try:
            batch = producer.create_batch()
            for _ in range(records):
                batch.append(key=None, value=b"x", timestamp=None)
            await (await producer.send_batch(batch, "events.churn", partition=2))
        finally:
            await producer.stop()

    asyncio.run(send())


def statuses(result: Result) -> dict[str, str]:
    return {check["name"]: check["status"] for check in json.loads(result.output)["checks"]}


def test_all_is_well(run: Run, fresh_broker: EmbeddedBroker, redis_url: str) -> None:
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
    assert parts <= set(statuses(result))
    assert run().exit_code == 0


def test_offsets_that_the_broker_never_had(
    run: Run, fresh_broker: EmbeddedBroker, redis_url: str
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
        WEIR_API_PORT=str(any_free()),
    )
    assert result.exit_code == 1
    found = statuses(result)
    assert {name for name, status in found.items() if status == "fail"} == {
        "broker",
        "Redis",
        "database",
        "API",
    }
    assert "secret-word" not in result.output


def test_an_api_that_is_not_ready_says_what_fails(run: Run, readyz: HTTPServer) -> None:
    readyz.RequestHandlerClass.status = 503  # type: ignore[attr-defined]  # the Handler above
    result = run()
    assert result.exit_code == 1
    assert '503: {"redis": "away"}' in " ".join(result.output.split())


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
