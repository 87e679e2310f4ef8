"""How long ago something was, by a clock that may be set meanwhile."""

import math


def elapsed(since: float, now: float) -> float:
    """Return the seconds from a moment to now: for ever, where the clock was set back in between.

    So what is done now and then is done once too often, and never too seldom by hours.

    >>> elapsed(100.0, 102.5), elapsed(7300.0, 100.0)
    (2.5, inf)
    """
    return now - since if now >= since else math.inf
