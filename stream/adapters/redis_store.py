"""What the worker keeps in Redis: one round trip to load a chunk's users, one to commit."""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Self, cast

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from stream.errors import Fenced, WrongLayout
from stream.keys import DomainKeys, PartitionKeys

#: Raised when Redis is away; the caller waits and tries again.
Unavailable = (RedisConnectionError, RedisTimeoutError)


@dataclass(frozen=True)
class Claim:
    """A partition taken over.

    Attributes:
        token: the fencing token; commits carry it.
        commits: how many commits there have been.
        offset: the next offset to read.
        progress: encoded ``Progress``, None for a new partition.
    """

    token: int
    commits: int
    offset: int
    progress: bytes | None


@dataclass(frozen=True)
class Loaded:
    """Encoded users.

    Attributes:
        users: (state, pending) by user id, for those that exist.
        due: (time, user id) of those that fall due, in order.
    """

    users: dict[str, tuple[bytes, bytes | None]]
    due: list[tuple[int, str]]


@dataclass
class Commit:
    """All that a chunk changes in its partition.

    Attributes:
        offset: the next offset to read.
        progress: encoded ``Progress``.
        states: bytes by user id.
        pending: bytes by user id; None removes.
        due: time by user id; 0 removes.
        ranks: score by user id.
        gone: user ids to take out of the ranking.
        latest: its newest scores, encoded; empty when it has none.
    """

    offset: int
    progress: bytes
    states: dict[str, bytes] = field(default_factory=dict)
    pending: dict[str, bytes | None] = field(default_factory=dict)
    due: dict[str, int] = field(default_factory=dict)
    ranks: dict[str, float] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    latest: bytes = b""

    def arguments(self, token: int, commits: int, wall_ms: int) -> list[Any]:
        """Return the arguments of ``commit.lua``."""
        put = {u: raw for u, raw in self.pending.items() if raw is not None}
        drop = [u for u, raw in self.pending.items() if raw is None]
        return [
            *(token, commits, self.offset, self.progress, wall_ms, self.latest),
            *_counted(self.states.items()),
            *_counted(put.items()),
            *_counted((u,) for u in drop),
            *_counted((at, u) for u, at in self.due.items()),
            *_counted((score, u) for u, score in self.ranks.items() if u not in self.gone),
            *_counted((u,) for u in self.gone),
        ]


@dataclass(frozen=True)
class StoredModel:
    """The newest model.

    Attributes:
        version: its version.
        serving: champion and challengers, signed.
        report: figures, JSON.
        lineup: JSON of ``models.contest.report.LineupReport``.
        offset: the next offset of the examples log.
    """

    version: str
    serving: bytes
    report: bytes
    lineup: bytes
    offset: int


@dataclass(frozen=True)
class Publication:
    """All that the learner changes at once.

    Attributes:
        name: of this commit: sent again under the same one it changes nothing.
        offset: the next offset of the examples log.
        checkpoint: signed.
        version: of the model.
        serving: the model, signed.
        report: figures, JSON.
        drift: drift report, JSON.
        lineup: the line-up, JSON.
        alarms: new ones, JSON each.
        granted: ids of the wishes that were carried out or refused.
        decisions: new ones, JSON each.
    """

    name: str
    offset: int
    checkpoint: bytes
    version: str
    serving: bytes
    report: bytes
    drift: bytes
    lineup: bytes
    alarms: Sequence[bytes] = ()
    granted: Sequence[str] = ()
    decisions: Sequence[bytes] = ()

    def arguments(self, token: int) -> list[Any]:
        """Return the arguments of ``learner_commit.lua``."""
        return [
            *(token, self.offset, self.checkpoint, self.version, self.serving, self.report),
            *(self.drift, self.lineup, self.name),
            *_counted((alarm,) for alarm in self.alarms),
            *_counted((wish,) for wish in self.granted),
            *_counted((decision,) for decision in self.decisions),
        ]


def _counted(rows: Iterable[tuple[Any, ...]]) -> list[Any]:
    flat: list[Any] = [0]
    for row in rows:
        flat[0] += 1
        flat.extend(row)
    return flat


class RedisStore:
    """States, progress and models in Redis.

    Every method may raise one of ``Unavailable`` when Redis is away.
    """

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client
        source = files("stream.adapters") / "lua"
        scripts = {
            name: client.register_script((source / f"{name}.lua").read_text())
            for name in ("claim", "load", "commit", "pulse", "learner_commit", "hand_over")
        }
        self._claim, self._load, self._pulse = scripts["claim"], scripts["load"], scripts["pulse"]
        self._commit, self._learner_commit = scripts["commit"], scripts["learner_commit"]
        self._hand_over = scripts["hand_over"]

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Return a store that connects when first used."""
        client = redis.Redis.from_url(
            url,
            socket_connect_timeout=5,
            socket_timeout=20,
            health_check_interval=15,
            # reading again is harmless, and each commit carries its number
            retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=1), 3),
        )
        return cls(client)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def lay_out(self, domain: str, partitions: int) -> None:
        """Fix the number of partitions of a domain, once.

        Raises:
            WrongLayout: it is fixed to another number already.
        """
        info = DomainKeys.of(domain).info
        await self._redis.hsetnx(info, "partitions", str(partitions))
        there = await self._redis.hget(info, "partitions")
        if int(there or 0) != partitions:
            raise WrongLayout(
                f"Redis holds {domain} states of {int(there or 0)} partitions, WEIR_PARTITIONS is "
                f"{partitions}: set it back, or replay the log into an empty Redis"
            )

    async def claim(self, domain: str, partition: int) -> Claim:
        """Take over a partition; every earlier token is fenced off from now on."""
        keys = PartitionKeys.of(domain, partition)
        token, commits, offset, progress = await self._claim(keys=[keys.meta])
        return Claim(int(token), int(commits or 0), int(offset or 0), progress)

    async def load(
        self, domain: str, partition: int, users: Sequence[str], due_until: int, most_due: int
    ) -> Loaded:
        """Return users by id and the first ``most_due`` that are due up to ``due_until`` (ms)."""
        keys = PartitionKeys.of(domain, partition)
        states, pending, due_ids, due_at, due_states, due_pending = await self._load(
            keys=[keys.state, keys.pending, keys.due], args=[due_until, most_due, *users]
        )
        due_users = [raw.decode() for raw in due_ids]
        found = {u: (s, p) for u, s, p in zip(users, states, pending, strict=True) if s}
        found.update(zip(due_users, zip(due_states, due_pending, strict=True), strict=True))
        due = [(int(float(at)), u) for at, u in zip(due_at, due_users, strict=True)]
        return Loaded(found, due)

    async def commit(
        self, domain: str, partition: int, claim: Claim, commit: Commit, wall_ms: int
    ) -> None:
        """Write all of a commit, or nothing; doing it again after a lost answer is harmless.

        Raises:
            Fenced: the claim is no longer the newest; nothing was written.
        """
        keys = PartitionKeys.of(domain, partition)
        try:
            await self._commit(
                keys=[keys.meta, keys.state, keys.pending, keys.due, keys.rank],
                args=commit.arguments(claim.token, claim.commits, wall_ms),
            )
        except ResponseError as error:
            _raise_if_fenced(error, f"{domain} partition {partition}")
            raise

    async def pulse(
        self, domain: str, said: Mapping[int, bytes], taken_back: Mapping[int, bytes]
    ) -> None:
        """Write signs of life by partition; remove those that still stand as they were given."""
        pairs = [item for part in (said, taken_back) for pair in part.items() for item in pair]
        await self._pulse(keys=[DomainKeys.of(domain).pulse], args=[len(said), *pairs])

    async def claim_learner(self, domain: str) -> tuple[int, int, bytes | None]:
        """Take over learning; return (token, next offset of the examples, checkpoint)."""
        key = DomainKeys.of(domain).learner
        token = await self._redis.hincrby(key, "token", 1)
        offset, checkpoint = await self._read(key, "offset", "checkpoint")
        return int(token), int(offset or 0), checkpoint

    async def commit_learner(self, domain: str, token: int, publication: Publication) -> None:
        """Write all of a publication, or nothing; sent again after a lost answer it is harmless.

        Raises:
            Fenced: another worker learns now; nothing was written.
        """
        keys = DomainKeys.of(domain)
        try:
            await self._learner_commit(
                keys=[keys.learner, keys.model, keys.alarms, keys.wishes, keys.decisions],
                args=publication.arguments(token),
            )
        except ResponseError as error:
            _raise_if_fenced(error, f"{domain} learner")
            raise

    async def wish(self, domain: str, wish_id: str, raw: bytes) -> None:
        """Ask the learner for something (``stream.wishing``)."""
        keys = DomainKeys.of(domain)
        await self._redis.hset(keys.wishes, wish_id, cast("str", raw))

    async def decisions(self, domain: str, count: int) -> list[bytes]:
        """Return the newest decisions, JSON, the newest first."""
        key = DomainKeys.of(domain).decisions
        found: list[tuple[bytes, dict[bytes, bytes]]] = cast(
            "Any", await self._redis.xrevrange(key, count=count)
        )
        return [fields[b"decision"] for _, fields in found]

    async def decisions_after(self, domain: str, place: str, count: int) -> list[tuple[str, bytes]]:
        """Return (place, JSON) of decisions after a place, the oldest first; "" for the beginning.

        Args:
            domain: whose.
            place: in the stream of decisions.
            count: the most.
        """
        since = f"({place}" if place else "-"
        found: list[tuple[bytes, dict[bytes, bytes]]] = cast(
            "Any",
            await self._redis.xrange(DomainKeys.of(domain).decisions, min=since, count=count),
        )
        return [(where.decode(), fields[b"decision"]) for where, fields in found]

    async def kept_decision(self, domain: str) -> str:
        """Return the place of the newest decision that is written down elsewhere; "" for none."""
        (place,) = await self._read(DomainKeys.of(domain).retraining, "kept")
        return place.decode() if place else ""

    async def keep_decision(self, domain: str, place: str) -> None:
        """Note how far the decisions are written down elsewhere."""
        await self._redis.hset(DomainKeys.of(domain).retraining, "kept", place)

    async def ask_retraining(self, domain: str, request: bytes) -> None:
        """Ask for a retraining (``stream.retraining.state``)."""
        await self._redis.hset(DomainKeys.of(domain).retraining, "asked", cast("str", request))

    async def retraining_memory(self, domain: str) -> bytes | None:
        """Return what the trainer remembers of a domain; None before it has begun."""
        (memory,) = await self._read(DomainKeys.of(domain).retraining, "memory")
        return memory

    async def remember_retraining(self, domain: str, memory: bytes, asked: bytes | None) -> None:
        """Write what the trainer remembers and, if any, the request that it makes, as one."""
        found = {"memory": memory} | ({} if asked is None else {"asked": asked})
        await self._redis.hset(DomainKeys.of(domain).retraining, mapping=cast("Any", found))

    async def beat_retraining(self, domain: str, running: bytes | None) -> None:
        """Say how the present retraining gets on; None: it has ended."""
        key = DomainKeys.of(domain).retraining
        if running is None:
            await self._redis.hdel(key, "running")
        else:
            await self._redis.hset(key, "running", cast("str", running))

    async def hand_over(
        self, domain: str, request_id: str, decision: bytes, wish_id: str = "", wish: bytes = b""
    ) -> None:
        """Write what a retraining has found, as one.

        Args:
            domain: whose.
            request_id: of the request that is fulfilled by it.
            decision: JSON; empty for none.
            wish_id: of the wish for a challenger; empty for none.
            wish: that wish.
        """
        keys = DomainKeys.of(domain)
        await self._hand_over(
            keys=[keys.decisions, keys.wishes, keys.retraining],
            args=[decision, request_id, wish_id, wish],
        )

    async def retraining(self, domain: str) -> tuple[bytes | None, bytes | None]:
        """Return the request for a retraining, and the sign of life of one under way."""
        asked, running = await self._read(DomainKeys.of(domain).retraining, "asked", "running")
        return asked, running

    async def wishes(self, domain: str) -> dict[str, bytes]:
        """Return what is asked of the learner, by id, the oldest first."""
        found: dict[bytes, bytes] = await cast(
            "Awaitable[dict[bytes, bytes]]", self._redis.hgetall(DomainKeys.of(domain).wishes)
        )
        return {key.decode(): found[key] for key in sorted(found)}

    async def serves(self, domain: str) -> tuple[str | None, bytes | None]:
        """Return the version of the newest model, and the line-up; None before the first."""
        version, lineup = await self._read(DomainKeys.of(domain).model, "version", "lineup")
        return (version.decode() if version is not None else None), lineup

    async def model(self, domain: str) -> StoredModel | None:
        """Return the newest model; None before the first."""
        fields = ("version", "serving", "report", "lineup", "offset")
        found = await self._read(DomainKeys.of(domain).model, *fields)
        version, serving, report, lineup, offset = found
        if version is None or serving is None or report is None or lineup is None:
            return None
        return StoredModel(version.decode(), serving, report, lineup, int(offset or 0))

    async def drift(self, domain: str) -> bytes | None:
        """Return the drift report, JSON; None where there is none."""
        (drift,) = await self._read(DomainKeys.of(domain).model, "drift")
        return drift

    async def roles(self, domain: str) -> bytes | None:
        """Return what the registry's aliases are to say; None before the first registration."""
        (roles,) = await self._read(DomainKeys.of(domain).retraining, "roles")
        return roles

    async def keep_roles(self, domain: str, roles: bytes) -> None:
        """Keep what the registry's aliases are to say."""
        await self._redis.hset(DomainKeys.of(domain).retraining, "roles", cast("str", roles))

    async def _read(self, key: str, *fields: str) -> list[bytes | None]:
        # typed for clients that decode; this one does not
        return cast("list[bytes | None]", await self._redis.hmget(key, list(fields)))


def _raise_if_fenced(error: ResponseError, what: str) -> None:
    message = str(error)
    if "FENCED" in message:
        raise Fenced(f"{what}: {message}") from error
