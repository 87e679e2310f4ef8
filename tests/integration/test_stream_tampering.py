"""What somebody without the key has changed is refused by all who read it, and never unpickled."""

import asyncio
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from models import domains
from models.checkpoint import sign
from models.contest.wishes import Challenge
from models.errors import BadCheckpoint
from models.learner import Learner
from stream.adapters.mlflow_tracking import MlflowTracking
from stream.adapters.redis_connection import connect
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_store import RedisStore
from stream.embedded.mlflow_server import ENVIRONMENT
from stream.keys import DomainKeys
from stream.model_feed import ModelFeed
from stream.publication import CHECKPOINT, SERVING
from stream.records import decode_decision
from stream.settings import Settings, load
from stream.wishing import CANDIDATE, encode_wish
from tests.integration.api_seed import FIRST, ask, log, process
from tests.integration.learner_parts import challenge, learner
from tests.rough_log import CHURN
from tests.tracking_parts import KEY, registered

KEYS = DomainKeys.of("churn")


class Planted:
    """Makes a directory where it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.marker),)


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "unpickled"


@pytest.fixture
def settings(redis_url: str) -> Settings:
    """A Redis in which a learner has published."""
    settings = load({"redis_url": redis_url, "domains": "churn", "signing_key": KEY.decode()})
    asyncio.run(process(settings, log()[:FIRST], rounds=1))
    return settings


Forge = Callable[[bytes, bytes, str], bytes]


def flipped(place: int) -> Forge:
    def forge(blob: bytes, _planted: bytes, _kind: str) -> bytes:
        changed = bytearray(blob)
        changed[place] ^= 1
        return bytes(changed)

    return forge


#: What becomes of a signed blob: from the blob, a pickle that was planted, and the kind.
FORGERIES: dict[str, Forge] = {
    "a bit of the payload": flipped(-9),
    "a bit of the signature": flipped(9),
    "a bit of the head": flipped(1),
    "a bare pickle": lambda _, planted, __: planted,
    "the signature of another payload": lambda blob, planted, _: blob[:36] + planted,
    "another key": lambda _, planted, kind: sign(
        planted, b"not-the-key-of-the-tests", kind=kind, subject="churn"
    ),
    "ours, of another kind": lambda _, planted, __: sign(
        planted, KEY, kind="else", subject="churn"
    ),
    "ours, of another domain": lambda _, planted, kind: sign(
        planted, KEY, kind=kind, subject="revenue"
    ),
    "cut short": lambda blob, _, __: blob[: len(blob) // 2],
    "nothing": lambda _, __, ___: b"",
}

forgeries = pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())


def tamper(
    settings: Settings, key: str, field: str, forge: Forge, kind: str, pickled: bytes
) -> None:
    with redis.Redis.from_url(settings.redis_url) as client:
        blob: Any = client.hget(key, field)
        client.hset(key, field, forge(blob, pickled, kind))


def test_what_is_planted_would_run(marker: Path) -> None:
    pickle.loads(pickle.dumps(Planted(marker)))
    assert marker.exists()


@forgeries
def test_a_worker_refuses_a_checkpoint(settings: Settings, marker: Path, forge: Forge) -> None:
    pickled = pickle.dumps(Planted(marker))
    tamper(settings, KEYS.learner, "checkpoint", forge, CHECKPOINT, pickled)

    async def main() -> None:
        with pytest.raises(BadCheckpoint, match="learner checkpoint"):
            async with learner(settings):
                pass

    asyncio.run(main())
    assert not marker.exists()


@forgeries
def test_worker_and_api_refuse_models(settings: Settings, marker: Path, forge: Forge) -> None:
    tamper(settings, KEYS.model, "serving", forge, SERVING, pickle.dumps(Planted(marker)))

    async def main() -> None:
        async with connect(settings.redis_url) as client:
            feed = ModelFeed(CHURN, RedisStore(client), settings.key)
            with pytest.raises(BadCheckpoint, match="serving checkpoint"):
                await feed.refresh()

    asyncio.run(main())
    ready = ask(settings, "/readyz")
    assert ready.status_code == 503
    [failed] = [check for check in ready.json()["checks"] if not check["ok"]]
    assert failed["name"] == "churn model"
    assert "serving checkpoint" in failed["detail"]
    assert not marker.exists()


def test_models_of_another_domain_do_not_pass_though_they_are_ours(settings: Settings) -> None:
    other = domains.load("revenue")
    predictors = Learner(other).predictors()
    blob = sign(pickle.dumps(predictors), KEY, kind=SERVING, subject="revenue")
    with redis.Redis.from_url(settings.redis_url) as client:
        client.hset(KEYS.model, "serving", blob)
    detail = ask(settings, "/readyz").json()["detail"]
    assert "is of revenue, and was put where that of churn belongs" in detail


def test_an_older_version_does_not_pass_for_the_newest(settings: Settings) -> None:
    with redis.Redis.from_url(settings.redis_url) as client:
        old: Any = client.hget(KEYS.model, "serving")
    asyncio.run(process(settings, log()[FIRST:], rounds=1))
    with redis.Redis.from_url(settings.redis_url) as client:
        assert client.hget(KEYS.model, "serving") != old
        client.hset(KEYS.model, "serving", old)
    assert "as is written beside them" in ask(settings, "/readyz").json()["detail"]


@forgeries
def test_a_learner_refuses_a_candidate(settings: Settings, marker: Path, forge: Forge) -> None:
    name = f"{CHURN.recipes[0].name}~20181102"

    async def main() -> None:
        wish_id = await challenge(settings, name, 1)
        async with connect(settings.redis_url) as client:
            control = RedisControl(client)
            pickled = pickle.dumps(Planted(marker))
            good = b"x" * 100 + pickled
            forged = forge(good, pickled, CANDIDATE)
            wish = Challenge(wish_id, "schedule", name, 1, forged, "the best of three")
            await control.wish("churn", wish_id, encode_wish(wish))
            async with learner(settings), asyncio.timeout(60):
                while await control.wishes("churn"):  # noqa: ASYNC110 - Redis tells nobody
                    await asyncio.sleep(0.05)
            newest = [decode_decision(raw) for raw in await control.decisions("churn", 1)]
        assert [one.kind for one in newest] == ["refused"]
        assert "checkpoint" in newest[0].reason

    asyncio.run(main())
    assert not marker.exists()


@pytest.fixture(scope="module")
def mlflow_model(mlflow_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """An MLflow with a registered model, and where its blob lies."""
    folder = tmp_path_factory.mktemp("tampered-mlflow")
    shutil.copy(mlflow_tables, folder / "mlflow.db")
    url = f"sqlite:///{folder}/mlflow.db"
    MlflowTracking(url).register(registered("kalman_logistic@10"))
    files = [path for path in folder.rglob("*") if path.is_file()]
    [blob] = [path for path in files if path.read_bytes()[:4] == b"WEIR"]
    return url, blob


LOADS = """
import mlflow
mlflow.pyfunc.load_model("models:/weir-churn@champion")
print("loaded")
"""


@pytest.mark.parametrize(
    "name", ["nothing changed", "a bit of the payload", "a bare pickle", "another key"]
)
def test_a_model_of_mlflow_is_not_loaded(
    mlflow_model: tuple[str, Path], marker: Path, tmp_path: Path, name: str
) -> None:
    (url, place), original = mlflow_model, mlflow_model[1].read_bytes()
    if name in FORGERIES:
        place.write_bytes(FORGERIES[name](original, pickle.dumps(Planted(marker)), "model"))
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    env |= {**ENVIRONMENT, "MLFLOW_TRACKING_URI": url, "WEIR_SIGNING_KEY": KEY.decode()}
    try:
        loading = subprocess.run(
            [sys.executable, "-c", LOADS],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        place.write_bytes(original)
    if name not in FORGERIES:
        assert loading.stdout == "loaded\n", loading.stderr
        return
    assert loading.returncode != 0
    assert "BadCheckpoint" in loading.stderr
    assert not marker.exists()


def test_nothing_else_is_unpickled() -> None:
    """Whoever unpickles something new has to come here, and to say why that is safe."""
    root = Path(__file__).parents[2]
    found = {
        path.relative_to(root).as_posix()
        for folder in ("models", "stream", "api", "replay")
        for path in (root / folder).rglob("*.py")
        if "pickle.load" in path.read_text()
    }
    verified = {
        "models/learner.py",  # `restore`; test_a_worker_refuses_a_checkpoint
        "stream/model_feed.py",
        "stream/retraining/registrar.py",  # verifies as model_feed does
        "stream/tracking/served_model.py",
        "stream/wishing.py",
    }
    just_made = {"models/watch.py", "models/checks/learning.py"}
    assert found == verified | just_made
