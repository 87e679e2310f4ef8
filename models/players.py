"""New players of a game, made up: where they come from, what they do, what they pay.

**A player** has a country (and a region in it), a platform, a device family and an OS version, a
source (organic, or brought by a campaign), and two hidden traits: how much the game takes hold of
them (*engagement*), and how freely they spend. Engagement drives both what they do and what they
pay, so early events tell of later money; the rest of it is chance.

**Events** come in visits. The first begins with the install; further ones follow at a pace that
grows with engagement and falls with age, mostly in the waking hours of the country. A visit brings
``event_1`` (a level played), fewer ``event_2`` (something won) and seldom ``event_3`` (the shop).

**Payers** are about one in eighteen. The chance of being one multiplies the effects of country,
region, platform, device, source and engagement; the first payment comes in the first hours or in
later visits, the number of payments is geometric, and amounts are price points around a lognormal
that is wide enough for the best tenth of the payers to bring two fifths of the money.

**The drift** (from a day on) is a new campaign and a new price list. Data drift: twice as many
players come through campaigns, and from other countries. Concept drift: on iOS they no longer pay
more often than elsewhere, players of campaigns pay less often, and amounts rise by a half. Up to
that midnight the log is, byte for byte, the one without drift.
"""

import random
from bisect import bisect
from collections.abc import Iterator, Mapping
from heapq import heappop, heappush
from math import cos, exp, pi
from typing import Final

from models.plan import DAY_MS, Plan, seeded

HOUR_MS: Final = 3_600_000

#: Country: share of the installs, log-odds of paying, log of the amounts, hours ahead of UTC.
COUNTRIES: Final[dict[str, tuple[float, float, float, int]]] = {
    "US": (0.20, 0.45, 0.35, -6),
    "BR": (0.13, -0.50, -0.35, -3),
    "IN": (0.14, -1.10, -0.60, 5),
    "DE": (0.06, 0.35, 0.25, 1),
    "GB": (0.05, 0.40, 0.20, 0),
    "JP": (0.05, 0.75, 0.50, 9),
    "KR": (0.03, 0.60, 0.40, 9),
    "FR": (0.05, 0.15, 0.10, 1),
    "TR": (0.05, -0.45, -0.30, 3),
    "ID": (0.07, -0.80, -0.50, 7),
    "MX": (0.06, -0.30, -0.25, -6),
    "RU": (0.05, -0.20, -0.20, 3),
    "CA": (0.03, 0.35, 0.25, -5),
    "AU": (0.02, 0.50, 0.30, 10),
    "NZ": (0.01, 0.40, 0.20, 12),
}
#: Device family: platform, share of its platform, log-odds of paying, log of the amounts.
DEVICES: Final[dict[str, tuple[str, float, float, float]]] = {
    "iPhone": ("ios", 0.80, 0.10, 0.05),
    "iPad": ("ios", 0.20, 0.30, 0.25),
    "Samsung Galaxy S": ("android", 0.22, 0.35, 0.20),
    "Samsung Galaxy A": ("android", 0.28, -0.10, 0.0),
    "Xiaomi Redmi": ("android", 0.26, -0.35, -0.20),
    "Google Pixel": ("android", 0.06, 0.40, 0.15),
    "Oppo": ("android", 0.10, -0.20, -0.10),
    "Huawei": ("android", 0.08, -0.05, 0.0),
}
_VERSIONS: Final = {"ios": ("15.8", "16.7", "17.2", "17.4"), "android": ("10", "11", "12", "13")}
_REGIONS: Final = 6
_PRICES: Final = (0.99, 1.99, 2.99, 4.99, 9.99, 19.99, 49.99, 99.99)
_BASE: Final = -3.15  # log-odds of paying of an average player

_TASTE, _PLAYER, _ARRIVALS = 11, 12, 13  # what randomness is for

Record = Mapping[str, object]


def play(plan: Plan) -> Iterator[tuple[int, Record]]:
    """Yield time and record of every event of a plan's players, in time order.

    Memory holds the players of the newest two weeks.
    """
    waiting: list[tuple[int, int, int, Record]] = []
    for number, installed in enumerate(_arrivals(plan)):
        while waiting and waiting[0][0] <= installed:
            ts, _, _, record = heappop(waiting)
            yield ts, record
        for order, (ts, record) in enumerate(_player(plan, number, installed)):
            if ts < plan.end_ms:
                heappush(waiting, (ts, number, order, record))
    while waiting:
        ts, _, _, record = heappop(waiting)
        yield ts, record


def _arrivals(plan: Plan) -> list[int]:
    rng = seeded(plan.seed, _ARRIVALS)
    return sorted(rng.randrange(plan.start_ms, plan.end_ms) for _ in range(plan.users))


def _player(plan: Plan, number: int, installed: int) -> list[tuple[int, Record]]:
    """Return a player's whole life, in time order."""
    rng = seeded(plan.seed, _PLAYER, number)
    drifted = plan.drift_at is not None and installed >= plan.start_ms + plan.drift_at * DAY_MS
    country = _drawn(rng, {c: _share(c, drifted) for c, row in COUNTRIES.items()})
    region = f"{country}-{rng.randrange(_REGIONS) + 1}"
    organic = rng.random() < (0.30 if drifted else 0.55)
    wealth = COUNTRIES[country][1]
    platform = "ios" if rng.random() < 0.35 + 0.15 * wealth else "android"
    family = _drawn(rng, {d: row[1] for d, row in DEVICES.items() if row[0] == platform})
    version = rng.choice(_VERSIONS[platform])
    engagement = rng.gauss(0.15 if organic else -0.1, 1.0)
    user_id = f"p{number:06d}"
    install: Record = {
        "type": "install",
        "user_id": user_id,
        "ts": installed,
        "country": country,
        "country_region": region,
        "source": "organic" if organic else "non-organic",
        "platform": platform,
        "device_family": family,
        "os_version": version,
    }
    offset = COUNTRIES[country][3]
    visits = _visits(rng, installed, engagement, offset)
    events: list[tuple[int, Record]] = [(installed, install)]
    for visit in visits:
        events += _visit(rng, user_id, visit, engagement)
    taste = seeded(plan.seed, _TASTE, _code(region))
    log_odds = (
        _BASE
        + wealth
        + taste.gauss(0.0, 0.35)
        + (0.0 if drifted else 0.45) * (platform == "ios")
        + DEVICES[family][2]
        + (0.25 if organic else (-0.6 if drifted else -0.1))
        + 0.95 * engagement
    )
    if rng.random() < 1.0 / (1.0 + exp(-log_odds)):
        level = COUNTRIES[country][2] + DEVICES[family][3] + 0.30 * engagement + 0.4 * drifted
        level += rng.gauss(0.0, 0.6)
        events += _payments(rng, user_id, visits, installed, level)
    return sorted(events, key=lambda event: event[0])


def _share(country: str, drifted: bool) -> float:
    share = COUNTRIES[country][0]
    return share * (2.0 if COUNTRIES[country][1] < -0.4 else 0.8) if drifted else share


def _drawn(rng: random.Random, shares: Mapping[str, float]) -> str:
    return rng.choices(list(shares), list(shares.values()))[0]


def _code(text: str) -> int:
    return int.from_bytes(text.encode(), "big")


def _visits(rng: random.Random, installed: int, engagement: float, offset: int) -> list[int]:
    """Return when the player's visits begin, the first with the install."""
    visits, at = [installed], float(installed)
    while True:
        age_days = (at - installed) / DAY_MS
        a_day = 2.2 * exp(0.5 * engagement) / (1.0 + 0.4 * age_days)
        at += rng.expovariate(a_day) * DAY_MS + HOUR_MS / 3
        if at > installed + 14 * DAY_MS or rng.random() < 0.09 * exp(-0.4 * engagement):
            return visits
        hour = (at / HOUR_MS + offset) % 24.0
        if rng.random() < 0.55 - 0.45 * cos((hour - 3.0) * pi / 12.0):
            visits.append(int(at))


def _visit(
    rng: random.Random, user_id: str, begin: int, engagement: float
) -> list[tuple[int, Record]]:
    count = 1 + int(rng.expovariate(1.0 / (3.2 * exp(0.45 * engagement))))
    events: list[tuple[int, Record]] = []
    at = begin
    for _ in range(min(count, 60)):
        at += 1000 + int(rng.expovariate(1 / 90_000))
        kind = rng.choices(("event_1", "event_2", "event_3"), (0.66, 0.24, 0.10))[0]
        events.append((at, {"type": kind, "user_id": user_id, "ts": at}))
    return events


def _payments(
    rng: random.Random, user_id: str, visits: list[int], installed: int, level: float
) -> list[tuple[int, Record]]:
    if rng.random() < 0.25 or len(visits) == 1:
        first = installed + int(rng.expovariate(1 / (1.5 * HOUR_MS))) + 60_000
    else:
        # who thinks it over pays later: the later of two visits
        first = max(rng.choice(visits[1:]) for _ in range(2)) + rng.randrange(30_000, 900_000)
    events: list[tuple[int, Record]] = []
    at = first
    while at < installed + 14 * DAY_MS:
        price = exp(1.0 + level + rng.gauss(0.0, 0.7))
        amount = _PRICES[min(len(_PRICES) - 1, bisect(_PRICES, price))]
        events.append((at, {"type": "purchase", "user_id": user_id, "ts": at, "revenue": amount}))
        if rng.random() < 0.42:
            break
        at += int(rng.expovariate(1 / (1.1 * DAY_MS))) + 60_000
    return events
