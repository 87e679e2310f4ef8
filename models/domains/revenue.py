"""Seven-day revenue of a game's new players, from their install, events and purchases.

Outcome: all that a player pays within 7 days of the install. Snapshots are taken at the install and
1, 24 and 72 hours later; what is still to come is predicted by windows (day 1, days 2 and 3, days 4
to 7), so that each is learnt as soon as it is over, and added to what has been paid.

A player whose install is not in the log is scored, but never learnt from: when the 7 days began is
not known.
"""

from bisect import bisect, bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from math import cos, exp, expm1, log1p, pi, sin
from operator import itemgetter
from typing import ClassVar
from zlib import crc32

import msgspec

from models import amounts, hurdle, players, sanitise
from models.decay import DAY, Decayed
from models.domain import Domain
from models.errors import BadRecord
from models.events import Event, natural_key
from models.fields import EVENT_NAMES, USER_NAMES, Field
from models.objective import AMOUNT
from models.plan import Plan
from models.recipes import Model, Recipe
from models.words import Words, fading

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000

#: Ages at which snapshots are taken, and at which the windows end, in ms.
AGES = (0, HOUR_MS, DAY_MS, 3 * DAY_MS)
WINDOWS = (DAY_MS, 3 * DAY_MS, 7 * DAY_MS)

#: A pause of this many ms begins a new visit; a clock differs from another by less than an hour.
_PAUSE, _SLACK = HOUR_MS // 2, HOUR_MS

#: What happened lately, in ms: decays within hours.
_LATELY = (DAY / 4,)

#: An amount above this is an error of the log.
MOST = 1e7

TYPES = ("install", "event_1", "event_2", "event_3", "purchase")
_TYPES = {name: index for index, name in enumerate(TYPES)}
_INSTALL, _PURCHASE = 0, 4
SOURCES = ("organic", "non-organic")

#: What an install says of a player; of each, the model learns what such players bring.
TRAITS = ("country", "country_region", "source", "platform", "device_family", "os_version")
#: Texts become one of so many numbers: as many as a half-precision float can tell apart.
_BUCKETS = 2048
_NO_TRAITS = ("",) * len(TRAITS)
_NONE: tuple[str, ...] = ()

#: A payment is felt for about so many days.
_PAID_DAYS = 2.0

#: Of a flat row: how often an event may have come; when payments come (hours after the install),
#: and what share of what is left.
_MOST_EVENTS = 10_000
_PAYMENTS = ((2, 0.5), (40, 0.6), (110, 1.0))

Record = Mapping[str, object]


class RevenueEvent(Event, gc=False):
    """One event of a player.

    Attributes:
        kind: index of its type in ``TYPES``.
        amount: what was paid, in the currency of the log; 0 for other events.
        traits: of an install, the texts of ``TRAITS``, empty where missing; else nothing.
    """

    kind: int = 0
    amount: float = 0.0
    traits: tuple[str, ...] = ()


class RevenueData(msgspec.Struct, array_like=True):
    """What is kept of a player.

    Attributes:
        start: when the 7 days began, ms: the install, or the first event while that is missing.
        installed: whether the install was seen.
        traits: the texts of ``TRAITS``; empty while unknown.
        counts: events of each type so far, installs left out.
        lately: the same, decaying.
        visits: visits so far.
        last_ts: newest event, ms.
        purchases: payments within the 7 days.
        last_purchase: newest of them, ms; 0 for none.
        paid: amounts paid between one age or window's end and the next, in order.
    """

    start: int
    installed: bool
    traits: tuple[str, ...]
    counts: list[int]
    lately: Decayed
    visits: int
    last_ts: int
    purchases: int
    last_purchase: int
    paid: list[float]


def bucket(name: str, value: str) -> float:
    """Return the number that stands for a text; 0 for none.

    >>> bucket("country", ""), bucket("country", "DE") == bucket("platform", "DE")
    (0.0, False)
    """
    return float(1 + crc32(f"{name}={value}".encode()) % (_BUCKETS - 1)) if value else 0.0


def _hours(log_minutes: float) -> float:
    return expm1(log_minutes) / 60.0


_WORDS: dict[str, Words] = {
    **{name: Words(f"{name.replace('_', ' ')} {{}}") for name in TRAITS},
    "stage": Words("stage {}"),
    "hours_installed": Words("installed {} hours ago", expm1, "just installed"),
    "hours_silent": Words("no event for {} hours", expm1, "active now"),
    "last_seen": Words(
        "last seen {} hours after the install", _hours, "not seen since the install"
    ),
    "visits": Words("{} visits", expm1),
    **{f"event_{n}": Words(f"{{}} times event_{n}", expm1, f"no event_{n}") for n in (1, 2, 3)},
    **{
        f"event_{n}_lately": Words(f"{{}} times event_{n} lately", expm1, f"no event_{n} lately")
        for n in (1, 2, 3)
    },
    "events_an_hour": Words("{} events an hour", expm1),
    "paid": Words("has paid {}", expm1, "has not paid"),
    "payments": Words("{} payments", expm1, "no payment"),
    "paid_lately": fading("paid", _PAID_DAYS),
    "time_of_day_sin": Words("time of day of the install"),
    "time_of_day_cos": Words("time of day of the install"),
}
FEATURES = tuple(_WORDS)

_schedule = amounts.Schedule(
    tuple(age / HOUR_MS for age in AGES), tuple(end / HOUR_MS for end in WINDOWS)
)
_columns = amounts.Columns("stage", "hours_installed", "payments", TRAITS)
_kalman = partial(amounts.HurdleByWindow, _schedule, _columns)
_sgd = partial(amounts.HurdleByWindow, _schedule, _columns, hurdle.SgdHurdle)


def _varied(freedom: float = 1.0, forgetting: float = 0.9995, right: float = 100.0) -> Model:
    """Make the hurdles with other settings than usual (``hurdle.KalmanHurdle``)."""
    make = partial(hurdle.KalmanHurdle, freedom=freedom, forgetting=forgetting, right=right)
    return _kalman(make)


def _blend() -> Model:
    return amounts.Blend([_kalman(), _sgd()])


#: Worth a try at each retraining (`python -m benchmarks.quality.bakeoff`).
_CANDIDATES: tuple[Recipe, ...] = (
    Recipe("keeping_hurdle", "Bayesian hurdles that forget nothing", partial(_varied, 1.0, 1.0)),
    Recipe("quick_hurdle", "Bayesian hurdles that forget sooner", partial(_varied, 1.0, 0.998)),
    Recipe("free_hurdle", "Bayesian hurdles, freer weights", partial(_varied, 3.0)),
    Recipe("tight_hurdle", "Bayesian hurdles, shrunken weights", partial(_varied, 0.3)),
    Recipe("doubting_hurdle", "Bayesian hurdles, corrected sooner", partial(_varied, right=30.0)),
    Recipe("trusting_hurdle", "Bayesian hurdles, corrected later", partial(_varied, right=400.0)),
    Recipe("blended_hurdle", "average of Bayesian and SGD hurdles", _blend),
)

_AMOUNT_NAMES = ("amount", "price", "value", "paid")
_FIELDS = {
    "type": Field(
        "string", "What happened.", "install", required=True, valid=TYPES, alike=EVENT_NAMES
    ),
    "user_id": Field("string", "The player.", "p1", required=True, alike=USER_NAMES),
    "ts": sanitise.TS_FIELD,
    "revenue": Field(
        "number", "Of a purchase: the amount.", 4.99, least=0.0, most=MOST, alike=_AMOUNT_NAMES
    ),
    "country": Field("string", "Of an install: the country.", "US", alike=("country code",)),
    "country_region": Field(
        "string", "Of an install: the region.", "US-CA", alike=("region", "state")
    ),
    "source": Field(
        "string",
        "Of an install: who brought it.",
        "organic",
        valid=SOURCES,
        alike=("channel", "media source"),
    ),
    "platform": Field("string", "Of an install: the platform.", "ios", alike=("os",)),
    "device_family": Field(
        "string",
        "Of an install: the device family.",
        "iPhone",
        alike=("device", "device model", "model"),
    ),
    "os_version": Field(
        "string",
        "Of an install: the version of its system.",
        "17.4",
        alike=("system version",),
    ),
}
_ROW_FIELDS = {
    "user_id": _FIELDS["user_id"],
    **{name: _FIELDS[name] for name in TRAITS},
    **{
        f"event_{n}": Field(
            "integer", f"How often event_{n} came on the first day.", 3, least=0, most=_MOST_EVENTS
        )
        for n in (1, 2, 3)
    },
    "revenue": Field(
        "number", "What was paid in 7 days.", 4.99, least=0.0, most=MOST, alike=_AMOUNT_NAMES
    ),
    "installed_at": Field(
        "integer",
        "When, in ms since 1970.",
        1_704_067_200_000,
        least=sanitise.MIN_TS,
        is_time=True,
        alike=("install time", "installed", "install date"),
    ),
}


class Revenue(Domain[RevenueEvent, RevenueData]):
    """What will this player have paid 7 days after the install?"""

    name = "revenue"
    title = "revenue within 7 days of the install"
    data_type = RevenueData
    feature_names = FEATURES
    objective = AMOUNT
    horizon = WINDOWS[-1]
    grace = HOUR_MS // 4
    freeze = 0
    dormant_after = 30 * DAY_MS
    ages = ("install", "1h", "24h", "72h")
    overlap = len(AGES)
    categorical = TRAITS
    # set by the schedule, or by the time of day
    trending = ("stage", "hours_installed", "time_of_day_sin", "time_of_day_cos")
    recipes: ClassVar[tuple[Recipe, ...]] = (
        Recipe("kalman_hurdle", "Bayesian hurdles by window", _kalman),
        Recipe("sgd_hurdle", "SGD hurdles by window", _sgd),
    )
    candidates = _CANDIDATES
    fields = _FIELDS
    row_fields = _ROW_FIELDS
    known_by = "paid"
    crowd = 10

    # what a subclass for another horizon changes, with ``horizon``, ``ages`` and ``recipes``
    snapshot_ages: ClassVar[tuple[int, ...]] = AGES
    window_ends: ClassVar[tuple[int, ...]] = WINDOWS

    def __init__(self) -> None:
        self._bounds = tuple(sorted({*self.snapshot_ages, *self.window_ends}))

    def parse(self, record: Mapping[str, object]) -> RevenueEvent:
        """Return the event."""
        get = record.get
        name = get("type")
        kind = _TYPES.get(name, -1) if type(name) is str else -1
        if kind < 0:
            raise BadRecord("bad_type", f"type must be one of {', '.join(TYPES)}", "type", TYPES)
        ts = sanitise.millis(get("ts"))
        if ts is None:
            raise BadRecord("bad_ts", sanitise.BAD_TS, "ts")
        user_id = _user(record)
        amount, traits = 0.0, _NONE
        if kind == _PURCHASE:
            amount = _amount(record)
        elif kind == _INSTALL:
            traits = _traits(record)
        key = natural_key(ts, kind, round(amount * 100.0), 0)
        return RevenueEvent(user_id, ts, key, 0, kind, amount, traits)

    def event_type(self, event: RevenueEvent) -> str:
        """Return the type."""
        return TYPES[event.kind]

    def new_data(self, event: RevenueEvent) -> RevenueData:
        """Return an empty state that begins with this event."""
        ts, cells = event.ts, [0.0] * (len(self._bounds) - 1)
        return RevenueData(
            start=ts,
            installed=False,
            traits=(),
            counts=[0] * (len(TYPES) - 1),
            lately=Decayed.empty(ts, (len(TYPES) - 1,)),
            visits=1,
            last_ts=ts,
            purchases=0,
            last_purchase=0,
            paid=cells,
        )

    def update(self, data: RevenueData, event: RevenueEvent) -> None:
        """Count the event, follow visits and payments."""
        ts = event.ts
        if ts - data.last_ts > _PAUSE:
            data.visits += 1
        data.last_ts = ts
        self._count(data, event)

    def update_late(self, data: RevenueData, event: RevenueEvent) -> None:
        """Count the event; visits stay as they are."""
        self._count(data, event)

    def _count(self, data: RevenueData, event: RevenueEvent) -> None:
        ts, kind = event.ts, event.kind
        if kind == _INSTALL:
            if not data.installed and abs(ts - data.start) <= _SLACK:
                data.installed, data.traits, data.start = True, event.traits, min(data.start, ts)
            return
        data.counts[kind - 1] += 1
        data.lately.add(_LATELY, ts, kind - 1)
        if kind == _PURCHASE and 0 <= ts - data.start < self.horizon:
            cell = bisect(self._bounds, ts - data.start) - 1
            data.paid[cell] += event.amount
            data.purchases += 1
            data.last_purchase = max(data.last_purchase, ts)

    def features(self, data: RevenueData, at: int) -> dict[str, float]:
        """Return traits as numbers that stand for them, counts, paces and payments (log scale)."""
        counts, lately, start = data.counts, data.lately.sums[0], data.start
        fresh = data.lately.factor(_LATELY, 0, at)
        hours = (at - start) / HOUR_MS
        moment = start % DAY_MS / DAY_MS * 2.0 * pi
        paid_lately = exp((data.last_purchase - at) / DAY / _PAID_DAYS) if data.purchases else 0.0
        country, region, *others = data.traits or _NO_TRAITS
        # one literal, because this runs at every event
        return {
            "country": bucket("country", country),
            # regions of one name lie in several countries
            "country_region": bucket("country_region", region and f"{country}/{region}"),
            **{name: bucket(name, text) for name, text in zip(TRAITS[2:], others, strict=True)},
            "stage": bisect(self.snapshot_ages, at - start) - 1.0,
            "hours_installed": log1p(hours),
            "hours_silent": log1p((at - data.last_ts) / HOUR_MS),
            # by minutes: who left for good within the first visit, and who later, differ most
            "last_seen": log1p((data.last_ts - start) / MINUTE_MS),
            "visits": log1p(data.visits),
            "event_1": log1p(counts[0]),
            "event_2": log1p(counts[1]),
            "event_3": log1p(counts[2]),
            "event_1_lately": log1p(lately[0] * fresh),
            "event_2_lately": log1p(lately[1] * fresh),
            "event_3_lately": log1p(lately[2] * fresh),
            "events_an_hour": log1p(sum(counts) / (hours + 1.0)),
            "paid": log1p(sum(data.paid)),
            "payments": log1p(data.purchases),
            "paid_lately": paid_lately,
            "time_of_day_sin": sin(moment),
            "time_of_day_cos": cos(moment),
        }

    def next_snapshot(self, data: RevenueData, after: int) -> int:
        """Return the next of the ages, for a player whose install was seen."""
        if data.installed:
            for age in self.snapshot_ages:
                if data.start + age > after:
                    return data.start + age
        return 0

    def windows(self, data: RevenueData, at: int) -> tuple[int, ...]:  # noqa: ARG002 - of the player
        """Return the ends of the windows, counted from the install."""
        return tuple(data.start + end for end in self.window_ends)

    def outcome(self, data: RevenueData, start: int, end: int) -> float:
        """Return what was paid in [start, end), each an age or a window's end."""
        first, last = (bisect_left(self._bounds, at - data.start) for at in (start, end))
        return sum(data.paid[first:last])

    def known(self, data: RevenueData, at: int) -> float:  # noqa: ARG002 - all that has come
        """Return what has been paid so far."""
        return sum(data.paid)

    def settled(self, data: RevenueData) -> int:
        """Return the end of the 7 days."""
        return data.start + self.horizon

    def age(self, data: RevenueData, at: int) -> int:
        """Return which of the ages a snapshot has."""
        return bisect(self.snapshot_ages, at - data.start) - 1

    def describe(self, feature: str, value: float, data: RevenueData) -> str:
        """Say a feature's value in words; traits by their texts."""
        if feature in TRAITS:
            text = data.traits[TRAITS.index(feature)] if data.traits else ""
            return f"{feature.replace('_', ' ')} {text or 'unknown'}"
        if feature.startswith("time_of_day"):
            return f"installed at {data.start % DAY_MS // HOUR_MS} h UTC"
        if feature == "paid" and value:
            return f"has paid {sum(data.paid):.2f}"
        if feature == "stage":
            return f"judged as at {self.ages[min(max(0, int(value)), len(self.ages) - 1)]}"
        return _WORDS[feature].say(value)

    def sample_events(self) -> Sequence[Mapping[str, object]]:
        """Return a player who pays and one who does not."""
        start = 1_704_067_200_000
        install = {"type": "install", "user_id": "p1", "ts": start, "country": "US"}
        install |= {"country_region": "US-CA", "source": "organic", "platform": "ios"}
        install |= {"device_family": "iPhone", "os_version": "17.4"}
        other = {"user_id": "p2", "ts": start + 90_000, "source": "non-organic"}
        events = [("event_1", 1), ("event_2", 7), ("event_1", 60), ("event_3", 1500)]
        played = [
            {"type": kind, "user_id": user, "ts": start + 120_000 + minutes * 60_000}
            for kind, minutes in events
            for user in ("p1", "p2")
        ]
        paid = {"type": "purchase", "user_id": "p1", "ts": start + 2 * DAY_MS, "revenue": 4.99}
        return [install, {**install, **other}, *played, paid]

    def unfold(self, row: Record, at: int) -> Sequence[Record] | None:
        """Return the install, the events spread over the first day, and up to three payments."""
        if "type" in row or "ts" in row:
            return None
        user_id, given = _user(row), row.get("installed_at")
        start = at if given is None else sanitise.millis(given)
        if start is None:
            raise BadRecord("bad_installed_at", sanitise.BAD_TS, "installed_at")
        install = {"type": "install", "user_id": user_id, "ts": start}
        records: list[dict[str, object]] = [install | dict(zip(TRAITS, _traits(row), strict=True))]
        for kind in TYPES[1:_PURCHASE]:
            count = _count(row, kind)
            records += [
                {"type": kind, "user_id": user_id, "ts": start + (n + 1) * DAY_MS // count}
                for n in range(count)
            ]
        left = round(_amount(row) * 100) if row.get("revenue") is not None else 0
        for hours, share in _PAYMENTS:
            cents = round(left * share)
            left -= cents
            if cents:
                ts = start + hours * HOUR_MS
                records.append(
                    {"type": "purchase", "user_id": user_id, "ts": ts, "revenue": cents / 100}
                )
        return sorted(records, key=itemgetter("ts"))

    def simulate(self, plan: Plan) -> Iterator[tuple[int, Record]]:
        """Yield the log of made-up players, as ``models.players`` describes them."""
        return players.play(plan)


def _user(record: Record) -> str:
    user_id = sanitise.text(record.get("user_id"))
    if user_id is None:
        raise BadRecord("bad_user", "user_id is missing or empty", "user_id")
    return user_id


def _amount(record: Record) -> float:
    amount = sanitise.number(record.get("revenue"))
    if amount is None or not 0.0 <= amount <= MOST:
        said = f"revenue must be a number from 0 to {MOST:.0f}"
        raise BadRecord("bad_revenue", said, "revenue")
    return amount


def _count(row: Record, name: str) -> int:
    if row.get(name) is None:
        return 0
    count = sanitise.integer(row[name])
    if count is None or not 0 <= count <= _MOST_EVENTS:
        said = f"{name} must be a whole number from 0 to {_MOST_EVENTS}"
        raise BadRecord(f"bad_{name}", said, name)
    return count


def _traits(record: Record) -> tuple[str, ...]:
    """Return the texts of ``TRAITS``; what is missing is empty, and a source must be known."""
    found = []
    for name in TRAITS:
        value = record.get(name)
        text = sanitise.text(value)
        if text is None and value not in (None, ""):
            raise BadRecord(f"bad_{name}", f"{name} must be a text", name)
        found.append(text or "")
    source = found[TRAITS.index("source")]
    if source not in ("", *SOURCES):
        said = f"source must be one of {', '.join(SOURCES)}"
        raise BadRecord("bad_source", said, "source", SOURCES)
    return tuple(found)


DOMAIN = Revenue()
