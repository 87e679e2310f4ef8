"""For the API's tests: a Redis filled as workers fill it, and the application to ask.

The real processor and learner, without Kafka in between.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import httpx
import orjson

from api.app import create_app
from models.domain import Domain
from stream.adapters.partitioner import partition_of
from stream.adapters.redis_connection import connect
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_store import RedisStore
from stream.learning import LearnerProcess
from stream.model_feed import ModelFeed
from stream.processor import Processor
from stream.reading import read_event
from stream.settings import Settings
from tests.rough_log import CHURN
from tests.stream_parts import Raw, Topics, parts

DAY_MS = 86_400_000
START = 1_538_352_000_000
DAYS = 66
CANCELLING = (0, 6, 12)

#: So much of the log is there when the API of the events starts: labels have come by then.
FIRST = 1200

#: What that API serves.
DOMAINS = ("churn", "revenue")

#: A user id that must be percent-encoded in a path.
ODD = "a/b c?é#%"


@cache
def log() -> tuple[bytes, ...]:
    """Some two months of two dozen users in time order.

    Numbers 1000 to 1023; 1000, 1006 and 1012 cancel on days 20, 26 and 32; 1023 is last seen on
    day 3, so long before the end that it is dormant then. One more user has an odd name.
    """
    events: list[tuple[int, str, str, str]] = []
    for number in range(24):
        last = 20 + number if number in CANCELLING else 3 if number == 23 else DAYS
        for day in range(number % 3, last, number % 3 + 1):
            at = START + day * DAY_MS + number * 61_000
            pages = ["Home"] + ["NextSong"] * (1 + number % 4) + ["Roll Advert"] * (day % 2)
            events += [
                (at + n * 200_000, f"{1000 + number}", page, f"{day}")
                for n, page in enumerate(pages)
            ]
        if number in CANCELLING:
            at = START + last * DAY_MS
            events += [
                (at + n * 30_000, f"{1000 + number}", page, f"{last}")
                for n, page in enumerate(("Cancel", "Cancellation Confirmation"))
            ]
    events += [(START + DAYS * DAY_MS, ODD, "Home", "1")]
    return tuple(
        orjson.dumps(
            {
                "ts": ts,
                "userId": user,
                "page": page,
                "sessionId": int(session),
                "auth": "Logged In",
                "level": "paid",
            }
        )
        for ts, user, page, session in sorted(events)
    )


async def process(
    settings: Settings,
    records: Sequence[bytes],
    *,
    shift: int = 0,
    rounds: int = 4,
    domain: Domain[Any, Any] = CHURN,
) -> Topics:
    """Run a worker for each partition over a log, and the learner over the examples of it.

    Return what they have written.

    Args:
        settings: where Redis is, and the rest.
        records: the log.
        shift: move every user so many partitions on, as a producer of its own mind would.
        rounds: so many times a new model version comes to be scored with.
        domain: whose log it is.
    """
    client, written = connect(settings.redis_url), Topics()
    store, control = RedisStore(client), RedisControl(client)
    name, feed = domain.name, ModelFeed(domain, store, settings.key)
    shared = parts(store, written, domain)
    learner = LearnerProcess(
        domain, store, control, shared.emitter, shared.metrics, settings, shared.now
    )
    count = settings.partitions
    try:
        await store.lay_out(name, count)
        await learner.claim()
        processors = [Processor(shared, p, await store.claim(name, p)) for p in range(count)]
        size = -(-len(records) // rounds)
        for first in range(0, len(records), size):
            for processor, rows in zip(
                processors, _split(domain, records[first : first + size], count, shift), strict=True
            ):
                await processor.process(
                    [Raw(processor.offset + n, value) for n, value in enumerate(rows)]
                )
            examples = written.of(f"examples.{name}")
            await learner.process(
                [Raw(n, value) for n, value in enumerate(examples)][learner.offset :]
            )
            await learner.publish(force=True)
            await feed.refresh()
            shared.engine.scorer = feed.current
    finally:
        await client.aclose()
    return written


def _split(
    domain: Domain[Any, Any], records: Iterable[bytes], count: int, shift: int
) -> list[list[bytes]]:
    parts: list[list[bytes]] = [[] for _ in range(count)]
    for value in records:
        event = read_event(domain, value)
        if event is not None:
            parts[(partition_of(event.user_id, count) + shift) % count].append(value)
    return parts


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The application, connected, and a client of it."""
    app = create_app(settings)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield client


def ask(
    settings: Settings,
    path: str,
    *,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    json: object = None,
    content: bytes | None = None,
) -> httpx.Response:
    """Start the application, ask it once, and stop it."""

    async def main() -> httpx.Response:
        async with running(settings) as client:
            return await client.request(method, path, headers=headers, json=json, content=content)

    return asyncio.run(main())
