"""Starts workers (chunk_worker.py) that write all that they do into one ledger, and reads it."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stream.embedded.guard import Guard
from stream.embedded.kafka_server import KafkaServer
from tests.integration.chunk_worker import open_ledger

WORKER = Path(__file__).with_name("chunk_worker.py")
ROOT = WORKER.parents[2]
#: Nothing here takes nearly as long, unless it hangs.
PATIENCE = 120.0


class Workers:
    """Starts workers on one ledger, and looks into it."""

    def __init__(self, broker: KafkaServer, directory: Path, group: str, guard: Guard) -> None:
        self.broker, self.group, self._guard = broker, group, guard
        self._directory = directory
        self._path = str(directory / "ledger.db")
        self.ledger: sqlite3.Connection = open_ledger(self._path)
        self._all: list[subprocess.Popen[str]] = []

    def start(self, topics: str, behaviour: str = "", url: str = "") -> "subprocess.Popen[str]":
        arguments = [url or self.broker.url, self.group, topics, self._path, behaviour]
        log = self._directory / f"worker-{len(self._all)}.log"
        with log.open("w") as stderr, log.with_suffix(".out").open("w") as stdout:
            process = subprocess.Popen(
                [sys.executable, str(WORKER), *arguments],
                stdout=stdout,
                stderr=stderr,
                cwd=ROOT,
                env={"PYTHONPATH": str(ROOT)},
                text=True,
                start_new_session=True,  # the guard ends groups
            )
        self._guard.watch(process.pid)
        self._all.append(process)
        return process

    def log(self, process: "subprocess.Popen[str]", suffix: str = ".log") -> str:
        return (self._directory / f"worker-{self._all.index(process)}{suffix}").read_text()

    def wait_until(self, reached: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not reached():
            assert time.monotonic() < deadline, f"never: {what}\n{self._logs()}"
            time.sleep(0.05)

    def offsets(self, topic: str) -> dict[int, int]:
        rows = self.ledger.execute(
            "select partition, next from partitions where topic = ?", [topic]
        )
        return dict(rows.fetchall())

    def processed(self, topic: str) -> int:
        return sum(self.offsets(topic).values())

    def count(self, what: str, topic: str) -> int:
        row = self.ledger.execute(f"select count(*) from {what} where topic = ?", [topic])  # noqa: S608  # a table's name, by the test
        return int(row.fetchone()[0])

    def freeze_in_a_chunk(self, process: "subprocess.Popen[str]", topic: str) -> bool:
        """Freeze a worker; thaw it when it was not in a chunk at that moment, and return False."""
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        if self.count("begun", topic) > self.count("chunks", topic):
            return True
        process.send_signal(signal.SIGCONT)
        return False

    def assert_all_processed_once(self, topic: str, ends: dict[int, int]) -> None:
        """Assert that the chunks committed cover the logs: no gap, no overlap, tokens in order."""
        for partition, end in ends.items():
            at = token = 0
            for start, first, last, records, its_token in self.ledger.execute(
                "select start, first, last, records, token from chunks"
                " where topic = ? and partition = ? order by rowid",
                (topic, partition),
            ):
                assert start == first == at
                assert last - first + 1 == records
                assert its_token >= token
                at, token = last + 1, its_token
            assert at == end

    def end(self) -> None:
        for process in self._all:
            process.kill()
            process.wait()
            self._guard.forget(process.pid)
        self.ledger.close()

    def _logs(self) -> str:
        return "\n".join(self.log(process) for process in self._all)


def produce(broker: KafkaServer, topic: str, counts: dict[int, int], first: int = 0) -> None:
    """Make a topic, and fill it; each record says where it is (the worker looks)."""

    async def fill() -> None:
        if not first:
            admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
            await admin.start()
            await admin.create_topics([NewTopic(topic, max(counts) + 1, 1)])
            await admin.close()
        producer = AIOKafkaProducer(
            bootstrap_servers=broker.bootstrap, compression_type="lz4", max_batch_size=100_000
        )
        await producer.start()
        for partition, count in counts.items():
            at = first
            while at < first + count:
                batch = producer.create_batch()
                while at < first + count and batch.append(
                    timestamp=None, key=None, value=f"{partition}/{at}/".encode()
                ):
                    at += 1
                await (await producer.send_batch(batch, topic, partition=partition))
        await producer.stop()

    asyncio.run(fill())


def terminate(process: "subprocess.Popen[str]") -> float:
    """Ask a worker to stop; return how many seconds it took."""
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=PATIENCE)
    return time.monotonic() - started
