"""A worker for the tests of the transport: writes down what it processed, all or nothing.

usage: chunk_worker.py BROKER_URL GROUP TOPICS LEDGER [BEHAVIOUR]

TOPICS is comma separated. LEDGER is an SQLite file that all workers share: a token and an offset
for each partition (as Redis has them), and one row for each chunk. A commit with a token that is
no longer the partition's is refused. BEHAVIOUR: ``slow`` takes 0.2 s a chunk, ``raise`` raises at
the third chunk, ``hold`` never finishes a chunk of the first topic.
"""

import asyncio
import logging
import os
import sqlite3
import sys

from stream.chunk import Chunk
from stream.kafka_address import KafkaAddress
from stream.runner import build_app, consume, run

SCHEMA = """
create table if not exists partitions
    (topic text, partition int, token int, next int, primary key (topic, partition));
create table if not exists chunks
    (topic text, partition int, start int, first int, last int, records int, token int, pid int);
create table if not exists refused (topic text, partition int, start int, token int);
create table if not exists begun (topic text, partition int, start int);
"""


def open_ledger(path: str) -> sqlite3.Connection:
    """Open the ledger; a transaction begins with ``begin immediate``."""
    ledger = sqlite3.connect(path, timeout=30, isolation_level=None)
    ledger.execute("pragma journal_mode=wal")
    ledger.execute("pragma synchronous=off")
    ledger.executescript(SCHEMA)
    return ledger


class LedgerOwner:
    """The ``OffsetOwner``."""

    def __init__(self, ledger: sqlite3.Connection) -> None:
        self._ledger = ledger
        self._tokens: dict[tuple[str, int], int] = {}

    async def claim(self, topic: str, partition: int) -> int:
        with self._ledger:
            self._ledger.execute("begin immediate")
            self._ledger.execute(
                "insert into partitions values (?, ?, 1, 0)"
                " on conflict do update set token = token + 1",
                (topic, partition),
            )
            row = self._ledger.execute(
                "select token, next from partitions where topic = ? and partition = ?",
                (topic, partition),
            ).fetchone()
        self._tokens[topic, partition] = row[0]
        return int(row[1])

    def revoked(self, topic: str, partition: int) -> None:
        self._tokens.pop((topic, partition), None)

    def begin(self, chunk: Chunk) -> None:
        row = (chunk.topic, chunk.partition, chunk.start)
        self._ledger.execute("insert into begun values (?, ?, ?)", row)

    def commit(self, chunk: Chunk, pid: int) -> None:
        token = self._tokens[chunk.topic, chunk.partition]
        where = (chunk.topic, chunk.partition)
        with self._ledger:
            self._ledger.execute("begin immediate")
            done = self._ledger.execute(
                "update partitions set next = ?"
                " where topic = ? and partition = ? and token = ? and next = ?",
                (chunk.end, *where, token, chunk.start),
            ).rowcount
            if done:
                self._ledger.execute(
                    "insert into chunks values (?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        *where,
                        chunk.start,
                        chunk.first_offset,
                        chunk.last_offset,
                        len(chunk.records),
                        token,
                        pid,
                    ),
                )
            else:
                self._ledger.execute(
                    "insert into refused values (?, ?, ?, ?)", (*where, chunk.start, token)
                )

    def offsets(self) -> dict[tuple[str, int], int]:
        rows = self._ledger.execute("select topic, partition, next from partitions")
        return {(topic, partition): offset for topic, partition, offset in rows}


def main(url: str, group: str, topics: str, path: str, behaviour: str = "") -> int:
    logging.basicConfig(
        level=logging.INFO, format="LOG %(asctime)s %(levelname)s %(name)s %(message)s"
    )
    owner = LedgerOwner(open_ledger(path))
    app = build_app(
        name=group,
        kafka=KafkaAddress(url.removeprefix("kafka://")),
        owner=owner,
        session_timeout=6,
        rebalance_timeout=4,
        heartbeat_interval=1,
    )
    seen = 0

    async def process(chunk: Chunk) -> None:
        nonlocal seen
        seen += 1
        owner.begin(chunk)
        if behaviour == "raise" and seen == 3:
            raise ValueError("planted")
        for record in chunk.records:
            assert record.value.startswith(b"%d/%d/" % (record.partition, record.offset))
        await asyncio.sleep(0.2 if behaviour == "slow" else 0)
        if behaviour == "hold" and chunk.topic == topics.split(",", maxsplit=1)[0]:
            await asyncio.sleep(3600)
        owner.commit(chunk, os.getpid())

    for topic in topics.split(","):
        consume(app, topic, name=topic, process=process)

    async def report() -> None:
        await app.chunk_consumer.commit_for_lag_tools(owner.offsets())

    app.timer(0.5)(report)
    print("printed", flush=True)  # noqa: T201  # the test looks whether stdout was left alone
    return run(app)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
