"""The record of predictions in SQL: written, read back page by page, and pruned."""

import math
import re
from asyncio import Lock
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Self

from sqlalchemy import CursorResult, Select, delete, func, select, text, tuple_

from stream.adapters.prediction_table import predictions
from stream.adapters.schema import UnknownSchema, migrate
from stream.adapters.sql_engine import Database
from stream.record import DatabaseAway, Place, Prediction, RecordPage

#: What PostgreSQL's text cannot hold, and UTF-8 cannot say.
_UNFIT = re.compile(r"[\0\ud800-\udfff]")

#: The longest user id that is kept as it is: an index of PostgreSQL takes 2,704 bytes a row.
_LONGEST_ID = 512


class PredictionLog:
    """The predictions of one database, PostgreSQL or SQLite; connects when first used.

    Every coroutine raises DatabaseAway when the database is not there, refuses, or takes longer
    than the patience; the same may succeed a moment later, over new connections.

    Args:
        url: ``sqlite:///path`` or ``postgresql://user:password@host:port/db``.
        patience: seconds that an answer is waited for.
    """

    def __init__(self, url: str, patience: float) -> None:
        self._patience = patience
        self._database = Database(url, patience)
        self._insertion = self._database.insertion(predictions, Prediction.__struct_fields__)
        self._is_prepared = False
        self._preparing = Lock()

    @classmethod
    def from_url(cls, url: str, patience: float = 2.0) -> Self:
        """Return a log that connects when first used."""
        return cls(url, patience)

    @property
    def lanes(self) -> int:
        """Transactions that it gains from having under way at once."""
        return self._database.lanes

    async def prepare(self) -> None:
        """Bring the schema to the newest version, for as long as it takes.

        Several processes may do so at once. An SQLite file is made, and its directory.

        Raises:
            DatabaseAway: also when the schema is of a newer Weir.
        """
        try:
            async with self._database.answering(), self._database.migrating() as connection:
                await connection.run_sync(migrate)
        except UnknownSchema as error:
            raise DatabaseAway(str(error)) from error
        self._is_prepared = True

    async def append(self, rows: Sequence[Prediction]) -> None:
        """Return when all rows are committed, in one transaction; prepare the database if need be.

        No row is refused for what it says: what cannot be stored is replaced (by U+FFFD in
        texts, by none as a score).
        """
        values = [_values(row) for row in rows]
        try:
            async with self._database.answering(self._patience):
                await self._prepare_once()
                await self._database.insert(self._insertion, values)
        except DatabaseAway:
            self._is_prepared = False  # what comes back may be another database, and empty
            raise

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
        async with self._database.answering(self._patience):
            await self._prepare_once()
            async with self._database.engine.connect() as connection:
                found = (await connection.execute(wanted)).all()
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
        async with self._database.answering(self._patience):
            async with self._database.engine.begin() as connection:
                gone: CursorResult[Any] = await connection.execute(
                    delete(predictions).where(predictions.c.id.in_(oldest))
                )
            return gone.rowcount

    async def count_older(self, before_ms: int) -> int:
        """Return how many rows are from before a wall clock."""
        older = select(func.count()).where(predictions.c.at < before_ms)
        async with (
            self._database.answering(self._patience),
            self._database.engine.connect() as connection,
        ):
            return (await connection.execute(older)).scalar_one()

    async def ping(self) -> None:
        """Return when the database has answered."""
        async with self._database.answering(self._patience):
            await self._prepare_once()
            async with self._database.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close the connections."""
        await self._database.engine.dispose()

    async def _prepare_once(self) -> None:
        if self._is_prepared:
            return
        async with self._preparing:
            if not self._is_prepared:
                await self.prepare()


def _wanted(
    user_id: str | None, domain: str | None, since_ms: int | None, before: Place | None
) -> Select[Any]:
    columns = predictions.c
    wanted = select(predictions).order_by(columns.at.desc(), columns.id.desc())
    if user_id is not None:
        wanted = wanted.where(columns.user_id == _user_id(user_id))
    if domain is not None:
        wanted = wanted.where(columns.domain == _text(domain))
    if since_ms is not None:
        wanted = wanted.where(columns.at >= since_ms)
    if before is not None:
        wanted = wanted.where(tuple_(columns.at, columns.id) < tuple_(before.at, before.id))
    return wanted


def _values(row: Prediction) -> tuple[Any, ...]:
    """The row as the database takes it, in the order of its fields and of the table's columns."""
    return (
        row.at,
        _text(row.request_id),
        _text(row.domain),
        _user_id(row.user_id),
        _text(row.input),
        row.score if row.score is not None and math.isfinite(row.score) else None,
        None if row.model_version is None else _text(row.model_version),
        row.latency_ms,
    )


def _text(value: str) -> str:
    return _UNFIT.sub("\ufffd", value)


def _user_id(value: str) -> str:
    clean = _text(value)
    if len(clean) <= _LONGEST_ID:
        return clean
    # the beginning says who it may be, the digest who it is
    return f"{clean[: _LONGEST_ID // 2]}... sha256:{sha256(clean.encode()).hexdigest()}"
