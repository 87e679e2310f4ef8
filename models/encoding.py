"""Online target encoding: a category becomes what was seen of it so far.

Shrunk towards all categories' mean by so many made-up examples, as in Micci-Barreca: "A
preprocessing scheme for high-cardinality categorical attributes" (SIGKDD Explorations 3, 2001), so
that one which is rare or unseen says little or nothing. What was seen fades, so that a category is
what it has been lately.
"""

from collections.abc import Sequence
from math import log

#: Made-up examples of the mean category, for rates and for amounts.
_SHRINK_RATE, _SHRINK_AMOUNT = 30.0, 10.0

#: What was seen fades by this with each further example of the category.
_FADING = 0.9995


class _Seen:
    """Examples, positive ones, and the sum of their log amounts, fading."""

    __slots__ = ("amounts", "count", "positives")

    def __init__(self) -> None:
        self.count = self.positives = self.amounts = 0.0

    def add(self, gain: float) -> None:
        self.count = self.count * _FADING + 1.0
        self.positives *= _FADING
        self.amounts *= _FADING
        if gain > 0.0:
            self.positives += 1.0
            self.amounts += log(gain)


class TargetEncoder:
    """Encodes the categories of several columns, each by itself.

    Args:
        columns: how many.
    """

    def __init__(self, columns: int) -> None:
        self._all = _Seen()
        self._seen: list[dict[float, _Seen]] = [{} for _ in range(columns)]

    def add(self, categories: Sequence[float], gain: float) -> None:
        """Take in what came of an example with these categories."""
        self._all.add(gain)
        for category, seen in zip(categories, self._seen, strict=True):
            if category not in seen:
                seen[category] = _Seen()
            seen[category].add(gain)

    def encode(self, categories: Sequence[float]) -> tuple[list[float], list[float]]:
        """Return, by column, log-odds of any gain and mean log gain, both against the average.

        What was never seen is average: 0.
        """
        everything = self._all
        rate = (everything.positives + 1.0) / (everything.count + 20.0)
        usual = everything.amounts / everything.positives if everything.positives else 0.0
        odds, amounts = [], []
        for category, table in zip(categories, self._seen, strict=True):
            seen = table.get(category)
            if seen is None:
                odds.append(0.0)
                amounts.append(0.0)
                continue
            share = (seen.positives + _SHRINK_RATE * rate) / (seen.count + _SHRINK_RATE)
            odds.append(log(share / (1.0 - share)) - log(rate / (1.0 - rate)))
            spare = seen.amounts - seen.positives * usual
            amounts.append(spare / (seen.positives + _SHRINK_AMOUNT))
        return odds, amounts
