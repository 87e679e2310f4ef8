"""One visit of one user: a walk through the pages, with the times of a music player."""

import math
import random
from bisect import bisect
from collections.abc import Callable
from typing import Final

from replay.generate import pages
from replay.generate.catalogue import SLOTS, Catalogue
from replay.generate.regime import Regime
from replay.generate.users import User

#: time in ms, session id, item in session, number of the user, page code * 2 + level, song or -1.
#: The number of the user is ANONYMOUS when nobody is logged in. No two events compare equal.
Event = tuple[int, int, int, int, int, int]

ANONYMOUS: Final = -1

_LONGEST_VISIT: Final = 500


def play(
    user: User,
    number: int,
    *,
    session: int,
    start_ms: int,
    cancels: bool,
    regime: Regime,
    songs: Catalogue,
    rng: random.Random,
    emit: Callable[[Event], None],
) -> None:
    """Let a user visit the service, and remember what happened there.

    Args:
        user: who visits; level, experience, ``free_at`` and ``gone`` are brought up to date.
        number: the user's number, for the events.
        session: the id of this visit.
        start_ms: when it starts.
        cancels: whether it ends with a cancellation.
        regime: how users behave at present.
        songs: what there is to listen to.
        rng: where chance comes from.
        emit: takes each event, in time order.
    """
    draw = rng.random
    dwells = pages.dwells()
    seconds = songs.seconds
    first, second = (songs.charts[chart] for chart in user.charts)
    level = user.level
    length = _length(user, regime, rng)
    factors = _factors(user, regime)
    song_bounds, song_targets = pages.song_row(level, factors)
    tally = [0] * len(pages.PAGES)

    bounds, targets = pages.ARRIVALS
    now = start_ms
    song_ends = now
    item = 0
    while True:
        page = targets[bisect(bounds, draw())]
        song = -1
        if page == pages.NEXT_SONG:
            if item:  # the next song waits for the end of this one; a stopped player, for a click
                now = song_ends if song_ends > now else now + dwells[int(draw() * 1024)] * 1000
            chart = first if draw() < 0.7 else second
            song = chart[int(draw() * SLOTS)]
            song_ends = now + seconds[song] * 1000
            bounds, targets = song_bounds, song_targets
        else:
            if page in pages.CLICKS:
                now += 1000
            elif item:
                now += dwells[int(draw() * 1024)] * 1000
            if page >= pages.LOGOUT:  # signing out stops the music
                song_ends = now
            bounds, targets = pages.ROWS[page]
        tally[page] += 1
        who = number if page < pages.LOGGED_OUT else ANONYMOUS
        emit((now, session, item, who, 2 * page + level, song))
        item += 1
        if page in (pages.SUBMIT_UPGRADE, pages.SUBMIT_DOWNGRADE):
            level = pages.PAID if page == pages.SUBMIT_UPGRADE else pages.FREE
            song_bounds, song_targets = pages.song_row(level, factors)
        if item >= length and not (cancels and page >= pages.LOGOUT):
            break
    user.level = level
    user.experience.add(tally)
    if cancels:
        now = _cancel(number, (now, session, item, level), rng, emit)
        user.gone = True
    user.free_at = max(now, song_ends)


def _length(user: User, regime: Regime, rng: random.Random) -> int:
    """Draw the number of events: most visits are short, a few last half a day."""
    usual = user.stamina * (1.0 if user.level == pages.PAID else 0.5)
    length = 1 + int(rng.gammavariate(0.85, usual * regime.visit_length / 0.85))
    return min(length, _LONGEST_VISIT)


def _factors(user: User, regime: Regime) -> dict[int, float]:
    """Return how much more often than usual this user comes to each page after a song."""
    factors = dict(user.traits)
    factors[pages.THUMBS_DOWN] *= math.exp(user.mismatch - 0.28)
    factors[pages.ROLL_ADVERT] *= math.exp(user.advert_load - 0.28)
    factors[pages.ERROR] *= 12.0 if user.trouble else 0.4
    for page, factor in regime.page_factors.items():
        factors[page] = factors.get(page, 1.0) * factor
    return factors


def _cancel(
    number: int,
    at: tuple[int, int, int, int],
    rng: random.Random,
    emit: Callable[[Event], None],
) -> int:
    """End a visit with a cancellation, mostly by way of a telling page; return its time."""
    now, session, item, level = at
    way = rng.random()
    if way < 0.6 or (way < 0.85 and level == pages.PAID):
        now += pages.dwells()[int(rng.random() * 1024)] * 1000
        page = pages.DOWNGRADE if way < 0.6 and level == pages.PAID else pages.SETTINGS
        emit((now, session, item, number, 2 * page + level, -1))
        item += 1
    now += 1000
    emit((now, session, item, number, 2 * pages.CANCEL + level, -1))
    # people read the "are you sure": a median of 33 s, and at least one
    now += max(1, round(rng.lognormvariate(3.5, 1.2))) * 1000
    emit((now, session, item + 1, number, 2 * pages.CONFIRMATION + level, -1))
    return now
