"""A clock that was hours ahead and is set right: nothing waits until it is there again."""

from typing import Any

import redis
from redis.asyncio import Redis

from stream import topics
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_store import RedisStore
from stream.chunk import Claim
from stream.keys import DomainKeys
from stream.metrics import Metrics
from stream.settings import load
from stream.worker import DomainWorker
from tests.stream_parts import Raw, Topics, with_redis


def test_the_learner_goes_on_publishing(redis_url: str) -> None:
    settings = load({"domains": "churn", "redis_url": redis_url})
    wall = [1.7e9 + 10 * 3600]

    def committed() -> int:
        with redis.Redis.from_url(redis_url) as client:
            offset: Any = client.hget(DomainKeys.of("churn").learner, "offset")
        return int(offset)

    async def scenario(client: Redis) -> None:
        store, control = RedisStore(client), RedisControl(client)
        worker = DomainWorker(
            "churn", settings, store, control, Topics(), Metrics(), lambda: wall[0]
        )
        await worker.claim(topics.examples("churn"), 0)
        claim = Claim(topics.examples("churn"), 0, epoch=1, next=0, position=0)
        wall[0] += settings.publish_seconds
        await worker.learn(claim.take([Raw(0, b"not an example")]))
        assert committed() == 1
        wall[0] = 1.7e9
        await worker.learn(claim.take([Raw(1, b"nor this")]))
        assert committed() == 2

    with_redis(redis_url, scenario)
