"""What the code leaves in Redis is what the reference says: keys, their types, fields and ends."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import redis

from docs_tools.reference.redis_keys import TYPES, Key
from models.domain import Domain
from models.learner import Learner
from stream.adapters.redis_connection import connect
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_lock import SECONDS, held
from stream.adapters.redis_store import RedisStore
from stream.keys import LOCKS
from stream.publication import encode_lineup, publication_of
from stream.pulse import Pulse
from stream.retraining.inbox import Inbox
from stream.retraining.registrar import Roles
from stream.retraining.state import Request, Running, encode
from stream.retraining.triggers import Memory
from stream.settings import Settings, load
from tests.decision_parts import decision
from tests.docs_parts import KEYS, documented
from tests.drift_parts import alarm
from tests.integration.api_seed import log, process
from tests.integration.learner_parts import challenge
from tests.rough_log import CHURN


async def fill(settings: Settings) -> None:
    """Let everything be there at once that workers, learner, trainer, API and commands write."""
    await process(settings, log()[:600], rounds=1)
    await challenge(settings, "sgd_logistic", 0)
    async with connect(settings.redis_url) as client:
        store, control = RedisStore(client), RedisControl(client)
        await Pulse("churn", store).beat({0: 3}, 1)
        await publish_an_alarm(store, settings, CHURN)
        await retrain(control)


async def publish_an_alarm(store: RedisStore, settings: Settings, domain: Domain[Any, Any]) -> None:
    claim = await store.claim_learner(domain.name)
    learner = Learner(domain)
    publication = publication_of(
        learner,
        settings.key,
        name="another",
        follows=claim.last,
        offset=claim.offset,
        figures=[],
        drift=None,
        lineup=encode_lineup(learner),
        alarms=[alarm(1)],
    )
    await store.commit_learner(domain.name, claim.token, publication)


async def retrain(control: RedisControl) -> None:
    request = Request("1", "schedule", "every night", 1)
    await Inbox(control).remember("churn", Memory(), request)
    await control.beat_retraining("churn", encode(Running("1", "schedule", "", 1, "", 0.5, 1)))
    await control.hand_over("churn", "0", msgspec.json.encode(decision(1)))
    await control.keep_decision("churn", "0-1")
    await control.keep_roles("churn", msgspec.json.encode(Roles()))


def test_every_key_in_redis_is_documented(redis_url: str) -> None:
    settings = load({"redis_url": redis_url, "domains": "churn"})

    async def scenario() -> None:
        await fill(settings)
        async with AsyncExitStack() as locks:
            for name in (LOCKS.retraining, LOCKS.trainer):
                await locks.enter_async_context(held(redis_url, name))
            await asyncio.to_thread(look, redis_url)

    asyncio.run(scenario())


def look(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url, decode_responses=False) as client:
        there: dict[str, Key] = {}
        for name in map(bytes.decode, client.scan_iter()):
            key = there[name] = documented(name)
            kind = client.type(name)
            assert kind == TYPES[key.type].encode(), name
            left = client.ttl(name)
            assert (0 < left <= SECONDS) if key.expires else (left == -1), name
            if key.fields:
                assert named(client, name, key.type) == key.fields, name
    missing = {key.pattern for key in KEYS} - {key.pattern for key in there.values()}
    assert not missing, "the code does not write them; are they still used?"


def named(client: "redis.Redis", name: str, kind: str) -> set[str]:
    """The names of the fields of a hash, or of a stream's entries."""
    found: Any = client
    if kind == "stream":
        return {field.decode() for _, entry in found.xrange(name) for field in entry}
    return {field.decode() for field in found.hkeys(name)}
