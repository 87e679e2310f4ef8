"""When people visit: by hour of the day and day of the week, and how often."""

import math
import random
from bisect import bisect
from typing import Final

from models.plan import DAY_MS

# Starts of visits by hour (UTC; the service's users live in the Americas): a peak after lunch on
# the East coast, a trough at night.
_HOURS: Final = (
    70, 72, 60, 55, 50, 46, 46, 50, 58, 66, 84, 102,
    126, 148, 200, 206, 172, 140, 124, 108, 100, 84, 78, 72,
)  # fmt: skip
# Monday to Sunday: people listen at work.
_WEEKDAYS: Final = (1.12, 1.20, 1.20, 1.10, 1.15, 0.68, 0.55)

_HOUR_BOUNDS: Final = [sum(_HOURS[: hour + 1]) / sum(_HOURS) for hour in range(23)]
_HOUR_MS: Final = 3_600_000


def weekday_factor(day_ms: int) -> float:
    """Return how busy the day that starts at this midnight is; 1 is the mean of a week."""
    return _WEEKDAYS[(day_ms // DAY_MS + 3) % 7]  # 1970-01-01 was a Thursday


def moment(rng: random.Random, hours_later: int) -> int:
    """Return when a visit starts: ms after midnight, on a whole second.

    Args:
        rng: where chance comes from.
        hours_later: how much later than others this person lives, in hours; may be negative.
    """
    hour = (bisect(_HOUR_BOUNDS, rng.random()) + hours_later) % 24
    return hour * _HOUR_MS + int(rng.random() * 3600) * 1000


def visits(rng: random.Random, rate: float) -> int:
    """Return a Poisson count; the rate is visits a day."""
    limit = math.exp(-rate)
    count = 0
    left = rng.random()
    while left > limit:
        count += 1
        left *= rng.random()
    return count
