"""The population stability index: how far shares have moved from those of a reference.

``sum((now - before) * log(now / before))`` over the bins. By convention below 0.1 nothing has
happened; a score whose mean has moved by 0.3 standard deviations comes to as much. By chance alone
it is about chi-squared, with one degree of freedom less than bins, times ``1 / n + 1 / m``
(Yurdakul: "Statistical properties of population stability index", 2018), so that few snapshots need
a higher limit.
"""

from collections.abc import Mapping
from math import inf, log, sqrt
from statistics import NormalDist

#: The conventional limit, and the share of cases in which chance alone may pass its own.
CONVENTION, _CHANCE = 0.1, 1e-4

#: Categories told apart; the rarer ones of the reference are one.
MOST = 20

_NORMAL = NormalDist().inv_cdf(1.0 - _CHANCE)
_OTHERS = inf

Counts = Mapping[float, float]


def lumped(counts: Counts, kept: Counts) -> dict[float, float]:
    """Return counts by the ``MOST`` most frequent categories of ``kept``, and of all others."""
    names = sorted(kept, key=lambda name: (-kept[name], name))[:MOST]
    found = {name: counts.get(name, 0.0) for name in names}
    found[_OTHERS] = sum(counts.values()) - sum(found.values())
    return found


def psi(before: Counts, now: Counts) -> float:
    """Return the index; each bin of either counts half a snapshot more than it has.

    >>> round(psi({1.0: 50, 2.0: 50}, {1.0: 50, 2.0: 50}), 3)
    0.0
    >>> round(psi({1.0: 550, 2.0: 450}, {1.0: 300, 2.0: 700}), 2)
    0.26
    """
    bins = {*before, *now}
    first = sum(before.values()) + 0.5 * len(bins)
    second = sum(now.values()) + 0.5 * len(bins)
    index = 0.0
    for name in bins:
        a, b = (before.get(name, 0.0) + 0.5) / first, (now.get(name, 0.0) + 0.5) / second
        index += (b - a) * log(b / a)
    return index


def limit(bins: int, before: float, now: float) -> float:
    """Return what the index of so many bins stays below, of so many snapshots each.

    >>> limit(10, 5000, 5000), round(limit(10, 100, 100), 2)
    (0.1, 0.68)
    """
    if bins < 2 or not before or not now:
        return inf
    freedom = bins - 1
    # Wilson and Hilferty's approximation of the chi-squared quantile (1931)
    part = 2.0 / (9.0 * freedom)
    quantile = freedom * (1.0 - part + _NORMAL * sqrt(part)) ** 3
    return max(CONVENTION, quantile * (1.0 / before + 1.0 / now))
