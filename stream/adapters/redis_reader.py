"""The read side of what the worker keeps in Redis; each method is one round trip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Self

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from stream.adapters.redis_connection import Client
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_store import RedisStore
from stream.glimpse import Glimpse, Watched
from stream.keys import DomainKeys, PartitionKeys
from stream.pulse import decode_sign

#: So many of the newest decisions are there to see.
DECISIONS = 50

Command = tuple[str | bytes | int | float, ...]


@dataclass(frozen=True)
class StoredUser:
    """A user as stored.

    Attributes:
        state: encoded state.
        ranked: the latest score of the stream, None when not in the ranking.
        pending: encoded snapshots that wait for their label; None without any, or not asked for.
    """

    state: bytes
    ranked: float | None
    pending: bytes | None = None


class RedisReader:
    """Reads users, ranking, progress, and what there is to see.

    Every method may raise one of ``redis_connection.Unavailable`` when Redis is away, and waits for
    as long as Redis takes: the caller sets the limit, once for all of what it asks.
    """

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client
        self._below = (files("stream.adapters") / "lua" / "below.lua").read_text()

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Return a reader that connects when first used."""
        client = Client.from_url(
            url,
            protocol=2,
            socket_timeout=None,  # a limit for each read and write would cost more than they do
            socket_connect_timeout=1,
            retry=Retry(NoBackoff(), 1),
        )
        return cls(client)

    def models(self) -> RedisStore:
        """Return the store from which models are read."""
        return RedisStore(self._redis)

    def control(self) -> RedisControl:
        """Return the control plane, where something is asked."""
        return RedisControl(self._redis)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def ping(self) -> None:
        """Return when Redis has answered."""
        await self._ask([("PING",)])

    async def partitions(self, domain: str) -> int:
        """Return the number of partitions that the domain's states are laid out for, 0 for none."""
        [raw] = await self._ask([("HGET", DomainKeys.of(domain).info, "partitions")])
        return int(raw or 0)

    async def progress(self, domain: str, partitions: int) -> list[tuple[bytes | None, int]]:
        """Return each partition's encoded ``Progress`` and wall clock (ms) of its last commit."""
        answers = await self._ask(
            [
                ("HMGET", PartitionKeys.of(domain, partition).meta, "progress", "committed_at")
                for partition in range(partitions)
            ]
        )
        return [(progress, int(at or 0)) for progress, at in answers]

    async def users(
        self,
        domain: str,
        wanted: Mapping[int, Sequence[str]],
        with_pending: Mapping[int, Sequence[str]],
    ) -> dict[str, StoredUser]:
        """Return those users, by id, that exist in the partition where they are looked for.

        Args:
            domain: its name.
            wanted: user ids by partition, none empty.
            with_pending: those of them of whom the waiting snapshots are wanted too, likewise.
        """
        commands: list[Command] = []
        for partition, ids in wanted.items():
            keys = PartitionKeys.of(domain, partition)
            commands += [("HMGET", keys.state, *ids), ("ZMSCORE", keys.rank, *ids)]
        for partition, ids in with_pending.items():
            commands.append(("HMGET", PartitionKeys.of(domain, partition).pending, *ids))
        answers = await self._ask(commands)
        rest = iter(answers[2 * len(wanted) :])
        waiting = {
            (partition, user_id): raw
            for partition, ids in with_pending.items()
            for user_id, raw in zip(ids, next(rest), strict=True)
        }
        found: dict[str, StoredUser] = {}
        pairs = zip(answers[::2], answers[1::2], strict=False)
        for (partition, ids), (states, scores) in zip(wanted.items(), pairs, strict=False):
            for user_id, state, score in zip(ids, states, scores, strict=True):
                if state is not None:
                    ranked = None if score is None else float(score)
                    pending = waiting.get((partition, user_id))
                    found[user_id] = StoredUser(state, ranked, pending)
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
        limits = [repr(score) for score in scores]
        answers: list[list[int]] = await self._ask(
            [
                ("EVAL", self._below, 1, PartitionKeys.of(domain, partition).rank, *limits)
                for partition in range(partitions)
            ]
        )
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
        command = "ZREVRANGE" if descending else "ZRANGE"
        commands: list[Command] = []
        for partition, start in enumerate(starts):
            rank = PartitionKeys.of(domain, partition).rank
            commands += [
                ("ZCARD", rank),
                (command, rank, start, start + count - 1, "WITHSCORES"),
            ]
        answers = await self._ask(commands)
        return sum(answers[::2]), [_rows(flat) for flat in answers[1::2]]

    async def glimpse(self, domain: str, partitions: int) -> Glimpse:
        """Return what there is to see of a domain."""
        keys = DomainKeys.of(domain)
        pulse, watched, alarms, decisions, (asked, running), *latest = await self._ask(
            [
                ("HGETALL", keys.pulse),
                ("HMGET", keys.model, "version", "drift"),
                ("LRANGE", keys.alarms, 0, -1),
                ("XREVRANGE", keys.decisions, "+", "-", "COUNT", DECISIONS),
                ("HMGET", keys.retraining, "asked", "running"),
                *(
                    ("HGET", PartitionKeys.of(domain, partition).meta, "latest")
                    for partition in range(partitions)
                ),
            ]
        )
        signs = {int(partition): decode_sign(raw) for partition, raw in pulse.items()}
        taken = [fields[b"decision"] for _, fields in decisions]
        return Glimpse(signs, latest, _watched(watched, alarms), taken, (asked, running))

    async def watched(self, domain: str) -> Watched:
        """Return what the watch over drift has left."""
        keys = DomainKeys.of(domain)
        watched, alarms = await self._ask(
            [("HMGET", keys.model, "version", "drift"), ("LRANGE", keys.alarms, 0, -1)]
        )
        return _watched(watched, alarms)

    async def _ask(self, commands: Sequence[Command]) -> list[Any]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for command in commands:
                pipe.execute_command(*command)
            return await pipe.execute()


def _watched(model: Sequence[bytes | None], alarms: Sequence[bytes]) -> Watched:
    version, report = model
    return Watched(None if version is None else version.decode(), report, alarms)


def _rows(flat: Sequence[bytes]) -> list[tuple[str, float]]:
    pairs = zip(flat[::2], flat[1::2], strict=True)
    return [(user_id.decode(), float(score)) for user_id, score in pairs]
