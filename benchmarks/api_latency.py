"""How long a score takes: GETs at a fixed rate against a real API and a real Redis.

Open loop: requests start when they are due, whether or not earlier ones have been answered, and
their time counts from when they were due, so a stalled server cannot hide its queue.

    uv run python -m benchmarks.api_latency --rate 500 --seconds 20
"""

import asyncio
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import aiohttp
import click
import orjson

from benchmarks.machine import machine, quantile
from stream.embedded.ports import any_free
from stream.embedded.redis import EmbeddedRedis
from stream.settings import Settings, load
from tests.integration.api_seed import process

DAY_MS = 86_400_000
START = 1_538_352_000_000
PAGES = ("Home", "NextSong", "NextSong", "Thumbs Up", "NextSong", "Roll Advert", "NextSong")


@click.command()
@click.option("--users", default=5_000, show_default=True, help="Users in Redis.")
@click.option("--days", default=14, show_default=True, help="Days of their log.")
@click.option("--rate", default=500, show_default=True, help="Requests a second.")
@click.option("--seconds", default=20.0, show_default=True, help="How long, after a warm-up.")
def main(users: int, days: int, rate: int, seconds: float) -> None:
    """Seed a Redis by running the engine over a log, start the API, and ask it for scores."""
    # the machine first: figures mean nothing without it
    print(machine())
    figures = measure(users, days, rate, seconds)
    print(
        f"{figures['api_requests_s']:.0f} requests/s: p50 {figures['api_p50_ms']:.2f} ms, "
        f"p99 {figures['api_p99_ms']:.2f} ms (aim: p99 below 10 ms at 500/s)"
    )


def measure(
    users: int = 5_000, days: int = 14, rate: int = 500, seconds: float = 20.0
) -> dict[str, float]:
    """Return the rate answered (requests a second), and the quantiles of the latency (ms)."""
    with (
        tempfile.TemporaryDirectory() as directory,
        EmbeddedRedis(Path(directory)) as redis,
    ):
        settings = load({"redis_url": redis.url, "api_port": any_free(), "domains": "churn"})
        asyncio.run(process(settings, _log(users, days)))
        return asyncio.run(_measure(settings, users, rate, seconds))


def _log(users: int, days: int) -> list[bytes]:
    rng = random.Random(1)
    events = []
    for user in range(users):
        for day in range(days):
            if day == user % days or rng.random() < 0.25:
                at = START + day * DAY_MS + rng.randrange(DAY_MS // 2)
                for item, page in enumerate(PAGES):
                    events.append((at + item * 200_000, user, page, user * 1000 + day))
        if rng.random() < 0.05:
            at = START + rng.randrange(days) * DAY_MS + DAY_MS // 2
            events.append((at, user, "Cancellation Confirmation", user * 1000))
    return [
        orjson.dumps(
            {
                "ts": ts,
                "userId": str(user),
                "page": page,
                "sessionId": session,
                "auth": "Logged In",
                "level": "paid",
            }
        )
        for ts, user, page, session in sorted(events)
    ]


async def _measure(settings: Settings, users: int, rate: int, seconds: float) -> dict[str, float]:
    base = f"http://127.0.0.1:{settings.api_port}"
    env = {
        **os.environ,
        "WEIR_REDIS_URL": settings.redis_url,
        "WEIR_DOMAINS": "churn",
        "WEIR_LOG_LEVEL": "WARNING",
    }
    # no thread of ours waits for it: it is a server, and ends when told to
    api = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-m", "api", "--port", str(settings.api_port)], env=env
    )
    try:
        connector = aiohttp.TCPConnector(limit=200)
        async with aiohttp.ClientSession(base, connector=connector) as session:
            await _until_ready(session, api)
            await _fire(session, users, rate, 3.0)
            return await _report(session, users, rate, seconds)
    finally:
        api.terminate()
        api.wait()


async def _until_ready(session: aiohttp.ClientSession, api: subprocess.Popen[bytes]) -> None:
    while api.poll() is None:
        with contextlib.suppress(aiohttp.ClientConnectionError):  # not listening yet
            async with session.get("/readyz") as response:
                if response.status == 200:
                    return
        await asyncio.sleep(0.1)
    raise click.ClickException("the API has ended")


async def _report(
    session: aiohttp.ClientSession, users: int, rate: int, seconds: float
) -> dict[str, float]:
    started = time.perf_counter()
    times, statuses = await _fire(session, users, rate, seconds)
    taken = time.perf_counter() - started
    if set(statuses) != {200}:
        raise click.ClickException(f"not every answer was 200: {dict(statuses)}")
    return {
        "api_requests_s": len(times) / taken,
        "api_p50_ms": quantile(times, 0.5),
        "api_p99_ms": quantile(times, 0.99),
    }


async def _fire(
    session: aiohttp.ClientSession, users: int, rate: int, seconds: float
) -> tuple[list[float], Counter[int]]:
    rng = random.Random(2)
    times: list[float] = []
    statuses: Counter[int] = Counter()

    async def one(due: float) -> None:
        async with session.get(f"/v1/churn/users/{rng.randrange(users)}") as response:
            await response.read()
        times.append((time.perf_counter() - due) * 1000)
        statuses[response.status] += 1

    started = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number in range(int(rate * seconds)):
            due = started + number / rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            tasks.create_task(one(due))
    return times, statuses


if __name__ == "__main__":
    main()
