"""What the API reads of one domain: users, ranking, clock, models, drift and signs of life."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import islice, pairwise
from typing import Any

import msgspec

from models.book import Counts, Progress
from models.domain import Domain
from models.domains import load
from models.predictors import Predictors
from models.state import Pending, StateCodec, UserState
from stream.adapters.partitioner import partition_of
from stream.adapters.redis_reader import RedisReader, StoredUser
from stream.coalescing import Coalesced
from stream.desk import Desk
from stream.glimpse import Glimpse, Watched
from stream.model_feed import ModelFeed
from stream.redis_away import answering
from stream.settings import Settings


@dataclass(frozen=True)
class Position:
    """How far the stream is.

    Attributes:
        partitions: how many the states are laid out for; 0 before the first worker.
        clock: the newest event time of any partition, ms; 0 before the first event.
        committed_at: wall clock of the newest commit, ms; 0 before the first.
        examples: how many have been emitted.
        counts: what became of all records.
    """

    partitions: int = 0
    clock: int = 0
    committed_at: int = 0
    examples: int = 0
    counts: Counts = field(default_factory=Counts)


@dataclass(frozen=True)
class KnownUser:
    """A user, read back.

    Attributes:
        state: the state.
        ranked: the latest score of the stream, None when not in the ranking.
        pending: the snapshots that wait for their label, oldest first; empty when not asked for.
    """

    state: UserState[Any]
    ranked: float | None
    pending: Sequence[Pending] = ()


@dataclass(frozen=True)
class _Places:
    """Where users are looked for: (partition, user id); and whether with their snapshots."""

    places: Sequence[tuple[int, str]]
    with_pending: bool


@dataclass(frozen=True)
class RankingPage:
    """A part of the ranking.

    Attributes:
        total: how many users are ranked.
        first: the rank of the first row, from 1.
        rows: (user id, latest score of the stream), in order.
        after: where the next page starts in each partition; None after the last row.
    """

    total: int
    first: int
    rows: list[tuple[str, float]]
    after: tuple[int, ...] | None


class Reader:
    """Reads one domain.

    Every coroutine raises ``RedisAway`` when Redis does not answer in time.

    Args:
        domain: which domain.
        redis: where its state is.
        key: the signing key of its models.

    Attributes:
        desk: where something is asked of its learner.
    """

    def __init__(self, domain: Domain[Any, Any], redis: RedisReader, key: bytes) -> None:
        self.domain = domain
        self._redis = redis
        self._codec: StateCodec[Any] = StateCodec(domain.data_type)
        self._feed = ModelFeed(domain, redis.models(), key)
        self.desk = Desk(domain.name, redis.control())
        self._stored = Coalesced(self._read_users)
        self._counted = Coalesced(self._count_below)

    @property
    def models(self) -> Predictors:
        """The newest models that were read; unlearnt ones before the first."""
        return self._feed.current

    @property
    def lineup(self) -> bytes:
        """Who serves and who shadows, JSON; empty before the first version."""
        return self._feed.lineup

    @property
    def report(self) -> bytes:
        """The learner's figures on these models, JSON; empty before the first."""
        return self._feed.report

    async def refresh_models(self) -> bool:
        """Read the newest models, if there are newer ones; tell whether there were.

        Raises:
            BadCheckpoint: they are not signed with our key, or cannot be read by this version.
        """
        async with answering():
            return await self._feed.refresh()

    async def position(self) -> Position:
        """Return how far the stream is, in two round trips."""
        name = self.domain.name
        async with answering():
            partitions = await self._redis.partitions(name)
            rows = await self._redis.progress(name, partitions)
        clock, examples, counts = 0, 0, Counts()
        for raw, _ in rows:
            if raw is not None:
                progress = msgspec.msgpack.decode(raw, type=Progress)
                clock, counts = max(clock, progress.watermark), counts.plus(progress.counts)
                examples += progress.seq
        committed_at = max((at for _, at in rows), default=0)
        return Position(partitions, clock, committed_at, examples, counts)

    async def users(
        self, user_ids: Sequence[str], partitions: int, *, with_pending: bool = False
    ) -> dict[str, KnownUser]:
        """Return those of the users that are known, by id.

        One round trip to where Kafka's default partitioner sends them, shared with who else asks
        just then; one more for those that are not there, to every other partition: their producer
        may have chosen another. Snapshots that wait for their label are read along when asked for.

        Raises:
            BadState: a state was written by another version of Weir.
        """
        if not partitions:
            return {}
        homes = {user_id: partition_of(user_id, partitions) for user_id in user_ids}
        found = await self._stored(
            _Places([(home, user_id) for user_id, home in homes.items()], with_pending)
        )
        lost = [(home, u) for u, home in homes.items() if u not in found]
        elsewhere = [(p, u) for p in range(partitions) for home, u in lost if p != home]
        if elsewhere:
            found |= await self._stored(_Places(elsewhere, with_pending))
        return {user_id: self._known(user) for user_id, user in found.items()}

    async def below(self, scores: Sequence[float], partitions: int) -> tuple[int, list[int]]:
        """Return how many users are ranked, and how many of them below each of the scores."""
        return await self._counted((scores, partitions))

    async def ranking(self, starts: Sequence[int], limit: int, *, descending: bool) -> RankingPage:
        """Return a page of the ranking, merged over the partitions, in one round trip.

        Args:
            starts: how many rows of each partition came on earlier pages.
            limit: rows a page.
            descending: the highest score first.
        """
        async with answering():
            total, parts = await self._redis.ranking(
                self.domain.name, starts, limit, descending=descending
            )
        labelled = (
            [(score, user_id, partition) for user_id, score in part]
            for partition, part in enumerate(parts)
        )
        taken = list(islice(merge(*labelled, reverse=descending), limit))
        after = list(starts)
        for _, _, partition in taken:
            after[partition] += 1
        rows = [(user_id, score) for score, user_id, _ in taken]
        more = bool(rows) and sum(after) < total
        return RankingPage(total, sum(starts) + 1, rows, tuple(after) if more else None)

    async def bands(self, partitions: int) -> list[int]:
        """Return how many users are ranked in each of the objective's bands."""
        bounds = self.domain.objective.bands
        if not partitions:
            return [0] * len(bounds)
        total, below = await self.below(bounds[1:], partitions)
        return [high - low for low, high in pairwise([0, *below, total])]

    async def glimpse(self, partitions: int) -> Glimpse:
        """Return what there is to see of the domain, in one round trip."""
        async with answering():
            return await self._redis.glimpse(self.domain.name, partitions)

    async def watched(self) -> Watched:
        """Return what the watch over drift has left, in one round trip."""
        async with answering():
            return await self._redis.watched(self.domain.name)

    def _known(self, user: StoredUser) -> KnownUser:
        pending = self._codec.decode_pending(user.pending) if user.pending else []
        pending.sort(key=lambda snapshot: snapshot.at)
        return KnownUser(self._codec.decode(user.state), user.ranked, pending)

    async def _read_users(self, questions: Sequence[_Places]) -> list[dict[str, StoredUser]]:
        wanted: dict[int, list[str]] = {}
        with_pending: dict[int, list[str]] = {}
        for question in questions:
            for partition, user_id in question.places:
                wanted.setdefault(partition, []).append(user_id)
                if question.with_pending:
                    with_pending.setdefault(partition, []).append(user_id)
        async with answering():
            found = await self._redis.users(self.domain.name, wanted, with_pending)
        return [{u: found[u] for _, u in asked.places if u in found} for asked in questions]

    async def _count_below(
        self, questions: Sequence[tuple[Sequence[float], int]]
    ) -> list[tuple[int, list[int]]]:
        scores = [score for asked, _ in questions for score in asked]
        partitions = max(partitions for _, partitions in questions)
        async with answering():
            total, counts = await self._redis.below(self.domain.name, partitions, scores)
        rest = iter(counts)
        return [(total, list(islice(rest, len(asked)))) for asked, _ in questions]


class Readers:
    """The readers of all domains, over one pool of connections; connects when first used.

    Args:
        settings: which domains, where Redis is, and the key that models are signed with.

    Attributes:
        by_domain: the readers, by the domain's name.
    """

    def __init__(self, settings: Settings) -> None:
        self._redis = RedisReader.from_url(settings.redis_url)
        self.by_domain = {
            name: Reader(load(name), self._redis, settings.key) for name in settings.domains
        }

    async def ping(self) -> None:
        """Return when Redis has answered.

        Raises:
            RedisAway: it has not.
        """
        async with answering():
            await self._redis.ping()

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.close()
