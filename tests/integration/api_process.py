"""The API as a process of its own: the command, uvicorn, and what it says."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from stream.embedded.redis import EmbeddedRedis
from stream.settings import Settings


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


def gauges(url: str) -> dict[str, float]:
    """Read the metrics: values by the name with its labels."""
    text = httpx.get(url + "/metrics", trust_env=False, timeout=60).text
    lines = (line.rpartition(" ") for line in text.splitlines() if line[0] != "#")
    return {name: float(value) for name, _, value in lines}


@contextmanager
def server_stopped(server: EmbeddedRedis) -> Iterator[None]:
    """Stop the server in the end, however far the test came."""
    try:
        yield
    finally:
        server.stop()
