"""The record of every answered score: what is in it, and how it is written before the answer."""

from asyncio import timeout
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal, Protocol

import msgspec

from models.errors import WeirError
from stream.coalescing import Coalesced

#: Rows that may wait to be written; while so many do, further ones are refused at once.
MOST_WAITING = 20_000

#: The most requests whose rows share a transaction.
_MOST_REQUESTS = 1000


#: Why rows are not on record: the database is ``away`` or refuses them, too many rows wait already
#: (``full``), or it has not answered in time (``late``).
Reason = Literal["away", "full", "late"]


class DatabaseAway(WeirError):
    """The database does not answer, or refuses; the same request may succeed a moment later.

    Attributes:
        reason: why, as a metric's label.
    """

    def __init__(self, message: str, reason: Reason = "away") -> None:
        super().__init__(message)
        self.reason = reason


class Prediction(msgspec.Struct, frozen=True):
    """One answered score.

    Attributes:
        at: wall clock of the answer, ms.
        request_id: names the request that it answered; several scores may share it.
        domain: whose score it is.
        user_id: the user's.
        input: what it was made of, a JSON text.
        score: None when the answer was that there is none.
        model_version: None likewise.
        latency_ms: from the request's arrival to this row.
    """

    at: int
    request_id: str
    domain: str
    user_id: str
    input: str
    score: float | None
    model_version: str | None
    latency_ms: float


@dataclass(frozen=True)
class Place:
    """Where in the record a page ended: at a row's time (ms) and number."""

    at: int
    id: int


@dataclass(frozen=True)
class RecordPage:
    """A part of the record.

    Attributes:
        rows: newest first.
        before: where the next page begins; None after the oldest row.
    """

    rows: list[Prediction]
    before: Place | None


class Log(Protocol):
    """Where the rows go: the database, or a stand-in."""

    @property
    def lanes(self) -> int:
        """Transactions that it gains from having under way at once."""

    async def append(self, rows: Sequence[Prediction]) -> None:
        """Return when all rows are committed; raise DatabaseAway when none is."""


class Recorder:
    """Writes rows by group commit: those that come during a transaction share the next one.

    Args:
        log: where to; it is not closed by the recorder.
        patience: seconds that a request waits for its rows to be committed, queueing included.
    """

    def __init__(self, log: Log, patience: float) -> None:
        self._log = log
        self._patience = patience
        self._rows = 0
        self._commit: Coalesced[Sequence[Prediction], None] = Coalesced(
            self._append, lanes=log.lanes, most=_MOST_REQUESTS
        )

    async def record(self, rows: Sequence[Prediction]) -> None:
        """Return when the rows of this request are committed, all in one transaction.

        Cancelled, it leaves out rows that still wait, and no others.

        Raises:
            DatabaseAway: they were not, in time, or too many wait already. After a time-out
                they may have been committed all the same.
        """
        if not rows:
            return
        if self._rows and self._rows + len(rows) > MOST_WAITING:
            raise DatabaseAway(
                f"{self._rows} rows wait for the database already, which is too slow for what is "
                "asked; ask less, or give it more to run on",
                "full",
            )
        self._rows += len(rows)
        try:
            async with timeout(self._patience):
                await self._commit(rows)
        except TimeoutError as error:
            raise DatabaseAway(
                f"the database has not confirmed within {self._patience:g} s that the answer is "
                "recorded (WEIR_RECORD_SECONDS); see what keeps it busy (`stream doctor`)",
                "late",
            ) from error
        finally:
            self._rows -= len(rows)

    async def close(self) -> None:
        """Return when no transaction is under way; call it when no more requests come."""
        await self._commit.idle()

    async def _append(self, requests: Sequence[Sequence[Prediction]]) -> list[None]:
        await self._log.append(list(chain.from_iterable(requests)))
        return [None] * len(requests)


class NoRecorder:
    """Records nothing, for ``WEIR_DATABASE_URL=none``."""

    async def record(self, rows: Sequence[Prediction]) -> None:
        """Return at once."""

    async def close(self) -> None:
        """Return at once."""
