"""The control plane in Redis: what is asked about line-up and retraining, and what was decided."""

from collections.abc import Awaitable
from importlib.resources import files
from typing import Any, cast

import redis.asyncio as redis

from stream.adapters.redis_connection import read_hash
from stream.keys import DomainKeys


class RedisControl:
    """Wishes, decisions, and how it stands with retraining, in Redis.

    What the learner itself decides is written by its commit, with which the wishes that it fulfils
    are gone (``RedisStore.commit_learner``).

    Every method may raise one of ``Unavailable`` when Redis is away.
    """

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client
        script = files("stream.adapters") / "lua" / "hand_over.lua"
        self._hand_over = client.register_script(script.read_text())

    async def wish(self, domain: str, wish_id: str, raw: bytes) -> None:
        """Ask the learner for something (``stream.wishing``)."""
        keys = DomainKeys.of(domain)
        await self._redis.hset(keys.wishes, wish_id, cast("str", raw))

    async def wishes(self, domain: str) -> dict[str, bytes]:
        """Return what is asked of the learner, by id, the oldest first."""
        found: dict[bytes, bytes] = await cast(
            "Awaitable[dict[bytes, bytes]]", self._redis.hgetall(DomainKeys.of(domain).wishes)
        )
        return {key.decode(): found[key] for key in sorted(found)}

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
        (place,) = await read_hash(self._redis, DomainKeys.of(domain).retraining, "kept")
        return place.decode() if place else ""

    async def keep_decision(self, domain: str, place: str) -> None:
        """Note how far the decisions are written down elsewhere."""
        await self._redis.hset(DomainKeys.of(domain).retraining, "kept", place)

    async def ask_retraining(self, domain: str, request: bytes) -> None:
        """Ask for a retraining (``stream.retraining.state``)."""
        await self._redis.hset(DomainKeys.of(domain).retraining, "asked", cast("str", request))

    async def retraining(self, domain: str) -> tuple[bytes | None, bytes | None]:
        """Return the request for a retraining, and the sign of life of one under way."""
        asked, running = await read_hash(
            self._redis, DomainKeys.of(domain).retraining, "asked", "running"
        )
        return asked, running

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

    async def retraining_memory(self, domain: str) -> bytes | None:
        """Return what the trainer remembers of a domain; None before it has begun."""
        (memory,) = await read_hash(self._redis, DomainKeys.of(domain).retraining, "memory")
        return memory

    async def remember_retraining(self, domain: str, memory: bytes, asked: bytes | None) -> None:
        """Write what the trainer remembers and, if any, the request that it makes, as one."""
        found = {"memory": memory} | ({} if asked is None else {"asked": asked})
        await self._redis.hset(DomainKeys.of(domain).retraining, mapping=cast("Any", found))

    async def roles(self, domain: str) -> bytes | None:
        """Return what the registry's aliases are to say; None before the first registration."""
        (roles,) = await read_hash(self._redis, DomainKeys.of(domain).retraining, "roles")
        return roles

    async def keep_roles(self, domain: str, roles: bytes) -> None:
        """Keep what the registry's aliases are to say."""
        await self._redis.hset(DomainKeys.of(domain).retraining, "roles", cast("str", roles))
