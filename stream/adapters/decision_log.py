"""The record of decisions in SQL, for audit: written once each, read back page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select, tuple_

from models.contest.decisions import Decision, Kind
from stream.adapters.decision_table import decisions
from stream.adapters.prepared import Prepared, SqlLog
from stream.adapters.sql_text import fit
from stream.records import decode_decision, encode_decision

_COLUMNS = decisions.c.keys()

#: What tells decisions of one moment apart, and orders them.
_ORDER = (decisions.c.at, decisions.c.position, decisions.c.domain, decisions.c.id)


@dataclass(frozen=True)
class DecisionPlace:
    """Where in the record a page ended: at the decision of this time (ms), position and id."""

    at: int
    position: int
    domain: str
    id: str


@dataclass(frozen=True)
class DecisionPage:
    """A part of the record.

    Attributes:
        decisions: newest first.
        before: where the next page begins; None after the oldest decision.
    """

    decisions: list[Decision]
    before: DecisionPlace | None


class DecisionLog(SqlLog):
    """The decisions of one database: kept for good, ``stream prune`` does not touch them.

    Every coroutine raises DatabaseAway when the database is not there, refuses, or takes longer
    than the patience; the same may succeed a moment later, over new connections.

    Args:
        home: which database.
    """

    def __init__(self, home: Prepared) -> None:
        super().__init__(home)
        self._insertion = home.database.insertion(decisions, _COLUMNS, unless_there=True)

    async def append(self, taken: Sequence[Decision]) -> None:
        """Return when all decisions are there, in one transaction.

        One whose id its domain has already changes nothing: append it again after any failure.
        """
        if taken:
            await self.home.insert(self._insertion, [_values(one) for one in taken])

    async def read(
        self,
        *,
        domain: str | None = None,
        kind: Kind | None = None,
        since_ms: int | None = None,
        until_ms: int | None = None,
        limit: int = 100,
        before: DecisionPlace | None = None,
    ) -> DecisionPage:
        """Return a page of the record, newest first.

        Args:
            domain: only of this domain.
            kind: only of this kind.
            since_ms: only from this wall clock on.
            until_ms: only before this wall clock.
            limit: the most decisions, at least 1.
            before: where the page before this one ended.
        """
        wanted = _wanted(domain, kind, since_ms, until_ms, before).limit(limit + 1)
        found = await self.home.select(wanted)
        page = [decode_decision(row.body.encode()) for row in found[:limit]]
        if len(found) <= limit:
            return DecisionPage(page, None)
        last = found[limit - 1]
        return DecisionPage(page, DecisionPlace(last.at, last.position, last.domain, last.id))


def _wanted(
    domain: str | None,
    kind: Kind | None,
    since_ms: int | None,
    until_ms: int | None,
    before: DecisionPlace | None,
) -> Select[Any]:
    columns = decisions.c
    wanted = select(*_ORDER, columns.body).order_by(*(column.desc() for column in _ORDER))
    if domain is not None:
        wanted = wanted.where(columns.domain == fit(domain))
    if kind is not None:
        wanted = wanted.where(columns.kind == kind)
    if since_ms is not None:
        wanted = wanted.where(columns.at >= since_ms)
    if until_ms is not None:
        wanted = wanted.where(columns.at < until_ms)
    if before is not None:
        place = (before.at, before.position, fit(before.domain), fit(before.id))
        wanted = wanted.where(tuple_(*_ORDER) < tuple_(*place))
    return wanted


def _values(one: Decision) -> tuple[Any, ...]:
    """The row as the database takes it, in the order of the table's columns."""
    return (
        fit(one.domain),
        fit(one.id),
        one.wall_time,
        one.kind,
        fit(one.model),
        fit(one.champion),
        fit(one.by),
        one.position,
        one.event_time,
        encode_decision(one).decode(),  # its letters are all fit: JSON escapes the rest
    )
