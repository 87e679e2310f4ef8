"""Requests at a fixed rate, whether or not earlier ones have been answered (open loop).

A request's time counts from when it was due, so a stalled server cannot hide its queue.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable

#: Asks once; returns the status of the answer.
Ask = Callable[[], Awaitable[int]]


async def fire(ask: Ask, rate: int, seconds: float) -> tuple[list[float], Counter[int]]:
    """Ask at a rate (requests a second); return the times (ms), and how often each status came."""
    times: list[float] = []
    statuses: Counter[int] = Counter()

    async def one(due: float) -> None:
        status = await ask()
        times.append((time.perf_counter() - due) * 1000)
        statuses[status] += 1

    started = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number in range(int(rate * seconds)):
            due = started + number / rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            tasks.create_task(one(due))
    return times, statuses
