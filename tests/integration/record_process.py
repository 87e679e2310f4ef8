"""A process that records, for the tests of several at once and of ``kill -9``.

It is told what to do by lines on stdin. ``once URL``: prepare that database and record one row.
``forever URL``: record rows until killed. What is acknowledged is a line on stdout: its request id.
"""

import asyncio
import itertools
import os
import sys
from collections.abc import Iterator

from stream.adapters.prediction_log import PredictionLog
from stream.record import Recorder
from tests.record_parts import prediction

TASKS = 8


async def keep_recording(recorder: Recorder, numbers: Iterator[int]) -> None:
    """Record a row, say so, and again."""
    for number in numbers:
        request = f"{os.getpid()}-{number}"
        await recorder.record([prediction(request_id=request, input="x" * 500)])
        sys.stdout.write(f"{request}\n")
        sys.stdout.flush()


async def obey(order: str, url: str) -> None:
    """Do as a line of stdin says."""
    log = PredictionLog.from_url(url, 30)
    await log.prepare()
    recorder = Recorder(log, 30)
    if order == "once":
        await keep_recording(recorder, iter([0]))
    else:
        numbers = itertools.count()
        await asyncio.gather(*(keep_recording(recorder, numbers) for _ in range(TASKS)))
    await recorder.close()
    await log.close()


if __name__ == "__main__":
    for line in sys.stdin:
        asyncio.run(obey(*line.split()))
