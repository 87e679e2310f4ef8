"""A learner that was fenced off gives up learning, and nothing else."""

from redis.asyncio import Redis

from stream import topics
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_store import RedisStore
from stream.chunk import Claim
from stream.metrics import Metrics
from stream.settings import load
from stream.worker import DomainWorker
from tests.stream_parts import Raw, Topics, with_redis


def test_the_partitions_of_the_events_stay(redis_url: str) -> None:
    settings, metrics = load({"domains": "churn", "redis_url": redis_url}), Metrics()

    async def scenario(client: Redis) -> None:
        store, control = RedisStore(client), RedisControl(client)
        worker = DomainWorker("churn", settings, store, control, Topics(), metrics, lambda: 1.7e9)
        await worker.claim(topics.events("churn"), 0)
        await worker.claim(topics.examples("churn"), 0)
        await worker.publish(force=True)
        await store.claim_learner("churn")  # another worker's
        claim = Claim(topics.examples("churn"), 0, epoch=1, next=0, position=0)
        await worker.learn(claim.take([Raw(0, b"not an example")]))
        await worker.publish(force=True)
        assert list(worker.processors) == [0]
        assert metrics.registry.get_sample_value("weir_learner_active", {"domain": "churn"}) == 0

    with_redis(redis_url, scenario)
