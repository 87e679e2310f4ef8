"""Hands the chosen candidate to the learner: caught up with the log, so that it can join."""

import asyncio
import time
from contextlib import aclosing
from typing import Any

import msgspec

from models.contest.decisions import Decision
from models.contest.wishes import Challenge
from models.domain import Domain
from models.effects import Example
from models.training.training import Candidate, Training
from stream.adapters.examples_log import ExamplesLog
from stream.adapters.redis_control import RedisControl
from stream.archiving import decoded
from stream.desk import Desk
from stream.records import encode_decision
from stream.wishing import encode_wish, new_id, pickle_model

#: Seconds to wait for the learner, and how often to catch up when it was too slow.
_PATIENCE, _ATTEMPTS = 60.0, 3


class Handover:
    """One candidate's way into the line-up.

    Args:
        domain: whose.
        control: where the learner looks.
        log: the examples in Kafka.
        key: signs the model.
        following: the offset after the last example that was learnt.
    """

    def __init__(
        self,
        domain: Domain[Any, Any],
        control: RedisControl,
        log: ExamplesLog,
        key: bytes,
        following: int,
    ) -> None:
        self._domain, self._control, self._log, self._key = domain, control, log, key
        self.following = following

    async def catch_up(self, training: Training) -> None:
        """Learn what has come to the log meanwhile; twice, for the first takes a while."""
        for _ in range(2):
            await self._log.look()
            async with aclosing(self._log.read(self.following)) as chunks:
                async for chunk in chunks:
                    for _offset, record in decoded(chunk):
                        if isinstance(record, Example):
                            training.take(record)
                    self.following = chunk[-1].offset + 1
                    await asyncio.sleep(0)

    async def give(
        self, training: Training, candidate: Candidate, decision: Decision, request_id: str
    ) -> Decision | None:
        """Let the candidate challenge the champion; return what the learner says to it.

        Args:
            training: to catch up.
            candidate: the chosen one, the only one left in the training.
            decision: that it was chosen; written with the first attempt.
            request_id: of the request that is fulfilled.

        Returns:
            ``challenged`` or ``refused``; None when no learner has answered: it will, when it runs.
        """
        said = None
        for attempt in range(_ATTEMPTS):
            await self.catch_up(training)
            wish = Challenge(
                new_id(int(time.time() * 1000)),
                decision.by,
                str(candidate.origin),
                training.position,
                pickle_model(candidate.model, self._domain.name, str(candidate.origin), self._key),
                decision.reason,
            )
            name, raw = self._domain.name, encode_wish(wish)
            if attempt:
                await self._control.wish(name, wish.id, raw)
            else:
                stamped = msgspec.structs.replace(decision, position=training.position)
                written = encode_decision(stamped)
                await self._control.hand_over(name, request_id, written, wish.id, raw)
            said = await Desk(name, self._control).answer(wish.id, _PATIENCE)
            if said is None or said.kind != "refused" or "too far behind" not in said.reason:
                break
        return said
