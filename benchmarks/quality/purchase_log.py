"""A log of purchases, one row each, as a log of installs and purchases.

Such logs have dates and no times. A customer's time of day is made from the id: always the same
one, so that what lies between two purchases is whole days, whatever that time is. Several rows of
a customer's day are a minute apart, in their order.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from zlib import crc32

import orjson

from models.errors import WeirError

#: What a row must have: who, when (YYYY-MM-DD), how much.
COLUMNS = ("cust", "date", "usd")

#: Times of day: the latest leaves room for a day's rows. The first purchase follows the install.
_LATEST_MS, _APART_MS, _AFTER_MS = 22 * 3_600_000, 60_000, 1_000


class BadPurchases(WeirError):
    """The log has a row that is no purchase."""


def as_events(rows: Iterable[bytes], customers: int | None = None) -> list[bytes]:
    """Return the events of all customers, by time.

    A customer's first purchase is the install, and a purchase right after it: from then on it
    counts as paid.

    Args:
        rows: JSON objects with at least ``COLUMNS``.
        customers: only of so many, those who bought first; None for all.

    Raises:
        BadPurchases: a row cannot be used.
    """
    purchases = sorted(_purchases(rows))
    first: dict[str, int] = {}
    for ts, _, user, _ in purchases:
        first.setdefault(user, ts)
    chosen = set(list(first)[:customers])
    events = []
    for ts, order, user, amount in purchases:
        if user not in chosen:
            continue
        begins = ts == first[user]
        if begins:
            events.append((ts, order, _event("install", user, ts)))
        at = ts + _AFTER_MS if begins else ts
        events.append((at, order, _event("purchase", user, at, revenue=amount)))
    return [record for _, _, record in sorted(events)]


def _purchases(rows: Iterable[bytes]) -> Iterator[tuple[int, int, str, float]]:
    that_day: Counter[tuple[str, str]] = Counter()
    for number, raw in enumerate(rows, 1):
        try:
            row: Mapping[str, str] = orjson.loads(raw)
            user, date, amount = (row[name] for name in COLUMNS)
            midnight = datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp() * 1000
            paid = float(amount)
        except (KeyError, TypeError, ValueError) as error:
            raise BadPurchases(
                f"row {number} is no purchase; it needs {', '.join(COLUMNS)}: {error}"
            ) from error
        ts = int(midnight) + crc32(user.encode()) % _LATEST_MS + that_day[user, date] * _APART_MS
        that_day[user, date] += 1
        yield ts, number, user, paid


def _event(kind: str, user: str, ts: int, **more: object) -> bytes:
    return orjson.dumps({"type": kind, "user_id": user, "ts": ts, **more})
