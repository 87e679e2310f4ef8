"""The trainer's inbox: what is asked of it, and what it remembers, in Redis."""

import msgspec

from stream.adapters.redis_control import RedisControl
from stream.retraining.state import Request, decode_request, encode
from stream.retraining.triggers import Memory


class Inbox:
    """Requests for retraining.

    Args:
        control: where they lie.
    """

    def __init__(self, control: RedisControl) -> None:
        self._control = control

    async def asked(self, domain: str) -> Request | None:
        """Return the request that waits, if any."""
        raw, _ = await self._control.retraining(domain)
        return None if raw is None else decode_request(raw)

    async def memory(self, domain: str) -> Memory:
        """Return what has been considered already."""
        raw = await self._control.retraining_memory(domain)
        return Memory() if raw is None else msgspec.json.decode(raw, type=Memory)

    async def remember(self, domain: str, memory: Memory, request: Request | None) -> None:
        """Keep what has been considered, and what it has led to, as one."""
        raw = None if request is None else encode(request)
        await self._control.remember_retraining(domain, msgspec.json.encode(memory), raw)

    async def close(self, domain: str, request: Request, decision: bytes) -> None:
        """Take a request away that cannot be fulfilled; leave a decision (JSON) that says so."""
        await self._control.hand_over(domain, request.id, decision)
