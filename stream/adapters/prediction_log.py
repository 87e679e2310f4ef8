"""The record of predictions in SQL: written, read back page by page, and pruned."""

import math
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import CursorResult, Select, delete, func, select, tuple_

from stream.adapters.prediction_table import predictions
from stream.adapters.prepared import Prepared, SqlLog
from stream.adapters.sql_text import fit
from stream.record import Place, Prediction, RecordPage

#: The longest user id that is kept as it is: an index of PostgreSQL takes 2,704 bytes a row.
_LONGEST_ID = 512


class PredictionLog(SqlLog):
    """The predictions of one database.

    Every coroutine raises DatabaseAway when the database is not there, refuses, or takes longer
    than the patience; the same may succeed a moment later, over new connections.

    Args:
        home: which database.
    """

    def __init__(self, home: Prepared) -> None:
        super().__init__(home)
        columns = Prediction.__struct_fields__
        self._insertion = home.database.insertion(predictions, columns)

    @property
    def lanes(self) -> int:
        """Transactions that it gains from having under way at once."""
        return self.home.database.lanes

    async def append(self, rows: Sequence[Prediction]) -> None:
        """Return when all rows are committed, in one transaction; prepare the database if need be.

        No row is refused for what it says: what cannot be stored is replaced (by U+FFFD in
        texts, by none as a score).
        """
        await self.home.insert(self._insertion, [_values(row) for row in rows])

    async def find(
        self,
        *,
        user_id: str | None = None,
        domain: str | None = None,
        since_ms: int | None = None,
        limit: int = 100,
        before: Place | None = None,
    ) -> RecordPage:
        """Return a page of the record, newest first.

        Args:
            user_id: only of this user.
            domain: only of this domain.
            since_ms: only from this wall clock on.
            limit: the most rows, at least 1.
            before: where the page before this one ended.
        """
        wanted = _wanted(user_id, domain, since_ms, before).limit(limit + 1)
        found = await self.home.select(wanted)
        rows = [Prediction(*row[1:]) for row in found[:limit]]
        more = len(found) > limit
        return RecordPage(rows, Place(rows[-1].at, found[limit - 1].id) if more else None)

    async def prune(self, before_ms: int, batch: int) -> int:
        """Delete the oldest rows from before a wall clock, at most so many; return how many."""
        oldest = (
            select(predictions.c.id)
            .where(predictions.c.at < before_ms)
            .order_by(predictions.c.at)
            .limit(batch)
        )
        async with self.home.answering():
            async with self.home.database.engine.begin() as connection:
                gone: CursorResult[Any] = await connection.execute(
                    delete(predictions).where(predictions.c.id.in_(oldest))
                )
            return gone.rowcount

    async def count_older(self, before_ms: int) -> int:
        """Return how many rows are from before a wall clock."""
        older = select(func.count()).where(predictions.c.at < before_ms)
        async with (
            self.home.answering(),
            self.home.database.engine.connect() as connection,
        ):
            return (await connection.execute(older)).scalar_one()


def _wanted(
    user_id: str | None, domain: str | None, since_ms: int | None, before: Place | None
) -> Select[Any]:
    columns = predictions.c
    wanted = select(predictions).order_by(columns.at.desc(), columns.id.desc())
    if user_id is not None:
        wanted = wanted.where(columns.user_id == _user_id(user_id))
    if domain is not None:
        wanted = wanted.where(columns.domain == fit(domain))
    if since_ms is not None:
        wanted = wanted.where(columns.at >= since_ms)
    if before is not None:
        wanted = wanted.where(tuple_(columns.at, columns.id) < tuple_(before.at, before.id))
    return wanted


def _values(row: Prediction) -> tuple[Any, ...]:
    """The row as the database takes it, in the order of its fields and of the table's columns."""
    return (
        row.at,
        fit(row.request_id),
        fit(row.domain),
        _user_id(row.user_id),
        fit(row.input),
        row.score if row.score is not None and math.isfinite(row.score) else None,
        None if row.model_version is None else fit(row.model_version),
        row.latency_ms,
    )


def _user_id(value: str) -> str:
    clean = fit(value)
    if len(clean) <= _LONGEST_ID:
        return clean
    # the beginning says who it may be, the digest who it is
    return f"{clean[: _LONGEST_ID // 2]}... sha256:{sha256(clean.encode()).hexdigest()}"
