"""Where people ask something of a domain's learner and its retraining, and get to know the answer.

The learner looks at what is asked for twice a second. It carries it out or refuses it, and leaves a
decision either way; where no learner runs, it stays asked for until one does.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from models.contest.decisions import Decision
from models.contest.wishes import Wish
from stream.adapters.redis_control import RedisControl
from stream.adapters.redis_reader import RedisReader
from stream.records import decode_decision
from stream.redis_away import answering
from stream.retraining import state as retraining_state
from stream.retraining.state import Request, Retraining
from stream.wishing import encode_wish

#: Seconds between two looks whether there is a decision.
_PAUSE = 0.1

#: So many of the newest decisions are looked at: more are not taken between two looks.
_LOOKED_AT = 50


@asynccontextmanager
async def open_desk(domain: str, url: str) -> AsyncIterator["Desk"]:
    """Give the desk of a domain, for as long as the block runs.

    Args:
        domain: its name.
        url: of its Redis.
    """
    # as the API reads: under a worker's limit for each read and write lies asyncio.wait_for, which
    # may swallow a Ctrl-C in Python 3.11
    reader = RedisReader.from_url(url)
    try:
        yield Desk(domain, reader.control())
    finally:
        await reader.close()


class Desk:
    """What can be asked of one domain, and what was decided.

    Every coroutine raises ``RedisAway`` when Redis does not answer in time.

    Args:
        domain: its name.
        control: where it is asked, and decided.
    """

    def __init__(self, domain: str, control: RedisControl) -> None:
        self._domain, self._control = domain, control

    async def ask(self, wish: Wish, patience: float) -> Decision | None:
        """Ask the learner for something; return its decision, which may be to refuse.

        Args:
            wish: what is asked for.
            patience: seconds to wait for the decision.

        Returns:
            None when there is no decision by then; it stays asked for.
        """
        async with answering():
            await self._control.wish(self._domain, wish.id, encode_wish(wish))
        return await self.answer(wish.id, patience)

    async def answer(self, wish_id: str, patience: float) -> Decision | None:
        """Return the decision that answers a wish; None when there is none in so many seconds."""
        deadline = time.monotonic() + patience
        while True:
            newest = await self.decisions(_LOOKED_AT)
            found = next((decision for decision in newest if decision.wish == wish_id), None)
            if found or time.monotonic() >= deadline:
                return found
            await asyncio.sleep(_PAUSE)

    async def decisions(self, count: int) -> list[Decision]:
        """Return the newest decisions, the newest first."""
        async with answering():
            raws = await self._control.decisions(self._domain, count)
        return [decode_decision(raw) for raw in raws]

    async def retraining(self, now_ms: int) -> Retraining:
        """Return the retraining that is asked for, and the one under way at this wall clock."""
        async with answering():
            asked, running = await self._control.retraining(self._domain)
        return retraining_state.present(asked, running, now_ms)

    async def ask_retraining(self, request: Request) -> None:
        """Ask for a retraining, in the place of one that is asked for already."""
        async with answering():
            await self._control.ask_retraining(self._domain, retraining_state.encode(request))
