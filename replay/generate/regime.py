"""What drives churn, and what the service is like, before and after the drift."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from models.plan import DAY_MS
from replay.generate import pages
from replay.generate.users import User


@dataclass(frozen=True, slots=True)
class Regime:
    """How users behave in a period.

    The hazard is ``base * exp(sum of weight * feeling)``; a feeling lies between 0 and 1 (paid and
    newness included), so a weight of 1.4 multiplies the hazard by 4 at most.

    Attributes:
        base: cancellations a day of a user who feels nothing.
        adverts: weight of adverts seen lately.
        dislikes: weight of thumbs down given lately.
        downgrade_visits: weight of visits to the Downgrade page lately.
        errors: weight of errors met lately.
        decline: weight of listening less than usual.
        joy: weight of thumbs up, playlists and friends lately (negative: it keeps people).
        newness: weight of being new.
        paid: weight of paying.
        visit_length: factor on the length of visits.
        visit_pace: factor on the number of visits.
        trouble_chance: chance a day that a user's technical trouble starts.
        page_factors: factors on how often pages follow a song.
    """

    base: float
    adverts: float
    dislikes: float
    downgrade_visits: float
    errors: float
    decline: float
    joy: float
    newness: float
    paid: float
    visit_length: float = 1.0
    visit_pace: float = 1.0
    trouble_chance: float = 0.01
    page_factors: Mapping[int, float] = field(default_factory=dict)


BEFORE: Final = Regime(
    base=0.00067,
    adverts=3.3,
    dislikes=3.2,
    downgrade_visits=1.6,
    errors=0.5,
    decline=0.8,
    joy=-2.2,
    newness=0.6,
    paid=0.0,
)

AFTER: Final = Regime(
    base=0.00067,
    adverts=0.0,
    dislikes=0.2,
    downgrade_visits=0.0,
    errors=2.5,
    decline=2.5,
    joy=0.0,
    newness=0.0,
    paid=0.9,
    visit_length=0.7,
    visit_pace=1.15,
    trouble_chance=0.03,
    page_factors={
        pages.ROLL_ADVERT: 1.7,
        pages.THUMBS_UP: 0.7,
        pages.ADD_TO_PLAYLIST: 1.4,
        pages.ERROR: 4.0,
    },
)


def _felt(count: float, half: float) -> float:
    """Return how much of something is felt: 0 for none, a half at ``half``, 1 in the end."""
    return count / (count + half)


def daily_hazard(user: User, regime: Regime, now_ms: int) -> float:
    """Return the chance that the user decides, today, to cancel."""
    lived = user.experience
    patience = user.tolerance
    drop = math.log((lived.songs_usually + 0.5) / (lived.songs_lately + 0.5))
    age_days = max(0.0, (now_ms - user.registered_ms) / DAY_MS)
    log_factor = (
        user.frailty
        + regime.adverts * _felt(lived.adverts, 6 * patience)
        + regime.dislikes * _felt(lived.dislikes, 3 * patience)
        + regime.downgrade_visits * _felt(lived.downgrade_visits, 2 * patience)
        + regime.errors * _felt(lived.errors, 1 * patience)
        + regime.decline * min(1.0, max(0.0, drop / 2))
        + regime.joy * _felt(lived.joys, 15)
        + regime.newness * math.exp(-age_days / 30)
        + regime.paid * (user.level == pages.PAID)
    )
    return min(0.5, regime.base * math.exp(log_factor))
