"""A registered model, served by MLflow alone: the scores of the API, to the last bit."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from models import domains
from models.domain import Domain
from models.life import lived
from stream.adapters.mlflow_tracking import MlflowTracking
from stream.adapters.redis_connection import connect
from stream.adapters.redis_store import RedisStore
from stream.embedded import ports
from stream.embedded.guard import Guard
from stream.embedded.mlflow_server import ENVIRONMENT
from stream.embedded.process import ChildProcess
from stream.embedded.redis import EmbeddedRedis
from stream.model_feed import ModelFeed
from stream.settings import Settings, load
from stream.tracking.entries import registration
from tests.integration.api_seed import ask, log, process
from tests.integration.revenue_seed import revenue_log

KEY = "a-key-of-the-tests"
DOMAINS = ("churn", "revenue")

#: Loads a model and answers to rows of features, where there is only what the model brings.
LOADS = """
import json, sys
import mlflow

uri, rows = sys.argv[1], json.load(sys.stdin)
served = mlflow.pyfunc.load_model(uri)
import models
import pandas as pd
assert "artifacts/code/models" in models.__file__, models.__file__
assert not any(name.split(".")[0] in {"stream", "api", "replay"} for name in sys.modules)
answers = []
for row in rows:
    try:
        answers.append(served.predict(pd.DataFrame([row])).to_dict("records")[0])
    except mlflow.exceptions.MlflowException as error:
        answers.append(str(error))
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def seeded(
    guard: Guard, mlflow_tables: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Settings, dict[str, str]]]:
    """An API's settings, and MLflow's environment: the models of the one are in the other."""
    folder = tmp_path_factory.mktemp("mlflow")
    shutil.copy(mlflow_tables, folder / "mlflow.db")
    url = f"sqlite:///{folder}/mlflow.db"
    with EmbeddedRedis(tmp_path_factory.mktemp("redis"), guard=guard) as server:
        settings = load({"redis_url": server.url, "signing_key": KEY, "mlflow_url": url})
        for name, lines in (("churn", log()), ("revenue", revenue_log())):
            asyncio.run(process(settings, lines, domain=domains.load(name)))
            _register(settings, domains.load(name))
        left_out = {"PYTHONPATH", "WEIR_SIGNING_KEY"}
        env = {name: value for name, value in os.environ.items() if name not in left_out}
        # MLflow starts uvicorn by its name
        env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
        env |= {**ENVIRONMENT, "MLFLOW_TRACKING_URI": url, "WEIR_SIGNING_KEY": KEY}
        yield settings, env


def _register(settings: Settings, domain: Domain[Any, Any]) -> None:
    async def newest() -> ModelFeed:
        async with connect(settings.redis_url) as client:
            feed = ModelFeed(domain, RedisStore(client), settings.key)
            await feed.refresh()
            return feed

    models = asyncio.run(newest()).current
    assert not models.version.endswith("@0")
    title = domain.recipes[0].title
    MlflowTracking(settings.mlflow_url).register(
        registration(domain.name, models, settings.key, title=title, next_offset=1, role="champion")
    )


def users(domain: str) -> dict[str, list[dict[str, Any]]]:
    """The records of some users."""
    lines, key = (log(), "userId") if domain == "churn" else (revenue_log(), "user_id")
    found: dict[str, list[dict[str, Any]]] = {}
    for record in map(orjson.loads, lines):
        found.setdefault(record[key], []).append(record)
    some = sorted(found)[3 :: max(1, len(found) // 12)]
    paid = [user for user, rows in found.items() if any(r.get("revenue") for r in rows)]
    return {user: found[user] for user in [*some, *paid[:3]]}


def features(domain: Domain[Any, Any], records: list[dict[str, Any]]) -> dict[str, float]:
    """What the model is asked, as of the last event."""
    events = [event for record in records if (event := domain.parse(record)) is not None]
    state = lived(domain, events)
    row = domain.features(state.data, state.last_ts)
    known = domain.known(state.data, state.last_ts)
    return row | {"known": known} if domain.objective.kind == "amount" else row


def by_api(settings: Settings, domain: str, records: list[dict[str, Any]]) -> dict[str, Any]:
    answer = ask(settings, f"/v1/{domain}/predict", method="POST", json={"events": records})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def loads(
    domain: str, rows: list[dict[str, Any]], env: Mapping[str, str], folder: Path
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", LOADS, f"models:/weir-{domain}@champion"],
        input=json.dumps(rows),
        env=dict(env),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", DOMAINS)
def test_a_loaded_model_scores_as_the_api_does(
    seeded: tuple[Settings, dict[str, str]], name: str, tmp_path: Path
) -> None:
    settings, env = seeded
    asked, wanted = [], []
    for records in users(name).values():
        answer = by_api(settings, name, records)
        if answer["status"] == "ended":
            continue
        told = {"score": answer["score"]}
        if name == "revenue":
            told["chance_above_zero"] = answer["chance_above_zero"]
        asked.append(features(domains.load(name), records))
        wanted.append(told)
    assert len(asked) > 5
    if name == "revenue":
        assert any(row["known"] for row in asked)
        alone = dict(asked[0])
        assert alone.pop("known") == 0.0
        asked.append(alone)
        wanted.append(wanted[0])
    done = loads(name, asked, env, tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == wanted


def test_what_is_no_number_is_refused(
    seeded: tuple[Settings, dict[str, str]], tmp_path: Path
) -> None:
    good = dict.fromkeys(domains.load("churn").feature_names, 1.0)
    missing = {name: value for name, value in good.items() if name != "paid"}
    bad = [{**good, "paid": value} for value in (float("nan"), float("inf"), None, "much")]
    done = loads("churn", [*bad, missing, good], seeded[1], tmp_path)
    assert done.returncode == 0, done.stderr
    *refused, answer = json.loads(done.stdout)
    assert 0.0 < answer["score"] < 1.0
    assert refused[:2] == [
        f"paid is {value} in row 0; every feature must be a finite number"
        for value in ("nan", "inf")
    ]
    assert all(isinstance(told, str) and "paid" in told for told in refused)


@pytest.mark.parametrize("key", ["another-key-of-tests", None])
def test_loaded_with_another_key_it_refuses(
    seeded: tuple[Settings, dict[str, str]], key: str | None, tmp_path: Path
) -> None:
    env = dict(seeded[1])
    env.pop("WEIR_SIGNING_KEY")
    refused = loads("churn", [], env | ({"WEIR_SIGNING_KEY": key} if key else {}), tmp_path)
    assert refused.returncode != 0
    assert "signed with another WEIR_SIGNING_KEY" in refused.stderr
    assert ("WEIR_SIGNING_KEY is not set here" in refused.stderr) is (key is None)


def test_mlflow_serves_the_scores_of_the_api(
    seeded: tuple[Settings, dict[str, str]], guard: Guard, tmp_path: Path
) -> None:
    settings, env = seeded
    port = ports.any_free()
    command = [
        *(sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local"),
        *("-m", "models:/weir-churn@champion", "--host", ports.LOOPBACK, "--port", str(port)),
        *("--workers", "1"),
    ]
    chosen = {
        user: records
        for user, records in users("churn").items()
        if by_api(settings, "churn", records)["status"] != "ended"
    }
    rows = [features(domains.load("churn"), records) for records in chosen.values()]
    url = f"http://{ports.LOOPBACK}:{port}"
    served = ChildProcess("mlflow-serve", command, tmp_path / "serve.log", guard, env)

    def ready() -> bool:
        try:
            return httpx.get(f"{url}/ping", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    try:
        served.wait_until(ready, 150)
        answer = httpx.post(
            f"{url}/invocations", json={"dataframe_records": rows}, trust_env=False, timeout=60
        )
        bad = rows[0] | {"paid": None}
        refused = httpx.post(
            f"{url}/invocations", json={"dataframe_records": [bad]}, trust_env=False, timeout=60
        )
    finally:
        served.kill()
    assert answer.status_code == 200, answer.text
    told = [one["score"] for one in answer.json()["predictions"]]
    assert told == [by_api(settings, "churn", records)["score"] for records in chosen.values()]
    assert refused.status_code == 400, refused.text
    assert "paid" in refused.text
