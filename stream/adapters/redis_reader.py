"""The read side of what the worker keeps in Redis; each method is one round trip."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Self

import redis.asyncio as redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from stream.adapters.redis_store import RedisStore
from stream.keys import DomainKeys, PartitionKeys

#: So many questions at once; others wait for their turn.
_CONNECTIONS = 50

#: Connections for what does not wait: the newest models, probes.
_OTHERS = 20


@dataclass(frozen=True)
class StoredUser:
    """A user as stored.

    Attributes:
        state: encoded state.
        ranked: the latest score of the stream, None when not in the ranking.
    """

    state: bytes
    ranked: float | None


class RedisReader:
    """Reads users, ranking and progress.

    Every method may raise one of ``redis_store.Unavailable`` when Redis is away, and waits for as
    long as Redis takes: the caller limits that for the whole of what it asks, which costs a third
    of redis-py's own limits on every write and read.
    """

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client
        self._below = (files("stream.adapters") / "lua" / "below.lua").read_text()
        self._turns = asyncio.Semaphore(_CONNECTIONS)

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Return a reader that connects when first used."""
        client = redis.Redis.from_url(
            url,
            max_connections=_CONNECTIONS + _OTHERS,
            socket_timeout=None,
            socket_connect_timeout=1,
            # once more, on a new connection: the pooled ones are dead after a restart of Redis
            retry=Retry(NoBackoff(), 1),
        )
        return cls(client)

    def models(self) -> RedisStore:
        """Return the store from which models are read, over the same connections."""
        return RedisStore(self._redis)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def ping(self) -> None:
        """Return when Redis has answered."""
        await self._redis.ping()

    async def partitions(self, domain: str) -> int:
        """Return the number of partitions that the domain's states are laid out for, 0 for none."""
        raw = await self._redis.hget(DomainKeys.of(domain).info, "partitions")
        return int(raw or 0)

    async def progress(self, domain: str, partitions: int) -> list[tuple[bytes | None, int]]:
        """Return each partition's encoded ``Progress`` and wall clock (ms) of its last commit."""
        pipe = self._redis.pipeline(transaction=False)
        for partition in range(partitions):
            pipe.hmget(PartitionKeys.of(domain, partition).meta, ["progress", "committed_at"])
        return [(progress, int(at or 0)) for progress, at in await self._answers(pipe)]

    async def users(
        self, domain: str, wanted: Mapping[int, Sequence[str]]
    ) -> dict[str, StoredUser]:
        """Return those users, by id, that exist in the partition where they are looked for.

        Args:
            domain: its name.
            wanted: user ids by partition, none empty.
        """
        pipe = self._redis.pipeline(transaction=False)
        for partition, ids in wanted.items():
            keys = PartitionKeys.of(domain, partition)
            pipe.hmget(keys.state, list(ids))
            pipe.zmscore(keys.rank, list(ids))
        answers = await self._answers(pipe)
        found: dict[str, StoredUser] = {}
        for ids, states, scores in zip(wanted.values(), answers[::2], answers[1::2], strict=True):
            for user_id, state, score in zip(ids, states, scores, strict=True):
                if state is not None:
                    found[user_id] = StoredUser(state, score)
        return found

    async def below(
        self, domain: str, partitions: int, scores: Sequence[float]
    ) -> tuple[int, list[int]]:
        """Return how many users are ranked, and how many of them below each of the scores.

        Args:
            domain: its name.
            partitions: how many, at least 1.
            scores: any.
        """
        pipe = self._redis.pipeline(transaction=False)
        for partition in range(partitions):
            pipe.eval(self._below, 1, PartitionKeys.of(domain, partition).rank, *scores)
        answers: list[list[int]] = await self._answers(pipe)
        totals = [sum(counts) for counts in zip(*answers, strict=True)]
        return totals[0], totals[1:]

    async def ranking(
        self, domain: str, starts: Sequence[int], count: int, *, descending: bool
    ) -> tuple[int, list[list[tuple[str, float]]]]:
        """Return how many users are ranked, and ``count`` of each partition from its start on.

        Args:
            domain: its name.
            starts: position in each partition's ranking, from 0.
            count: the most users a partition.
            descending: the highest score first; equal scores in the reverse order of ids.
        """
        pipe = self._redis.pipeline(transaction=False)
        for partition, start in enumerate(starts):
            rank = PartitionKeys.of(domain, partition).rank
            pipe.zcard(rank)
            pipe.zrange(rank, start, start + count - 1, desc=descending, withscores=True)
        answers = await self._answers(pipe)
        return sum(answers[::2]), [_rows(rows) for rows in answers[1::2]]

    async def _answers(self, pipe: "Pipeline") -> list[Any]:
        async with self._turns:
            return await pipe.execute()


def _rows(rows: Iterable[Sequence[Any]]) -> list[tuple[str, float]]:
    return [(user_id.decode(), score) for user_id, score in rows]
