"""The clerk: writes the decisions down where they are kept for good."""

import logging
from collections.abc import Sequence
from typing import Protocol

from models.contest.decisions import Decision
from stream.adapters.redis_control import RedisControl
from stream.emitter import Emitter
from stream.records import decode_decision

logger = logging.getLogger(__name__)

#: Decisions written down at once.
_AT_ONCE = 200


class Book(Protocol):
    """Where decisions are kept."""

    async def append(self, taken: Sequence[Decision]) -> None:
        """Write them down; those that are there already change nothing."""


class TopicBook:
    """The topic ``decisions.<domain>``: the same decision may come twice, with the same id."""

    def __init__(self, emitter: Emitter) -> None:
        self._emitter = emitter

    async def append(self, taken: Sequence[Decision]) -> None:
        """Write them, and wait until Kafka has them."""
        for decision in taken:
            self._emitter.decision(decision)
        await self._emitter.flush()


class Clerk:
    """Follows the decisions of a domain, in order; none is left out, whatever is away meanwhile.

    Args:
        domain: whose.
        control: where they come from.
        books: where they are written down, all of them.
    """

    def __init__(self, domain: str, control: RedisControl, books: Sequence[Book]) -> None:
        self._domain, self._control, self._books = domain, control, books

    async def write_down(self) -> list[Decision]:
        """Write down what is new; return it.

        Raises:
            Exception: what a book raises; all of these are written again next time.
        """
        kept = await self._control.kept_decision(self._domain)
        found = await self._control.decisions_after(self._domain, kept, _AT_ONCE)
        if not found:
            return []
        decisions = [decode_decision(raw) for _, raw in found]
        for book in self._books:
            await book.append(decisions)
        await self._control.keep_decision(self._domain, found[-1][0])
        return decisions
