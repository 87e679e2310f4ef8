"""What an answer of the API asks of Redis, by the number of partitions: each is asked.

The rank percentile of a score is how many users are below it in every partition's ranking.
"""

import asyncio
import time
from statistics import median

import redis

from stream.adapters.redis_reader import RedisReader
from stream.keys import PartitionKeys

_USERS, _TIMES = 500, 200


def below_ms(redis_url: str, partitions: int) -> float:
    """Return the median time (ms) of one question for a percentile; leaves rankings behind."""
    with redis.Redis.from_url(redis_url) as client:
        scores = {f"u{number}": number / _USERS for number in range(_USERS)}
        for partition in range(partitions):
            client.zadd(PartitionKeys.of("churn", partition).rank, scores)
    return asyncio.run(_below_ms(redis_url, partitions))


async def _below_ms(redis_url: str, partitions: int) -> float:
    reader = RedisReader.from_url(redis_url)
    times = []
    try:
        for _ in range(_TIMES):
            started = time.perf_counter()
            await reader.below("churn", partitions, [0.5])
            times.append((time.perf_counter() - started) * 1000)
    finally:
        await reader.close()
    return median(times)
