"""Another signing key, as `docs/security.md` says it: nothing is lost but the time it takes."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from models import domains
from models.domains.churn import Churn
from models.errors import BadCheckpoint
from stream.adapters.redis_connection import connect
from stream.adapters.redis_store import RedisStore
from stream.embedded.broker import EmbeddedBroker
from stream.model_feed import ModelFeed
from tests.integration.learning_beside import examples, learning

NEW = "the-new-key-of-the-tests"


def test_models_are_signed_anew_by_a_rebuild(
    fresh_broker: EmbeddedBroker, redis_url: str, tmp_path: Path
) -> None:
    domain = domains.load("churn")
    assert isinstance(domain, Churn)

    async def learn() -> str:
        async with learning(domain, fresh_broker.bootstrap, redis_url, tmp_path) as beside:
            log = examples(domain, users=30, days=30)
            await beside.write(log)
            await beside.learn(log)
            return beside.learner.version

    async def version_for(key: bytes) -> str:
        async with connect(redis_url) as client:
            feed = ModelFeed(domain, RedisStore(client), key)
            await feed.refresh()
            return feed.current.version

    version = asyncio.run(learn())
    with pytest.raises(BadCheckpoint, match="WEIR_SIGNING_KEY"):
        asyncio.run(version_for(NEW.encode()))
    env = {
        "WEIR_BROKER_URL": f"kafka://{fresh_broker.bootstrap}",
        "WEIR_REDIS_URL": redis_url,
        "WEIR_ARCHIVE_DIR": str(tmp_path / "archive"),
        "WEIR_SIGNING_KEY": NEW,
    }
    rebuilt = subprocess.run(
        [sys.executable, "-m", "stream", "rebuild", "--domain", "churn", "--publish"],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert asyncio.run(version_for(NEW.encode())) == version
