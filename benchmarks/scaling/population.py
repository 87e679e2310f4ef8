"""Many users in Redis, as an engine has really made them, under made-up ids.

To replay a million users through the stream would take hours. So the engine runs over a generated
log of some users for twelve and a half days (by then every one has all of his snapshots waiting,
and labels come), and each of these users is written into Redis as often as it takes, in the
encoding and by the commits of the worker, each time under another id. The next events of the log
then come from all copies of their user.
"""

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import orjson

from benchmarks.workload import Record
from models import domains
from models.book import Book, Counts, Progress
from models.engine import Engine
from models.learner import Learner
from models.plan import DAY_MS, Plan
from models.state import StateCodec
from replay.generate import load as load_maker
from stream.adapters.partitioner import partition_of
from stream.adapters.redis_commits import Commit
from stream.adapters.redis_connection import connect
from stream.adapters.redis_store import RedisStore
from stream.reading import read_event

_DOMAIN = "churn"
_DAYS, _CUT_DAYS = 19, 12.5

#: Users that are written at once.
_BATCH = 5_000


@dataclass(frozen=True)
class Stored:
    """A user as the worker would have written him.

    Attributes:
        user_id: in the generated log.
        state: encoded.
        pending: encoded snapshots that wait; None without any.
        due: when the schedule needs him next, ms; 0 for never.
        score: the newest one.
        waiting: how many snapshots wait.
    """

    user_id: str
    state: bytes
    pending: bytes | None
    due: int
    score: float
    waiting: int


@dataclass(frozen=True)
class Population:
    """Users at one moment of event time, and what they do next.

    Attributes:
        users: those of the generated log.
        at: the moment, ms.
        events: lines after it, with their user ids.
    """

    users: Sequence[Stored]
    at: int
    events: Sequence[tuple[str, dict[str, Any]]]

    def time_of(self, line: bytes) -> int:
        """Return the event time of a line, ms."""
        return int(orjson.loads(line)["ts"])

    def copies(self, users: int) -> Iterator[tuple[str, Stored]]:
        """Yield ids and states of so many users."""
        for number in range(users):
            stored = self.users[number % len(self.users)]
            yield _copy(stored.user_id, number // len(self.users)), stored

    def log(self, users: int, events: int, partitions: int) -> list[Record]:
        """Return so many events (a few less) of so many users, laid out over the partitions."""
        known = {stored.user_id: number for number, stored in enumerate(self.users)}
        records: list[Record] = []
        for user_id, event in self.events:
            number = known.get(user_id)
            if number is None:
                continue  # he came after the cut
            for copy in range((users - number + len(self.users) - 1) // len(self.users)):
                name = _copy(user_id, copy)
                line = orjson.dumps({**event, "userId": name})
                records.append(Record(partition_of(name, partitions), name.encode(), line))
            if len(records) >= events:
                break
        return records[:events]


def _copy(user_id: str, number: int) -> str:
    return f"{user_id}-{number}" if number else user_id


def population(users: int) -> Population:
    """Run the engine over a log of so many users."""
    domain = domains.load(_DOMAIN)
    engine: Engine[Any, Any] = Engine(domain, Learner(domain).predictors())
    book: Book[Any] = Book(0, Progress.start())
    scores: dict[str, float] = {}
    plan = Plan(users=users, days=_DAYS, seed=7)
    cut = plan.start_ms + int(_CUT_DAYS * DAY_MS)
    lines = (line for _, line in load_maker(_DOMAIN)(plan))
    rest: list[tuple[str, dict[str, Any]]] = []
    for number, line in enumerate(lines):
        event = read_event(domain, line)
        if event is None:
            continue
        if event.ts > cut:
            rest.append((event.user_id, orjson.loads(line)))
            continue
        engine.step(book, event, number)
        if not number % 2000:
            _settle(book, scores)
    engine.advance(book, (cut + 1, ""))
    book.progress.watermark = cut
    _settle(book, scores)
    codec: StateCodec[Any] = StateCodec(domain.data_type)
    stored = [
        Stored(
            user_id,
            codec.encode(user.state),
            codec.encode_pending(user.pending) if user.pending else None,
            user.state.due,
            scores.get(user_id, 0.0),
            len(user.pending),
        )
        for user_id, user in book.users.items()
    ]
    return Population(stored, cut, rest)


def _settle(book: Book[Any], scores: dict[str, float]) -> None:
    scores.update({scored.user_id: scored.score for scored in book.scored})
    book.settle()


def write(found: Population, users: int, redis_url: str, partitions: int) -> None:
    """Write so many users into an empty Redis, by commits of the worker's."""
    asyncio.run(_write(found, users, redis_url, partitions))


async def _write(found: Population, users: int, redis_url: str, partitions: int) -> None:
    async with connect(redis_url) as client:
        # what is measured is not how Redis rewrites its log while it is filled
        await client.config_set("auto-aof-rewrite-percentage", "0")
        store = RedisStore(client)
        await store.lay_out(_DOMAIN, partitions)
        claims = [await store.claim(_DOMAIN, number) for number in range(partitions)]
        counts = [Counts() for _ in claims]
        copies = found.copies(users)
        while batch := list(itertools.islice(copies, _BATCH)):
            rows = [Commit(0, b"") for _ in claims]
            for user_id, stored in batch:
                partition = partition_of(user_id, partitions)
                _add(rows[partition], counts[partition], user_id, stored)
            for partition, row in enumerate(rows):
                progress = Progress(found.at, 0, 0, counts[partition])
                row.progress = msgspec.msgpack.encode(progress)
                claim = claims[partition]
                await store.commit(_DOMAIN, partition, claim, row, found.at)
                claims[partition] = replace(claim, commits=claim.commits + 1)


def _add(row: Commit, counts: Counts, user_id: str, stored: Stored) -> None:
    row.states[user_id] = stored.state
    if stored.pending:
        row.pending[user_id] = stored.pending
    if stored.due:
        row.due[user_id] = stored.due
    row.ranks[user_id] = stored.score
    counts.users += 1
    counts.snapshots += stored.waiting
