"""The real thing: the command, uvicorn, and a Redis that goes away and comes back."""

import asyncio
import json
import os
import signal
from pathlib import Path

from api.scoring import iso
from stream.embedded.guard import Guard
from stream.embedded.ports import any_free
from stream.embedded.redis import EmbeddedRedis
from stream.settings import load
from tests.integration.api_process import api, server_stopped, until
from tests.integration.api_seed import log, process


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
