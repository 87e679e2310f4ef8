"""A made-up log: what is to be simulated, and where its randomness comes from."""

import random
from dataclasses import dataclass

DAY_MS = 86_400_000

_EARLIEST_MS = 946_684_800_000  # 2000-01-01: users may have registered years before a log
_LATEST_MS = 4_102_444_800_000  # 2100-01-01: later event times are taken for broken ones


@dataclass(frozen=True, slots=True)
class Plan:
    """One log to be made.

    Attributes:
        users: how many users there are; those who never visit leave no event.
        days: the length of the log, in days of 24 hours (UTC).
        seed: a whole number from 0 to 2**63 - 1; the same plan always gives the same bytes.
        start_ms: the first midnight (UTC), in ms since 1970.
        drift_at: the day (1 is the second day) from which behaviour changes; None for never.

    Raises:
        ValueError: a field is out of range; the message says which.
    """

    users: int
    days: int
    seed: int = 0
    start_ms: int = 1_538_352_000_000  # 2018-10-01
    drift_at: int | None = None

    def __post_init__(self) -> None:
        if self.users < 1 or self.days < 1:
            raise ValueError("users and days must be at least 1")
        if not 0 <= self.seed < 2**63:
            raise ValueError("seed must be at least 0 and below 2**63")
        if self.start_ms % DAY_MS:
            raise ValueError("start_ms must be a midnight, UTC")
        if self.start_ms < _EARLIEST_MS or self.end_ms > _LATEST_MS:
            raise ValueError("the log must lie between 2000-01-01 and 2100-01-01")
        if self.drift_at is not None and self.days == 1:
            raise ValueError("a drift needs a log of 2 days or more")
        if self.drift_at is not None and not 1 <= self.drift_at < self.days:
            raise ValueError(
                f"the drift must lie inside the log: from 1 to {self.days - 1} for {self.days} days"
            )

    @property
    def end_ms(self) -> int:
        """The first ms after the log."""
        return self.start_ms + self.days * DAY_MS


def seeded(*parts: int) -> random.Random:
    """Return a generator of its own for these whole numbers >= 0, such as a seed and a purpose."""
    rng = random.Random()  # noqa: S311 - simulation, not cryptography
    reseed(rng, *parts)
    return rng


def reseed(rng: random.Random, *parts: int) -> None:
    """Set a generator to the start of the sequence of these whole numbers, each below 2**64."""
    key = 1
    for part in parts:
        key = key << 64 | part
    rng.seed(key)
