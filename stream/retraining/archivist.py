"""The archivist: archives the examples now and then, beside all other work."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from models.domain import Domain
from stream.archiving import archive_domain
from stream.settings import Settings

#: Seconds between two rounds. Retraining brings the archive up to date anyway.
_PAUSE = 3600.0


class Archivist:
    """Archives the examples of all domains.

    Args:
        settings: where log and archive are.
        domains: whose.
        clock: seconds, for the pauses.
    """

    def __init__(
        self,
        settings: Settings,
        domains: Sequence[Domain[Any, Any]],
        clock: Callable[[], float],
    ) -> None:
        self._settings, self._domains, self._clock = settings, domains, clock
        self._round: asyncio.Task[None] | None = None
        self._due = clock() + _PAUSE

    async def look(self) -> None:
        """Begin a round when it is time; end one that is done.

        Raises:
            NoLog: there are no examples.
            ArchiveGap: examples are missing.
            KafkaError: no broker answers.
        """
        if self._round is not None:
            if not self._round.done():
                return
            done, self._round = self._round, None
            done.result()
        if self._clock() >= self._due:
            self._due = self._clock() + _PAUSE
            self._round = asyncio.create_task(self._archive())

    async def stop(self) -> None:
        """End a round under way; what it has written stays."""
        if self._round is not None:
            self._round.cancel()
            await asyncio.wait([self._round])

    async def _archive(self) -> None:
        for domain in self._domains:
            await archive_domain(self._settings, domain)
