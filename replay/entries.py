"""What is sent: a line of a log, with what its domain says about it."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from models.domain import Domain
from models.errors import BadRecord
from models.events import Event
from stream.logfile import MAX_LINE
from stream.reading import read_event
from stream.unfolding import unfolded


class Entry(NamedTuple):
    """One line. Entries sort by time, then by their place in the logs.

    Attributes:
        ts: event time in ms. A line that has no user has that of the line before it, so that it
            keeps its place; 0 when no time is known yet.
        file: which of the logs, from 0.
        line: number of the line, from 1.
        user: the user's id; None for an anonymous event and for a bad line.
        raw: the bytes of the record.
        bad: why the line cannot be used; None when it can.
    """

    ts: int
    file: int
    line: int
    user: str | None
    raw: bytes
    bad: BadRecord | None


def read_line(domain: Domain[Any, Any], raw: bytes) -> Event | None:
    """Return the event of a line, None for one that belongs to no user.

    Raises:
        BadRecord: it cannot be used, or is longer than Kafka takes.
    """
    if len(raw) > MAX_LINE:
        raise BadRecord("too_long", f"longer than {MAX_LINE:,} bytes")
    return read_event(domain, raw)


def entries(
    lines: Iterable[tuple[int, bytes]], domain: Domain[Any, Any], file: int = 0
) -> Iterator[Entry]:
    """Yield the entries of a log, in the order of its lines, or of the events of its flat rows."""
    ts = 0
    for line, raw in unfolded(lines, domain):
        user = bad = None
        try:
            event = read_line(domain, raw)
            if event is not None:
                user = event.user_id
                ts = event.ts
        except BadRecord as error:
            bad = error
        yield Entry(ts, file, line, user, raw, bad)
