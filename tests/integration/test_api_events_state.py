"""What the API's events say of the stream: runs, idles, is behind, has stopped, is unknown."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import redis

from stream.adapters.redis_connection import connect
from stream.adapters.redis_store import RedisStore
from stream.embedded.guard import Guard
from stream.embedded.ports import any_free
from stream.embedded.redis import EmbeddedRedis
from stream.keys import PartitionKeys
from stream.pulse import Pulse
from stream.settings import load
from tests.drift_parts import alarm, push
from tests.integration.api_process import api, gauges, server_stopped
from tests.integration.api_seed import log, process
from tests.listening import listening


@asynccontextmanager
async def pulse_of(url: str) -> AsyncIterator[Pulse]:
    async with connect(url) as client:
        yield Pulse("churn", RedisStore(client))


def commit_now(url: str, at: float) -> None:
    with redis.Redis.from_url(url) as client:
        client.hset(PartitionKeys.of("churn", 0).meta, "committed_at", str(int(at * 1000)))


def test_how_the_stream_is(guard: Guard, tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path, any_free(), guard)
    settings = load({"redis_url": server.url, "domains": "churn"})
    hour = 3_600
    # signs from the future stay fresh, however slow the machine is
    later = int((time.time() + hour) * 1000)
    with api(settings, tmp_path / "log") as (_, client), server_stopped(server):
        url = str(client.base_url)

        async def scenario() -> None:
            async with listening(url) as ear, pulse_of(server.url) as pulse:

                async def becomes(state: str) -> dict[str, Any]:
                    start = len(ear.told)
                    return await ear.until("status", lambda d: d["state"] == state, start)

                assert "Redis" in (await becomes("unknown"))["detail"]
                await asyncio.to_thread(server.start)
                assert "has run" in (await becomes("stopped"))["detail"]
                push(server.url, [alarm(1)])
                await ear.heard(alarm(1).id)
                await process(settings, log()[:400], rounds=1)
                await ear.until("scores")
                await ear.until("ranking", lambda data: data["total"] > 0)
                await ear.until("model", lambda data: data["published"])
                assert (await becomes("stopped"))["detail"] == "no worker runs"
                await pulse.beat(dict.fromkeys(range(4), 0), later)
                idle = await becomes("idle")
                assert (idle["lag"], idle["detail"]) == (0, None)
                await pulse.beat({0: 5, 1: 0, 2: 2, 3: 0}, later)
                behind = await becomes("behind")
                assert behind["lag"] == 7
                commit_now(server.url, time.time() + hour)
                running = await becomes("running")
                assert running["committed_at"] > behind["committed_at"]
                assert gauges(url)['weir_stream_pulse_seconds{domain="churn"}'] > time.time()
                await pulse.beat({0: 5}, later)
                start = len(ear.told)
                some = await ear.until("status", lambda d: d["lag"] == 5, start)
                assert some["detail"] == "3 of 4 partitions have no worker"
                await pulse.end()
                await becomes("stopped")
                await asyncio.to_thread(server.stop)
                unknown = await becomes("unknown")
                assert "Redis" in unknown["detail"]
                assert unknown["records"] == 400
                # the same connection goes on when it is back
                await asyncio.to_thread(server.start)
                await becomes("stopped")
                assert [data["id"] for data in ear.of("alarm")] == [alarm(1).id]

        asyncio.run(scenario())
