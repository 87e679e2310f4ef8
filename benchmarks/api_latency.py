"""How long a score takes: GETs at a fixed rate against a real API and a real Redis.

Open loop (``open_loop``). Every answer is recorded in an SQLite file, as the API does by default.

    uv run python -m benchmarks.api_latency --rate 500 --seconds 20
"""

import asyncio
import random
import tempfile
import time
from pathlib import Path

import click
import orjson

from benchmarks.api_server import api
from benchmarks.machine import machine, quantile
from benchmarks.open_loop import fire
from stream.embedded.guard import Guard
from stream.embedded.redis import EmbeddedRedis
from stream.settings import load
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
        Guard() as guard,
        EmbeddedRedis(Path(directory), guard=guard) as redis,
    ):
        settings = load({"redis_url": redis.url, "domains": "churn"})
        asyncio.run(process(settings, _log(users, days)))
        return asyncio.run(_measure(Path(directory), guard, redis.url, users, rate, seconds))


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


async def _measure(
    where: Path, guard: Guard, redis_url: str, users: int, rate: int, seconds: float
) -> dict[str, float]:
    rng = random.Random(2)
    database = f"sqlite:///{where / 'weir.db'}"
    async with api(where, guard, redis_url, "churn", database) as session:

        async def ask() -> int:
            async with session.get(f"/v1/churn/users/{rng.randrange(users)}") as response:
                await response.read()
            return response.status

        await fire(ask, rate, 3.0)
        started = time.perf_counter()
        times, statuses = await fire(ask, rate, seconds)
        taken = time.perf_counter() - started
    if set(statuses) != {200}:
        raise click.ClickException(f"not every answer was 200: {dict(statuses)}")
    return {
        "api_requests_s": len(times) / taken,
        "api_p50_ms": quantile(times, 0.5),
        "api_p99_ms": quantile(times, 0.99),
    }


if __name__ == "__main__":
    main()
