"""Which snapshots drift detectors take: so few of a user that none shares its outcome with another.

Ten daily snapshots before a cancellation have that one cancellation for their label. A detector
that took them all would count it ten times, and believe in shifts that are one user's. So of each
``Domain.overlap`` snapshots in a row it is one's turn, another one for every user.
"""

from typing import Any
from zlib import crc32

from models.domain import Domain
from models.plan import DAY_MS


def is_turn(domain: Domain[Any, Any], user_id: str, at: int, age: int) -> bool:
    """Tell whether it is the turn of a user's snapshot, taken at ``at`` (ms) and that age.

    >>> from models import domains
    >>> days = [day for day in range(30) if is_turn(domains.load("churn"), "a", day * DAY_MS, 0)]
    >>> [later - earlier for earlier, later in zip(days, days[1:])]
    [10, 10]
    """
    if domain.overlap == 1:
        return True
    place = age if len(domain.ages) > 1 else at // DAY_MS
    return (crc32(user_id.encode()) + place) % domain.overlap == 0


def is_turn_of_label(domain: Domain[Any, Any], user_id: str, at: int, age: int) -> bool:
    """Tell the same of a label.

    Where users are looked at by ages, all their labels come at once: the first one speaks, of which
    least was known.
    """
    return age == 0 if len(domain.ages) > 1 else is_turn(domain, user_id, at, age)
