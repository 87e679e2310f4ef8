"""One partition of one domain: a chunk of records in, scores and examples out, one commit."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from models.book import Book, Counts, Progress
from models.domain import Domain
from models.engine import AnyEngine, Bound, believable
from models.errors import BadRecord
from models.events import Event
from models.state import StateCodec, User
from stream.adapters.redis_commits import Commit
from stream.adapters.redis_store import Claim, Loaded, RedisStore
from stream.emitter import Emitter
from stream.errors import TooMuchRejected
from stream.latest import encode_latest
from stream.metrics import Metrics
from stream.reading import Item, RawRecord, domain_error, read_event
from stream.retrying import when_available
from stream.settings import Settings

logger = logging.getLogger(__name__)

#: In clock=wall, an event further ahead of real time (ms) is rejected.
FUTURE_MS = 3_600_000

#: How many records are looked at to judge that nearly everything is unusable.
REJECT_WINDOW = 10_000


@dataclass(frozen=True)
class Parts:
    """What the processors of one domain share."""

    domain: Domain[Any, Any]
    engine: AnyEngine
    codec: StateCodec[Any]
    store: RedisStore
    emitter: Emitter
    metrics: Metrics
    settings: Settings
    now: Callable[[], float]


class Processor:
    """Processes a partition for as long as this worker holds its claim.

    Args:
        parts: shared by the domain's partitions.
        partition: the partition's number.
        claim: the claim on it, which says where to go on.
    """

    def __init__(self, parts: Parts, partition: int, claim: Claim) -> None:
        self._parts = parts
        self._claim = claim
        self.partition = partition
        self._lock = asyncio.Lock()
        self._committed = claim.progress or msgspec.msgpack.encode(Progress.start())
        self._book = self._open()
        self._counted = self._book.progress.counts.plus(Counts())
        self._watched = self._unusable = 0

    @property
    def offset(self) -> int:
        """The next offset to read, as committed."""
        return self._claim.offset

    @property
    def watermark(self) -> int:
        """Event time of the partition, ms; 0 before the first event."""
        return self._book.progress.watermark

    async def process(self, records: Sequence[RawRecord]) -> None:
        """Take in a chunk whole: when this returns, all of it is committed.

        1. Read the records as events; what cannot be read is for the dead-letter topic.
        2. Load, in one round trip, the users at hand and those that fall due meanwhile.
        3. Step the engine through the events.
        4. Write scores, examples and dead letters, and wait until Kafka has them.
        5. Commit states, schedule, ranking and offset to Redis, all or nothing.
        A chunk in which very much falls due takes steps 2 to 5 several times.

        Raises:
            Fenced: another worker has the partition; nothing of the last round was written.
            TooMuchRejected: nearly every record is unusable.
        """
        parts, domain = self._parts, self._parts.domain.name
        started = parts.now()
        async with self._lock:
            items = [self._read(record) for record in records]
            first, end = 0, len(items)
            while first < len(items):
                first, end = await self._round(items, first, end)
        parts.metrics.observe("chunk_records", [len(items)], domain)
        parts.metrics.observe("chunk_seconds", [parts.now() - started], domain)
        self._judge(items)

    async def tick(self, now_ms: int) -> None:
        """Let real time advance an idle partition to ``now_ms`` (clock=wall).

        The new watermark is committed before anything fires, so that a restart fires the same
        things in the same order.

        Raises:
            Fenced: another worker has the partition.
        """
        async with self._lock:
            if not 0 < self.watermark < now_ms:
                return
            self._book.progress.watermark = now_ms
            await self._commit(self.offset)
            while bound := await self._load((), now_ms):
                self._parts.engine.advance(self._book, bound)
                await self._finish(self.offset, {})
            self._parts.engine.advance(self._book, (now_ms + 1, ""))
            await self._finish(self.offset, {})

    def _open(self) -> Book[Any]:
        return Book(self.partition, msgspec.msgpack.decode(self._committed, type=Progress))

    def _read(self, record: RawRecord) -> Item:
        try:
            event = read_event(self._parts.domain, record.value)
            if event is not None and self._parts.settings.clock == "wall":
                self._refuse_future(event)
        except BadRecord as error:
            return Item(record, None, error)
        return Item(record, event, None)

    def _refuse_future(self, event: Event) -> None:
        if event.ts > self._parts.now() * 1000 + FUTURE_MS:
            raise BadRecord("future_ts", "ts is over an hour ahead of real time")

    async def _round(self, items: list[Item], first: int, end: int) -> tuple[int, int]:
        """Process what one load covers of ``items[first:end]``; return where to go on."""
        clocks = self._clocks(items[first:end])
        wanted = dict.fromkeys(i.event.user_id for i in items[first:end] if i.event is not None)
        bound = await self._load(tuple(wanted), clocks[-1])
        engine, book = self._parts.engine, self._book
        if bound is not None:
            # more is due than was loaded: go only as far as no unloaded item could fire
            covered = next((n for n, at in enumerate(clocks) if at >= bound[0]), len(clocks))
            if not covered:
                engine.advance(book, bound)
                await self._finish(self.offset, {})
                return first, end
            end = first + covered
        engine.advance(book, (book.progress.watermark + 1, ""))
        for index in range(first, end):
            item = items[index]
            try:
                self._step(item)
            except Exception as error:  # noqa: BLE001 - a domain may raise anything
                # the domain's bug may have left a state half changed: go back to the last commit,
                # and come here again with this record rejected
                item.error, item.event = domain_error(error), None
                logger.error(  # noqa: TRY400 - a traceback's message may hold personal values
                    "the domain failed on an event: %s", item.error, extra=self._where(item)
                )
                self._book = self._open()
                return first, index + 1
        produced = {i.record.offset: i.record.timestamp for i in items[first:end] if i.event}
        for item in items[first:end]:
            if item.bad is not None:
                self._parts.emitter.dead_letter(self.partition, item.record, item.bad)
        await self._finish(items[end - 1].record.offset + 1, produced)
        return end, len(items)

    def _clocks(self, items: Sequence[Item]) -> list[int]:
        """Return the partition's clock as it will be after each item."""
        watermark, suspects = self._book.progress.watermark, self._book.progress.suspects
        clocks = []
        for item in items:
            if item.event is not None and item.event.ts > watermark:
                if believable(watermark, suspects, item.event.ts):
                    watermark, suspects = item.event.ts, 0
                else:
                    suspects += 1
            clocks.append(watermark)
        return clocks

    def _step(self, item: Item) -> None:
        counts = self._book.progress.counts
        counts.records += 1
        item.refused = None
        if item.event is not None:
            try:
                self._parts.engine.step(self._book, item.event, item.record.offset)
            except BadRecord as error:
                item.refused = error
                counts.rejected += 1
        elif item.error is not None:
            counts.rejected += 1
        else:
            counts.anonymous += 1

    async def _load(self, wanted: Sequence[str], until: int) -> Bound | None:
        """Load users; return the bound up to which due users are loaded, None for all."""
        parts, book = self._parts, self._book
        most = parts.settings.due_batch
        users = book.users
        missing = []
        for user_id in wanted:
            user = users.pop(user_id, None)
            if user is None:
                missing.append(user_id)
            else:
                users[user_id] = user  # to the end: the oldest stand first when some must go
        started = parts.now()

        async def load() -> Loaded:
            return await parts.store.load(parts.domain.name, self.partition, missing, until, most)

        loaded = await when_available(load, parts.metrics, parts.domain.name)
        parts.metrics.observe("load_seconds", [parts.now() - started], parts.domain.name)
        for user_id, (state, pending) in loaded.users.items():
            if user_id not in users:
                decoded = parts.codec.decode(state)
                waiting = parts.codec.decode_pending(pending) if pending else []
                users[user_id] = User(decoded, waiting, decoded.due)
        book.due = loaded.due
        if len(loaded.due) < most:
            return None
        at, user_id = loaded.due[-1]
        return at, user_id + "\0"

    async def _finish(self, offset: int, produced: dict[int, int]) -> None:
        """Write the outputs, then commit."""
        parts, book, name = self._parts, self._book, self._parts.domain.name
        for scored in book.scored:
            parts.emitter.score(self.partition, scored, produced.get(scored.offset, 0))
        for example in book.examples:
            parts.emitter.example(example)
        if parts.settings.watch_drift:
            for snapshot in book.taken:
                parts.emitter.example(snapshot)
        started = parts.now()
        await parts.emitter.flush()
        now = parts.now()
        parts.metrics.observe("output_seconds", [now - started], name)
        parts.metrics.observe(
            "event_to_score_seconds",
            [
                max(0.0, now - produced[s.offset] / 1000)
                for s in book.scored
                if s.offset in produced
            ],
            name,
        )
        parts.metrics.count("scores_total", len(book.scored), name)
        await self._commit(offset)

    async def _commit(self, offset: int) -> None:
        parts, book, codec = self._parts, self._book, self._parts.codec
        commit = Commit(offset, msgspec.msgpack.encode(book.progress), gone=book.gone)
        for user_id, user in book.changed.items():
            commit.states[user_id] = codec.encode(user.state)
            if user.pending_dirty:
                waiting = user.pending
                commit.pending[user_id] = codec.encode_pending(waiting) if waiting else None
            if user.state.due != user.stored_due:
                commit.due[user_id] = user.state.due
        commit.ranks = {scored.user_id: scored.score for scored in book.scored}
        commit.latest = encode_latest(book.scored)
        started = parts.now()

        async def write() -> None:
            await parts.store.commit(
                parts.domain.name, self.partition, self._claim, commit, int(parts.now() * 1000)
            )

        await when_available(write, parts.metrics, parts.domain.name)
        parts.metrics.observe("commit_seconds", [parts.now() - started], parts.domain.name)
        self._claim = replace(self._claim, commits=self._claim.commits + 1, offset=offset)
        self._committed = commit.progress
        book.settle()
        self._evict()
        self._report()

    def _evict(self) -> None:
        users = self._book.users
        spare = len(users) - self._parts.settings.cache_users
        if spare > 0:
            for user_id in list(users)[:spare]:
                del users[user_id]

    def _report(self) -> None:
        metrics, domain, counts = self._parts.metrics, self._parts.domain.name, self._counted
        now = self._book.progress.counts
        for name in ("scored", "late", "duplicates", "outcomes", "anonymous", "rejected"):
            metrics.count("records_total", getattr(now, name) - getattr(counts, name), domain, name)
        metrics.count("snapshots_total", now.snapshots - counts.snapshots, domain)
        metrics.count("labels_total", now.positives - counts.positives, domain, "1")
        metrics.count("labels_total", now.negatives - counts.negatives, domain, "0")
        part = str(self.partition)
        metrics.set("users", now.users, domain, part)
        metrics.set("pending_labels", now.pending, domain, part)
        metrics.set("watermark_seconds", self.watermark / 1000, domain, part)
        metrics.set("cached_users", len(self._book.users), domain, part)
        self._counted = now.plus(Counts())

    def _judge(self, items: Sequence[Item]) -> None:
        bad = [item.bad for item in items if item.bad is not None]
        for error in bad:
            self._parts.metrics.count("rejected_total", 1, self._parts.domain.name, error.reason)
        self._watched += len(items)
        self._unusable += len(bad)
        if self._watched < REJECT_WINDOW:
            return
        share = self._unusable / self._watched
        self._watched = self._unusable = 0
        if share > self._parts.settings.max_rejected_share:
            name = self._parts.domain.name
            raise TooMuchRejected(
                f"{share:.0%} of the last {REJECT_WINDOW:,} records of events.{name} partition "
                f"{self.partition} were unusable (the newest: {bad[-1]}); they are in dlq.{name}. "
                "Is another format or topic read? WEIR_MAX_REJECTED_SHARE sets the limit"
            )

    def _where(self, item: Item) -> dict[str, object]:
        name = self._parts.domain.name
        return {"domain": name, "partition": self.partition, "offset": item.record.offset}
