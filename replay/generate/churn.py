"""Logs of the music service (churn): how its subscribers are imagined to behave.

**A user** (``users.py``) has a pace (visits a day), a stamina (events a visit), a taste (what is
played, how often thumbs go up and down), sociability, a rhythm of day and week (``rhythm.py``), a
tolerance for annoyance, and a frailty that nothing in the log tells of. Moods wander from day to
day: engagement (which sometimes falls into a slump of weeks), how badly the service guesses the
taste, how many adverts are shown; and technical trouble comes for some days. About a fifth of the
users register while the log runs.

**A visit** (``visit.py``) is a walk through a Markov chain of pages, one chain per level
(``pages.py``), fitted to two months of the service's log. The next song starts when this one ends,
a click comes one second after its page, other pages after a log-normal stay. Visitors log out and
in again (then ``userId`` is empty and the personal fields are missing), upgrade and downgrade.
Times are whole seconds, as in the service's own logs: many events share a millisecond.

**Churn** (``regime.py``). Every day each user, silent ones too, decides to cancel with probability

    hazard = base * exp(frailty + sum over drivers of weight * feeling)

A feeling is a number from 0 to 1. Those of counts are ``count / (count + half)``, where the count
fades over 10 days and ``half``, for annoyances, grows with the user's tolerance. The weights:

====================================  ======  =====  ==============================================
driver                                before  after  feeling
====================================  ======  =====  ==============================================
adverts seen                            3.3    0     half at 6
thumbs down given                       3.2    0.2   half at 3
visits to the page Downgrade            1.6    0     half at 2
errors met                              0.5    2.5   half at 1
listening less than usual               0.8    2.5   log(rate over 25 days / over 4 days) / 2
thumbs up, playlists, friends          -2.2    0     half at 15
being new                               0.6    0     exp(-days since registration / 30)
paying                                  0      0.9   1 or 0
====================================  ======  =====  ==============================================

Who decides to cancel does so at the end of that day's last visit, or comes back just for it. Often
the page Downgrade or Settings comes first, then ``Cancel``, then (a median of 33 s later)
``Cancellation Confirmation``, and then nothing ever again.

**The drift** (``--drift-at DAY``) stands for a new player and a higher price from that midnight on.
Concept drift: the weights change from *before* to *after*: adverts and dislikes stop mattering;
errors, declining listening and paying begin to. Data drift: visits are shorter (by 0.7) and more
frequent (by 1.15); adverts (1.7), errors (4, and three times as many users have technical trouble)
and playlists (1.4) are more frequent after a song, thumbs up (0.7) rarer. Up to that midnight the
log is, byte for byte, the one without drift.

**How predictable it is.** Measured on logs of 800 users, with daily snapshots of every living user,
counts of the last 1 to 30 days, level and tenure, and a logistic regression (users of the test set
unseen) for "cancels within 10 days": AUC 0.73 to 0.77 over 60 days at a base rate of 0.06 (0.70 to
0.75 at 0.045 after day 20); who knows the true hazard reaches 0.80. With a drift at day 45 of 90, a
model from before it falls from 0.68-0.72 to 0.47-0.51 after it, one from after it reaches 0.67 to
0.73, which is what the true hazard allows, and the base rate rises from 0.06 to 0.09.

Every user's day and every visit has a random sequence of its own, keyed by the seed: the same plan
gives the same bytes, in any process.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from models.plan import DAY_MS, Plan, reseed, seeded
from replay.generate import pages, rhythm
from replay.generate.catalogue import catalogue
from replay.generate.lines import Line
from replay.generate.regime import AFTER, BEFORE, Regime, daily_hazard
from replay.generate.users import User, make_users
from replay.generate.visit import ANONYMOUS, Event, play

_DAY, _VISIT = 3, 4  # what randomness is for; users.py has 1 and 2
_HOUR_MS: Final = 3_600_000
_PAUSE_MS: Final = 1_200_000  # between two visits of a user, at least

#: When a visit should start (ms), the number of the user, whether it ends with a cancellation.
_Planned = tuple[int, int, bool]


class _Timeline:
    """Events that are known already, to be taken in time order, hour by hour."""

    def __init__(self, start_ms: int) -> None:
        self._hours: defaultdict[int, list[Event]] = defaultdict(list)
        self._next = start_ms // _HOUR_MS

    def add(self, event: Event) -> None:
        """Add an event of an hour that has not been taken yet."""
        self._hours[event[0] // _HOUR_MS].append(event)

    def take_until(self, ms: int) -> Iterator[Event]:
        """Yield the events of the full hours before a time."""
        while self._next < ms // _HOUR_MS:
            yield from sorted(self._hours.pop(self._next, ()))
            self._next += 1


def make(plan: Plan) -> Iterator[Line]:
    """Yield the log of a plan in time order.

    Memory holds the users, and the rest of the visits that are going on.
    """
    users = make_users(plan)
    for event in _events(plan, users):
        yield event[0], _line(event, users)


def _events(plan: Plan, users: list[User]) -> Iterator[Event]:
    songs = catalogue()
    timeline = _Timeline(plan.start_ms)
    rng = seeded(0)
    session = 0
    for midnight in range(plan.start_ms, plan.end_ms, DAY_MS):
        regime = _regime(plan, midnight)
        for planned_ms, number, cancels in _plan_day(plan, users, midnight, regime):
            yield from timeline.take_until(planned_ms)
            user = users[number]
            session += 1
            user.visits += 1
            reseed(rng, plan.seed, _VISIT, number, user.visits)
            play(
                user,
                number,
                session=session,
                start_ms=_start(planned_ms, user, rng),
                cancels=cancels,
                regime=regime,
                songs=songs,
                rng=rng,
                emit=timeline.add,
            )
    yield from timeline.take_until(plan.end_ms)


def _regime(plan: Plan, midnight: int) -> Regime:
    drifted = plan.drift_at is not None and midnight >= plan.start_ms + plan.drift_at * DAY_MS
    return AFTER if drifted else BEFORE


def _plan_day(plan: Plan, users: list[User], midnight: int, regime: Regime) -> list[_Planned]:
    """Let a day begin: return the visits that it should bring, in time order."""
    planned: list[_Planned] = []
    rng = seeded(0)
    usual = rhythm.weekday_factor(midnight) * regime.visit_pace
    for number, user in enumerate(users):
        if user.gone or user.registered_ms >= midnight + DAY_MS:
            continue
        if user.registered_ms >= midnight:  # the first visit is what people register for
            planned.append((user.registered_ms + 60_000, number, False))
            continue
        reseed(rng, plan.seed, _DAY, number, midnight // DAY_MS)
        user.live_a_day(rng, regime.trouble_chance)
        cancels = rng.random() < daily_hazard(user, regime, midnight)
        count = rhythm.visits(rng, usual * user.pace_today())
        starts = sorted(
            midnight + rhythm.moment(rng, user.hours_later) for _ in range(max(count, cancels))
        )
        planned.extend((start, number, False) for start in starts[:-1])
        planned.extend((start, number, cancels) for start in starts[-1:])
    planned.sort()
    return planned


def _start(planned_ms: int, user: User, rng: random.Random) -> int:
    """Return when a visit really starts: not while the last one is going on."""
    earliest = user.free_at + _PAUSE_MS
    if planned_ms >= earliest:
        return planned_ms
    return earliest + int(rng.expovariate(1 / 7_200)) * 1000


def _line(event: Event, users: list[User]) -> bytes:
    ts, session, item, number, page_and_level, song = event
    page = pages.page_fragments()[page_and_level]
    if number == ANONYMOUS:
        return b'{"ts":%d,"userId":"","sessionId":%d,%b,"itemInSession":%d}\n' % (
            ts,
            session,
            page,
            item,
        )
    user = users[number]
    return b'{"ts":%d,"userId":%b,"sessionId":%d,%b,"itemInSession":%d%b%b}\n' % (
        ts,
        user.front,
        session,
        page,
        item,
        user.tail,
        catalogue().fragments[song] if song >= 0 else b"",
    )


MAKER = make
