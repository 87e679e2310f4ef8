"""The record of answered scores, from the request to the disk: grouped, bounded, never lost."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

import pytest

from stream.adapters.prediction_log import PredictionLog
from stream.record import DatabaseAway, Prediction, Recorder
from tests.databases import PostgresServer
from tests.record_parts import everything, locked, prediction, request_ids, with_log

ROOT = Path(__file__).parents[2]
PROCESSES = 5


class Counted:
    """A log, and the sizes of its transactions."""

    def __init__(self, log: PredictionLog) -> None:
        self._log = log
        self.lanes = log.lanes
        self.sizes: list[int] = []

    async def append(self, rows: Sequence[Prediction]) -> None:
        self.sizes.append(len(rows))
        await self._log.append(rows)


Scenario = Callable[[PredictionLog, Recorder], Awaitable[None]]


def with_recorder(url: str, scenario: Scenario, patience: float = 5.0) -> None:
    async def main(log: PredictionLog) -> None:
        recorder = Recorder(log, patience)
        try:
            await scenario(log, recorder)
        finally:
            await recorder.close()

    with_log(url, main, patience)


async def record_again(recorder: Recorder) -> None:
    """Record a prediction, as often as it takes a database that has just come back."""
    async with asyncio.timeout(10):
        while True:
            try:
                await recorder.record([prediction(request_id="later")])
            except DatabaseAway:
                continue
            break


def test_many_at_once_share_few_transactions(database_url: str) -> None:
    async def scenario(log: PredictionLog) -> None:
        await log.prepare()
        counted = Counted(log)
        recorder = Recorder(counted, 30)
        rows = [prediction(request_id=str(n)) for n in range(500)]
        await asyncio.gather(*(recorder.record([row]) for row in rows))
        assert sum(counted.sizes) == 500
        assert len(counted.sizes) < 10
        found = await everything(log)
        assert {row.request_id for row in found} == {row.request_id for row in rows}

    with_log(database_url, scenario)


def test_odd_text_of_one_request_does_not_fail_the_others(database_url: str) -> None:
    async def scenario(log: PredictionLog, recorder: Recorder) -> None:
        texts = ["plain", "\0", "\ud800", "x" * 100_000, "\U0001f600"] * 20
        await asyncio.gather(*(recorder.record([prediction(input=text)]) for text in texts))
        assert len(await everything(log)) == len(texts)

    with_recorder(database_url, scenario)


def test_a_client_that_leaves_does_not_take_others_along(database_url: str) -> None:
    async def scenario(log: PredictionLog, recorder: Recorder) -> None:
        await log.prepare()
        for _ in range(20):
            tasks = [
                asyncio.create_task(recorder.record([prediction(request_id=str(n))]))
                for n in range(40)
            ]
            await asyncio.sleep(0.002)
            for task in tasks[::2]:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert outcomes[1::2] == [None] * 20
        counts = [row.request_id for row in await everything(log)]
        assert all(counts.count(str(n)) == 20 for n in range(1, 40, 2))

    with_recorder(database_url, scenario)


def test_nobody_waits_longer_than_the_patience(database_url: str) -> None:
    async def scenario(log: PredictionLog, recorder: Recorder) -> None:
        await log.prepare()
        async with locked(database_url):
            began = time.monotonic()
            tasks = []
            for _ in range(10):
                tasks.append(asyncio.create_task(recorder.record([prediction()])))
                await asyncio.sleep(0.05)
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(outcome, DatabaseAway) for outcome in outcomes)
            assert time.monotonic() - began < 0.5 + 0.6 + 1
        await record_again(recorder)
        assert (await everything(log))[0].request_id == "later"

    with_recorder(database_url, scenario, patience=0.6)


def test_a_postgresql_that_hangs_is_away_and_used_again_when_it_goes_on(
    fresh_postgres: PostgresServer,
) -> None:
    async def scenario(log: PredictionLog, recorder: Recorder) -> None:
        await asyncio.gather(*(recorder.record([prediction()]) for _ in range(10)))
        sql = "SELECT pid FROM pg_stat_activity WHERE application_name = 'weir'"
        rows = await asyncio.to_thread(fresh_postgres.sql, sql)
        frozen = [fresh_postgres.pid, *(row["pid"] for row in rows)]
        assert len(frozen) > 1
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            for _ in range(4):  # over the connections there are, then over new ones
                began = time.monotonic()
                tasks = [recorder.record([prediction()]) for _ in range(20)]
                outcomes = await asyncio.gather(*tasks, return_exceptions=True)
                assert all(isinstance(outcome, DatabaseAway) for outcome in outcomes)
                assert time.monotonic() - began < 1.5
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
        await record_again(recorder)
        assert (await everything(log))[0].request_id == "later"

    with_recorder(fresh_postgres.url(), scenario, patience=0.5)


Start = Callable[[], subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts processes that record as they are told."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.record_process"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with process:
            process.kill()


def tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin
    process.stdin.write(line + "\n")
    process.stdin.flush()


def output(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout
    return process.stdout


def test_several_processes_prepare_at_once(
    start: Start, tmp_path: Path, postgres: PostgresServer
) -> None:
    processes = [start() for _ in range(PROCESSES)]
    urls = [f"sqlite:///{tmp_path}/{attempt}/weir.db" for attempt in range(5)]
    for url in [*urls, *(postgres.new_database() for _ in range(5))]:
        for process in processes:
            tell(process, f"once {url}")
        acknowledged = {output(process).readline().strip() for process in processes}
        assert acknowledged == {f"{process.pid}-0" for process in processes}
        assert sorted(request_ids(url)) == sorted(acknowledged)


def test_kill_9_loses_nothing_that_was_acknowledged(database_url: str, start: Start) -> None:
    acknowledged: set[str] = set()
    for rows in (1, 150, 400):
        process = start()
        tell(process, f"forever {database_url}")
        lines = [output(process).readline().strip() for _ in range(rows)]
        process.kill()
        lines += output(process).read().splitlines()
        assert len(lines) >= rows
        acknowledged.update(line for line in lines if line)
    found = request_ids(database_url)
    assert acknowledged <= set(found)
    assert len(found) == len(set(found))
    # what was under way may be there without having been acknowledged, and no more
    assert len(found) - len(acknowledged) <= 3 * 8


def test_kill_9_of_postgresql_loses_nothing_either(fresh_postgres: PostgresServer) -> None:
    acknowledged: list[str] = []

    async def scenario(log: PredictionLog, recorder: Recorder) -> None:
        async def record(number: int) -> None:
            await recorder.record([prediction(request_id=str(number))])
            acknowledged.append(str(number))

        for killed in range(3):
            tasks = [asyncio.create_task(record(1000 * killed + n)) for n in range(200)]
            await asyncio.sleep(0.01 * killed)
            await asyncio.to_thread(fresh_postgres.process.kill)
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.to_thread(fresh_postgres.start)
            await record(1000 * killed + 999)
        found = {row.request_id for row in await everything(log)}
        assert set(acknowledged) <= found

    with_recorder(fresh_postgres.url(), scenario, patience=20)
