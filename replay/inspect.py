"""A data quality report: what a log holds, and what of it cannot be used."""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import numpy as np

from models.domain import Domain
from models.errors import BadRecord
from models.events import Event, Outcome
from models.sanitise import decode
from replay.amounts import Amounts
from replay.entries import Entry, read_line
from replay.fields import Fields
from replay.order import in_order
from replay.progress import Meter
from stream.logfile import MAX_LINE, LogFile
from stream.unfolding import unfolded

_SHOWN = 5


class Inspection:
    """Reads logs and counts; memory grows with the users, and by 8 bytes an event.

    Args:
        domain: whose events they are.
        sort_buffer: events that ``replay send`` would hold back for sorting.
    """

    def __init__(self, domain: Domain[Any, Any], sort_buffer: int) -> None:
        self._domain = domain
        self._sort_buffer = sort_buffer
        self._files: list[str] = []
        self._rows = 0
        self._anonymous = 0
        self._bad: Counter[str] = Counter()
        self._bad_places: dict[str, list[dict[str, object]]] = {}
        self._fields = Fields()
        self._types: Counter[str] = Counter()
        self._last: dict[str, int] = {}
        self._reached: set[str] = set()
        self._outcomes: Counter[int] = Counter()
        self._keys = array("q")
        self._amounts = Amounts(domain) if domain.objective.kind == "amount" else None
        self._first_ts = 0
        self._last_ts = 0
        self._behind = 0
        self._behind_user = 0
        self._beyond = 0
        self._worst: dict[str, object] = {"ms": 0, "file": None, "line": None}

    def read(self, logs: Sequence[LogFile]) -> None:
        """Read the logs, one after the other.

        Raises:
            LogError: one cannot be read.
        """
        sizes = [log.bytes_total for log in logs]
        total = None if None in sizes else sum(size or 0 for size in sizes)
        with Meter("inspecting", total, "lines") as meter:
            for log in logs:
                self._files.append(log.name)
                before = sum(other.bytes_read for other in logs if other is not log)
                for _ in in_order(self._entries(log), self._sort_buffer, self._count_beyond):
                    if self._rows % Meter.EVERY == 0:
                        meter.show(self._rows, before + log.bytes_read)

    def _count_beyond(self, _entry: Entry, _newest: Entry) -> None:
        self._beyond += 1

    def _entries(self, log: LogFile) -> Iterator[Entry]:
        newest = ts = 0
        for line, raw in unfolded(self._counted(log), self._domain):
            event = None
            try:
                event = self._parse(raw)
            except BadRecord as error:
                self._add_bad(error, log.name, line)
            if event is not None:
                ts = event.ts
                if ts < newest:
                    self._behind += 1
                    if newest - ts > int(str(self._worst["ms"])):
                        self._worst = {"ms": newest - ts, "file": log.name, "line": line}
                newest = max(newest, ts)
                self._add_event(event)
            yield Entry(ts, 0, line, None, b"", None)

    def _counted(self, log: LogFile) -> Iterator[tuple[int, bytes]]:
        for line, raw in log:
            self._rows += 1
            if len(raw) <= MAX_LINE:
                with suppress(BadRecord):  # it is told where it is read as an event
                    self._fields.add(decode(raw), raw)
            yield line, raw

    def _parse(self, raw: bytes) -> Event | None:
        event = read_line(self._domain, raw)
        if event is None:
            self._anonymous += 1
        return event

    def _add_bad(self, error: BadRecord, name: str, line: int) -> None:
        self._bad[error.reason] += 1
        places = self._bad_places.setdefault(error.reason, [])
        if len(places) < _SHOWN:
            places.append({"file": name, "line": line, "detail": error.detail})

    def _add_event(self, event: Event) -> None:
        user, ts = event.user_id, event.ts
        self._types[self._domain.event_type(event)] += 1
        last = self._last.get(user)
        if last is None or ts >= last:
            self._last[user] = ts
        else:
            self._behind_user += 1
        self._first_ts = min(self._first_ts or ts, ts)
        self._last_ts = max(self._last_ts, ts)
        self._keys.append(hash((user, ts, event.key)))
        if self._amounts is not None:
            self._amounts.add(event)
        if event.outcome:
            self._outcomes[event.outcome] += 1
            if event.outcome == Outcome.REACHED:
                self._reached.add(user)

    def as_dict(self) -> dict[str, Any]:
        """Return the report, ready for JSON."""
        events = self._types.total()
        users = len(self._last)
        reached, amount = len(self._reached), None
        if self._amounts is not None:
            reached, amount = self._amounts.totals()
        keys = np.frombuffer(self._keys, dtype=np.int64) if self._keys else np.empty(0)
        return {
            "domain": self._domain.name,
            "files": self._files,
            "rows": self._rows,
            "events": events,
            "anonymous": self._anonymous,
            "anonymous_share": _share(self._anonymous, self._rows),
            "bad": {
                reason: {"count": count, "first": self._bad_places[reason]}
                for reason, count in self._bad.most_common()
            },
            "users": users,
            "first_event": _iso(self._first_ts),
            "last_event": _iso(self._last_ts),
            "span_days": round((self._last_ts - self._first_ts) / 86_400_000, 3),
            "types": {
                name: {"count": count, "share": _share(count, events)}
                for name, count in self._types.most_common()
            },
            "outcomes": {
                "signs": self._outcomes[Outcome.SIGN],
                "reached": self._outcomes[Outcome.REACHED],
                "users": reached,
                "share_of_users": _share(reached, users),
                "amount": amount,
            },
            "disorder": {
                "behind": self._behind,
                "behind_own_user": self._behind_user,
                "worst": self._worst,
                "sort_buffer": self._sort_buffer,
                "beyond_sort_buffer": self._beyond,
            },
            "duplicates": events - len(np.unique(keys)),
            "fields": self._fields.as_dict(),
        }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0


def _iso(ts: int) -> str | None:
    return datetime.fromtimestamp(ts / 1000, UTC).isoformat(timespec="seconds") if ts else None
