"""Flat logs as logs of events: a row a user becomes the events that it stands for, in order."""

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from typing import Any

import orjson

from models.domain import Domain
from models.errors import BadRecord
from models.sanitise import decode

Line = tuple[int, bytes]

#: A row that does not say when its user began comes so many ms after the row before it; the first
#: one on 2024-01-01.
_BEGIN, _STEP = 1_704_067_200_000, 60_000


def unfolded(lines: Iterable[Line], domain: Domain[Any, Any]) -> Iterator[Line]:
    """Yield the lines of a log; of a flat one, the events of its rows, by time.

    The first usable line tells which it is. Rows must be in the order in which their users begin,
    more or less: memory holds the events that lie ahead of the newest row. A row that cannot be
    used is passed on as it is, to be refused where it is read.

    Args:
        lines: numbers, from 1, and records.
        domain: says what a flat row is (``Domain.unfold``).
    """
    rest = iter(lines)
    if domain.row_fields:
        for number, raw in rest:
            kind = _is_row(domain, raw)
            if kind:
                yield from _unfold(domain, _with_first((number, raw), rest))
                return
            yield number, raw
            if kind is False:
                break
    yield from rest


def _with_first(first: Line, rest: Iterator[Line]) -> Iterator[Line]:
    yield first
    yield from rest


def _is_row(domain: Domain[Any, Any], raw: bytes) -> bool | None:
    """Tell whether a line is a flat row; None when it does not tell."""
    try:
        record = decode(raw)
    except BadRecord:
        return None
    try:
        return domain.unfold(record, _BEGIN) is not None
    except BadRecord:
        return True


def _unfold(domain: Domain[Any, Any], rows: Iterator[Line]) -> Iterator[Line]:
    waiting: list[tuple[int, int, int, bytes]] = []
    for number, raw in rows:
        try:
            records = domain.unfold(decode(raw), _BEGIN + number * _STEP)
        except BadRecord:
            records = None
        if not records:
            yield number, raw
            continue
        times = [event.ts for event in map(domain.parse, records) if event is not None]
        while waiting and waiting[0][0] < times[0]:
            _, line, _, value = heappop(waiting)
            yield line, value
        for order, (ts, record) in enumerate(zip(times, records, strict=True)):
            heappush(waiting, (ts, number, order, orjson.dumps(record)))
    while waiting:
        _, line, _, value = heappop(waiting)
        yield line, value


def row_error(domain: Domain[Any, Any], value: bytes | None) -> BadRecord | None:
    """Return what is wrong with a record that is a flat row and no event; None for any other."""
    if not domain.row_fields:
        return None
    try:
        if domain.unfold(decode(value), _BEGIN) is None:
            return None
    except BadRecord as error:
        return error
    return BadRecord(
        "flat_row",
        "a flat row stands for several events; `replay send` and `stream backtest` unfold it",
    )
