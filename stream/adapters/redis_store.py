"""What the worker keeps in Redis: one round trip to load a chunk's users, one to commit."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import redis.asyncio as redis
from redis.exceptions import ResponseError

from stream.adapters.redis_commits import Commit, Publication
from stream.adapters.redis_connection import read_hash
from stream.errors import Fenced, WrongLayout
from stream.keys import DomainKeys, PartitionKeys


@dataclass(frozen=True)
class Claim:
    """A partition taken over.

    Attributes:
        token: the fencing token; commits carry it. One that nobody else has ever had, and not the
            next number: a Redis that has lost its newest writes would give that one twice.
        commits: how many commits there have been.
        offset: the next offset to read.
        progress: encoded ``Progress``, None for a new partition.
    """

    token: str
    commits: int
    offset: int
    progress: bytes | None


@dataclass(frozen=True)
class LearnerClaim:
    """Learning taken over.

    Attributes:
        token: the fencing token; commits carry it.
        last: name of the last commit, empty before the first.
        offset: the next offset of the examples log.
        checkpoint: signed; None before the first.
    """

    token: str
    last: str
    offset: int
    checkpoint: bytes | None


def new_token() -> str:
    """Return a fencing token that nobody else has ever had."""
    return secrets.token_hex(8)


@dataclass(frozen=True)
class Loaded:
    """Encoded users.

    Attributes:
        users: (state, pending) by user id, for those that exist.
        due: (time, user id) of those that fall due, in order.
    """

    users: dict[str, tuple[bytes, bytes | None]]
    due: list[tuple[int, str]]


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


class RedisStore:
    """States, progress and models in Redis.

    Every method may raise one of ``Unavailable`` when Redis is away.
    """

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client
        source = files("stream.adapters") / "lua"
        scripts = {
            name: client.register_script((source / f"{name}.lua").read_text())
            for name in ("claim", "load", "commit", "pulse", "learner_commit")
        }
        self._claim, self._load, self._pulse = scripts["claim"], scripts["load"], scripts["pulse"]
        self._commit, self._learner_commit = scripts["commit"], scripts["learner_commit"]

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
        meta, token = PartitionKeys.of(domain, partition).meta, new_token()
        fields = ("commits", "offset", "progress")
        commits, offset, progress = await self._claim(keys=[meta], args=[token, *fields])
        return Claim(token, int(commits or 0), int(offset or 0), progress)

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
            Fenced: the claim is no longer the newest, or Redis has lost the commit before;
                nothing was written.
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

    async def claim_learner(self, domain: str) -> LearnerClaim:
        """Take over learning; every earlier token is fenced off from now on."""
        key, token = DomainKeys.of(domain).learner, new_token()
        fields = ("commit", "offset", "checkpoint")
        last, offset, checkpoint = await self._claim(keys=[key], args=[token, *fields])
        return LearnerClaim(token, (last or b"").decode(), int(offset or 0), checkpoint)

    async def commit_learner(self, domain: str, token: str, publication: Publication) -> None:
        """Write all of a publication, or nothing; sent again after a lost answer it is harmless.

        Raises:
            Fenced: another worker learns now, or Redis has lost the commit before; nothing was
                written.
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

    async def serves(self, domain: str) -> tuple[str | None, bytes | None]:
        """Return the version of the newest model, and the line-up; None before the first."""
        version, lineup = await read_hash(
            self._redis, DomainKeys.of(domain).model, "version", "lineup"
        )
        return (version.decode() if version is not None else None), lineup

    async def model(self, domain: str) -> StoredModel | None:
        """Return the newest model; None before the first."""
        fields = ("version", "serving", "report", "lineup", "offset")
        found = await read_hash(self._redis, DomainKeys.of(domain).model, *fields)
        version, serving, report, lineup, offset = found
        if version is None or serving is None or report is None or lineup is None:
            return None
        return StoredModel(version.decode(), serving, report, lineup, int(offset or 0))

    async def drift(self, domain: str) -> bytes | None:
        """Return the drift report, JSON; None where there is none."""
        (drift,) = await read_hash(self._redis, DomainKeys.of(domain).model, "drift")
        return drift


def _raise_if_fenced(error: ResponseError, what: str) -> None:
    message = str(error)
    if "FENCED" in message:
        raise Fenced(f"{what}: {message}") from error
