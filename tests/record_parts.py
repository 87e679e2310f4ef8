"""Parts of the tests of the record: a row, a log that is closed again, and locks that hinder it."""

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing

import asyncpg
import msgspec

from stream.adapters.prediction_log import PredictionLog
from stream.record import Place, Prediction

PREDICTION = Prediction(
    at=1_700_000_000_000,
    request_id="request-1",
    domain="churn",
    user_id="1001",
    input='{"events": 12}',
    score=0.25,
    model_version="kalman_logistic@3211",
    latency_ms=4.5,
)


def prediction(**changes: object) -> Prediction:
    return msgspec.structs.replace(PREDICTION, **changes)


def with_log(
    url: str, scenario: Callable[[PredictionLog], Awaitable[None]], patience: float = 5.0
) -> None:
    async def main() -> None:
        log = PredictionLog.from_url(url, patience)
        try:
            await scenario(log)
        finally:
            await log.close()

    asyncio.run(main())


async def everything(log: PredictionLog, **wanted: object) -> list[Prediction]:
    """All rows that are wanted, newest first."""
    rows: list[Prediction] = []
    before: Place | None = None
    for _ in itertools.count():
        page = await log.find(limit=1000, before=before, **wanted)  # type: ignore[arg-type]  # each test gives what it means
        rows += page.rows
        before = page.before
        if before is None:
            break
    return rows


def request_ids(url: str) -> list[str]:
    """The request ids of all rows, newest first."""
    ids: list[str] = []

    async def read(log: PredictionLog) -> None:
        ids.extend(row.request_id for row in await everything(log))

    with_log(url, read)
    return ids


@asynccontextmanager
async def locked(url: str) -> AsyncIterator[None]:
    """Somebody else holds a lock without which nothing can be written."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
        return
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE predictions IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()
