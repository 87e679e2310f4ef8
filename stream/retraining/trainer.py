"""The trainer: sees when models are to be retrained, and has it done, one at a time."""

import logging
from collections.abc import Callable

from models.contest.decisions import Decision
from stream.elapsed import elapsed
from stream.glimpse import decode_alarm
from stream.metrics import Metrics
from stream.reader import Reader
from stream.records import encode_decision
from stream.retraining.child import BUSY, Child
from stream.retraining.inbox import Inbox
from stream.retraining.state import Request
from stream.retraining.triggers import due
from stream.settings import Settings

logger = logging.getLogger(__name__)

#: A retraining that fails is tried so often; seconds before it is tried again, twice as long each
#: time.
_ATTEMPTS, _PAUSE = 3, 10.0


class Trainer:
    """Looks after the retraining of all domains.

    Args:
        settings: schedule, cool-down and the rest.
        inbox: where requests lie.
        readers: by domain.
        metrics: of this process.
        now: wall clock, seconds since 1970.
    """

    def __init__(
        self,
        settings: Settings,
        inbox: Inbox,
        readers: dict[str, Reader],
        metrics: Metrics,
        now: Callable[[], float],
    ) -> None:
        self._settings, self._inbox, self._readers = settings, inbox, readers
        self._metrics, self._now = metrics, now
        self._child: Child | None = None
        self._failed: dict[str, int] = {}
        self._paused_at = self._pause = 0.0
        for domain in readers:
            for result in ("done", "failed"):
                metrics.begin("retrainings_total", domain, result)

    async def look(self) -> None:
        """Ask for what is due; start what is asked for; note how it ended. Call it every second.

        Raises:
            Unavailable: Redis is away.
        """
        for domain, reader in self._readers.items():
            await self._ask_for_what_is_due(domain, reader)
        if self._child is not None and self._child.exit_code is not None:
            await self._ended(self._child, self._child.exit_code)
            self._child = None
        self._metrics.set("retraining_running", float(self._child is not None))
        if self._child is None and elapsed(self._paused_at, self._now()) >= self._pause:
            await self._start()

    async def stop(self) -> None:
        """Stop the present retraining; it stays asked for."""
        if self._child is not None:
            await self._child.stop()

    async def _ask_for_what_is_due(self, domain: str, reader: Reader) -> None:
        memory = await self._inbox.memory(domain)
        alarms = [decode_alarm(raw) for raw in (await reader.watched()).alarms]
        position = await reader.position()
        now_ms = int(self._now() * 1000)
        clock = now_ms if self._settings.clock == "wall" and position.clock else position.clock
        request, remembered = due(self._settings, memory, alarms, clock, now_ms)
        if request is not None:
            logger.info("%s is to be retrained: %s", domain, request.reason)
        if request is not None or remembered != memory:
            await self._inbox.remember(domain, remembered, request)

    async def _start(self) -> None:
        for domain in self._readers:
            request = await self._inbox.asked(domain)
            if request is not None:
                logger.info("retraining %s: %s (%s)", domain, request.reason, request.by)
                self._child = await Child.start(domain, request)
                return

    async def _ended(self, child: Child, code: int) -> None:
        if code == 0:
            self._failed.pop(child.request.id, None)
            self._metrics.count("retrainings_total", 1, child.domain, "done")
            self._metrics.set("retrained_seconds", self._now(), child.domain)
            return
        if code == BUSY:  # somebody retrains by hand
            self._paused_at, self._pause = self._now(), _PAUSE
            return
        times = self._failed[child.request.id] = self._failed.get(child.request.id, 0) + 1
        self._metrics.count("retrainings_total", 1, child.domain, "failed")
        logger.error("retraining %s failed, exit code %d", child.domain, code)
        self._paused_at, self._pause = self._now(), _PAUSE * 2 ** (times - 1)
        if times >= _ATTEMPTS:
            del self._failed[child.request.id]
            await self._give_up(child.domain, child.request, code)

    async def _give_up(self, domain: str, request: Request, code: int) -> None:
        version = (await self._readers[domain].watched()).version
        reason = f"failed {_ATTEMPTS} times, the last with exit code {code}; the log says why"
        decision = Decision(
            id=f"refused-{request.id}",
            domain=domain,
            kind="refused",
            model="",
            champion=version or "",
            by=request.by,
            reason=f"retraining {reason}",
            position=0,
            event_time=0,
            wish=request.id,
            wall_time=int(self._now() * 1000),
        )
        await self._inbox.close(domain, request, encode_decision(decision))
