"""Sorts a log that is nearly in order, with a bounded buffer, and refuses one that is not."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from models.errors import WeirError
from replay.entries import Entry

#: Events held back for sorting: whatever is no further out of place than this comes out sorted.
SORT_BUFFER = 10_000

#: Sorting what is mostly sorted costs a comparison an entry, so it is done in steps: the buffer is
#: sorted so many times while it is passed through once. A heap takes three times as long.
_STEPS = 8


class OrderError(WeirError):
    """A log is further out of order than the buffer can mend; the message names the line."""


def in_order(
    entries: Iterable[Entry], buffer: int, on_late: Callable[[Entry, Entry], None]
) -> Iterator[Entry]:
    """Yield the entries by time; those of one time in the order of their lines.

    The same entries and the same buffer always give the same order: a resumed replay counts on it.

    Args:
        entries: of one log.
        buffer: how many entries are held back.
        on_late: called with an entry that comes too late to be sorted, and with the newest one that
            has gone before it. Unless it raises, the late entry is yielded next.
    """
    newest: Entry | None = None
    for entry in _sorted(entries, buffer):
        if newest is not None and entry.ts < newest.ts:
            on_late(entry, newest)
        else:
            newest = entry
        yield entry


def _sorted(entries: Iterable[Entry], buffer: int) -> Iterator[Entry]:
    source = iter(entries)
    held = list(islice(source, buffer))
    while more := list(islice(source, max(1, buffer // _STEPS))):
        held += more
        held.sort()
        yield from held[: len(more)]
        del held[: len(more)]
    held.sort()
    yield from held


def merged(streams: Sequence[Iterable[Entry]]) -> Iterator[Entry]:
    """Merge logs that are each in order into one."""
    return iter(streams[0]) if len(streams) == 1 else heapq.merge(*streams)


def refusal(names: Sequence[str], buffer: int) -> Callable[[Entry, Entry], None]:
    """Return an ``on_late`` that raises OrderError.

    Args:
        names: of the logs, by ``Entry.file``.
        buffer: as given to ``in_order``, for the message.
    """

    def refuse(entry: Entry, newest: Entry) -> None:
        raise OrderError(
            f"{names[entry.file]}, line {entry.line}: {duration(newest.ts - entry.ts)} behind line "
            f"{newest.line}, which has gone before it; more than {buffer:,} lines lie between them "
            "in time. Sort the log, raise --sort-buffer, or send the line late with --allow-late"
        )

    return refuse


def duration(ms: int) -> str:
    """Return a span of time as people say it.

    >>> duration(93_784_000), duration(61_000), duration(5)
    ('1 d 2 h', '1 min 1 s', '5 ms')
    """
    if ms < 1000:
        return f"{ms} ms"
    parts = []
    seconds = ms // 1000
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        if count := seconds // size:
            parts.append(f"{count} {unit}")
        seconds %= size
    return " ".join(parts[:2])
