"""The page docs/add-a-domain.md, followed to the letter: its file is all that a domain needs."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from stream.embedded.guard import Guard
from stream.embedded.kafka_server import KafkaServer
from stream.embedded.ports import any_free
from stream.embedded.process import ChildProcess

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "add-a-domain.md"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages, with the page's file in its place."""
    root = tmp_path_factory.mktemp("checkout")
    ignore = shutil.ignore_patterns("__pycache__")
    for package in ("models", "stream", "api", "replay"):
        shutil.copytree(ROOT / package, root / package, ignore=ignore)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(blocks) == 1
    (root / "models" / "domains" / "renewal.py").write_text(blocks[0])
    return root


def run(checkout: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=checkout, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def log(checkout: Path) -> Path:
    path = checkout / "renewal.jsonl"
    options = ["--users", "400", "--days", "150", "--seed", "1", "-q", "-o", str(path)]
    run(checkout, "-m", "replay", "generate", "--domain", "renewal", *options)
    return path


def test_it_passes_the_battery_and_is_installed(checkout: Path) -> None:
    check = "from models.checks import check_domain as c; from models.domains import load"
    run(checkout, "-c", f"{check}; c(load('renewal'))")
    assert "renewal" in run(checkout, "-m", "stream", "domains")


def test_its_file_is_typed_and_clean(checkout: Path) -> None:
    path = "models/domains/renewal.py"
    shutil.copy(ROOT / "pyproject.toml", checkout)
    run(checkout, "-m", "ruff", "check", path)
    run(checkout, "-m", "ruff", "format", "--check", path)
    # from here, where mypy has read everything else before
    run(ROOT, "-m", "mypy", str(checkout / path))


def test_the_backtest_learns_it(checkout: Path, log: Path) -> None:
    command = ["backtest", str(log), "--domain", "renewal", "--warmup", "60", "--json"]
    found = json.loads(run(checkout, "-m", "stream", *command))
    assert (found["rejected"], found["late"]) == (0, 0)
    assert found["metrics"]["labels"] > 100
    assert found["metrics"]["auc"] > 0.65
    assert found["metrics"]["mean_prediction"] == pytest.approx(
        found["metrics"]["base_rate"], abs=0.1
    )


@pytest.mark.timeout(300)
def test_the_stream_and_the_api_serve_it(
    checkout: Path,
    log: Path,
    fresh_broker: KafkaServer,
    redis_url: str,
    guard: Guard,
    tmp_path: Path,
) -> None:
    port = any_free()
    env = {
        **os.environ,
        "WEIR_BROKER_URL": fresh_broker.url,
        "WEIR_REDIS_URL": redis_url,
        "WEIR_DOMAINS": "renewal",
        "WEIR_METRICS_PORT": "0",
        "WEIR_API_PORT": str(port),
        "WEIR_SESSION_TIMEOUT": "6",
        "WEIR_REBALANCE_TIMEOUT": "4",
        "PYTHONPATH": str(checkout),
        "PYTHONSAFEPATH": "1",  # not from where the tests run
    }
    names = {"worker": ["stream", "worker"], "api": ["api"]}
    children = [
        ChildProcess(name, [sys.executable, "-m", *words], tmp_path / f"{name}.log", guard, env)
        for name, words in names.items()
    ]
    try:
        send = [sys.executable, "-m", "replay", "send", str(log), "--domain", "renewal"]
        subprocess.run(send, env=env, check=True, capture_output=True, cwd=checkout)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            model = wait_for_model(client, children)
            assert model["metrics"][0]["rolling"]["labels"] > 100
            ranking = client.get("/v1/renewal/users?order=asc&limit=3").json()
            user = client.get(f"/v1/renewal/users/{ranking['users'][0]['user_id']}").json()
            assert 0.0 < user["score"] < 1.0
            assert user["reasons"]
            sample = json.loads(log.read_text().splitlines()[0])
            asked = client.post("/v1/renewal/predict", json={"events": [sample]})
            assert asked.status_code == 200, asked.text
            assert 0.0 < asked.json()["score"] < 1.0
            refused = client.post("/v1/renewal/predict", json={"events": [{**sample, "type": "x"}]})
            [error] = refused.json()["errors"]
            assert error["field"] == "body.events.0.type"
            assert error["valid"] == ["signup", "payment", "declined", "visit"]
    finally:
        for child in children:
            child.stop(grace=10)


def wait_for_model(client: httpx.Client, children: list[ChildProcess]) -> Any:
    """Return the model's description when it has learnt enough."""
    limit = time.monotonic() + 200
    while time.monotonic() < limit:
        for child in children:
            assert child.exit_code() is None, child.epitaph()
        try:
            answer = client.get("/v1/renewal/model")
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code == 200 and answer.json()["examples"] > 200:
            return answer.json()
        time.sleep(0.5)
    raise AssertionError("the model learns nothing")
