"""The real thing: the command, uvicorn, and a Redis that goes away and comes back."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from api.scoring import iso
from stream.embedded.guard import Guard
from stream.embedded.ports import any_free
from stream.embedded.redis import EmbeddedRedis
from stream.settings import Settings, load
from tests.integration.api_seed import log, process


@contextmanager
def api(settings: Settings, log_file: Path, **env: str) -> Iterator[tuple[Any, httpx.Client]]:
    """Start the command on any free port; its log is JSON lines."""
    environment = {**os.environ, "WEIR_REDIS_URL": settings.redis_url}
    environment |= {"WEIR_DOMAINS": "churn", **env}
    with (
        log_file.open("wb") as stderr,
        subprocess.Popen(
            [sys.executable, "-m", "api", "--port", "0"], stderr=stderr, env=environment
        ) as running,
    ):
        try:
            with httpx.Client(
                base_url=_address(running, log_file), trust_env=False, timeout=60
            ) as client:
                yield running, client
        finally:
            running.kill()


def _address(running: "subprocess.Popen[bytes]", log_file: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and running.poll() is None:
        for line in log_file.read_text().splitlines():
            if '"url"' in line:
                return str(json.loads(line)["url"])
        time.sleep(0.05)
    raise AssertionError(f"it does not listen:\n{log_file.read_text()}")


def until(client: httpx.Client, path: str, status: int, as_of: str | None = None) -> httpx.Response:
    """Ask until the status is this, and the stream's clock, which the API reads once a second."""
    deadline = time.monotonic() + 60
    while True:
        response = client.get(path)
        if response.status_code == status and as_of in {None, response.json().get("as_of")}:
            return response
        assert time.monotonic() < deadline, response.text
        time.sleep(0.05)


def test_it_answers_logs_and_stops_cleanly(redis_url: str, tmp_path: Path) -> None:
    settings = load({"redis_url": redis_url, "domains": "churn"})
    asyncio.run(process(settings, log()[:200], rounds=1))
    with api(settings, tmp_path / "log", WEIR_LOG_LEVEL="DEBUG") as (running, client):
        until(client, "/readyz", 200)
        response = client.get("/v1/churn/users/1001", headers={"X-Request-ID": "abc"})
        assert response.status_code == 200
        assert response.headers["x-request-id"] == "abc"
        assert "server" not in response.headers
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 0
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    [request] = [line for line in lines if line.get("request_id") == "abc"]
    assert (request["status"], request["logger"]) == (200, "api.middleware")
    assert not [line for line in lines if line["level"] in {"WARNING", "ERROR"}]


def test_redis_comes_late_hangs_goes_away_and_comes_back(guard: Guard, tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path, any_free(), guard)
    settings = load({"redis_url": server.url, "domains": "churn"})
    path = "/v1/churn/users/1001"
    with api(settings, tmp_path / "log") as (running, client), server_stopped(server):
        response = client.get(path)
        assert response.status_code == 503
        assert response.json()["service"] == "redis"
        assert int(response.headers["retry-after"]) > 0
        assert client.get("/healthz").status_code == 200

        server.start()
        asyncio.run(process(settings, log()[:400], rounds=1))
        until(client, "/readyz", 200)
        clock = iso(max(json.loads(line)["ts"] for line in log()[:400]))
        before = until(client, path, 200, as_of=clock).json()
        assert before["score"] > 0

        os.kill(server.pid, signal.SIGSTOP)
        try:
            response = client.get(path)
        finally:
            os.kill(server.pid, signal.SIGCONT)
        assert response.status_code == 503
        assert "has not answered within" in response.json()["detail"]
        assert until(client, path, 200).json() == before

        server.stop()
        for away in (path, "/v1/churn/users"):
            assert client.get(away).status_code == 503
        assert client.get("/v1/churn/model").status_code == 200
        assert "redis" in client.get("/readyz").json()["detail"]

        server.start()
        assert until(client, path, 200).json() == before
        until(client, "/readyz", 200)

        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert not [line for line in lines if line["level"] == "ERROR"]
    assert [line["message"] for line in lines if "answers again" in line["message"]]


@contextmanager
def server_stopped(server: EmbeddedRedis) -> Iterator[None]:
    """Stop the server in the end, however far the test came."""
    try:
        yield
    finally:
        server.stop()
