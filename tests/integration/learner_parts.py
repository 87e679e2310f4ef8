"""A learner that answers wishes while a test asks for them."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from models.contest.wishes import Challenge
from models.domain import Domain
from stream.adapters.redis_connection import connect
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_store import RedisStore
from stream.learning import LearnerProcess
from stream.metrics import Metrics
from stream.settings import Settings
from stream.wishing import encode_wish, pickle_model
from tests.rough_log import CHURN
from tests.stream_parts import Topics, parts


@asynccontextmanager
async def learner(
    settings: Settings, domain: Domain[Any, Any] = CHURN
) -> AsyncIterator[LearnerProcess]:
    """A learner that goes on from the last checkpoint, and looks at wishes all the time."""
    clock = iter(range(10**9))  # each look is a second after the one before
    done = False

    async def answer() -> None:
        while not done:
            await process.publish()
            await asyncio.sleep(0.02)

    async with connect(settings.redis_url) as client:
        store = RedisStore(client)
        process = LearnerProcess(
            domain,
            store,
            RedisControl(client),
            parts(store, Topics(), domain).emitter,
            Metrics(),
            settings,
            lambda: 1_700_000_000.0 + next(clock),
        )
        await process.claim()
        answering = asyncio.create_task(answer())
        try:
            yield process
        finally:
            # not cancelled: asyncio.wait_for, below the client of Redis, may swallow it in
            # Python 3.11
            done = True
            await answering


@contextmanager
def answered(settings: Settings) -> Iterator[None]:
    """Let a learner answer what is wished for, in a thread of its own."""
    done = threading.Event()

    async def answer() -> None:
        async with learner(settings):
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=asyncio.run, args=(answer(),))
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


async def challenge(
    settings: Settings, model: str, position: int, domain: Domain[Any, Any] = CHURN
) -> str:
    """Wish for a challenger, as a retraining does; return the wish's id."""
    made = domain.recipe(model.partition("~")[0]).build()
    wish_id = f"0-{model}"
    wish = Challenge(
        wish_id,
        "schedule",
        model,
        position,
        pickle_model(made, domain.name, model, settings.key),
        "the best of three",
    )
    async with connect(settings.redis_url) as client:
        await RedisControl(client).wish(domain.name, wish_id, encode_wish(wish))
    return wish_id
