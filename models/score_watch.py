"""Watches the score that the pinned champion gives the population.

A champion that goes on learning moves its scores by itself. So the scores compared are those of a
copy, made when it was promoted, that learns no more: they move only when the population does, and
in the direction that matters to the model.
"""

from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Sequence
from math import sqrt

from models import psi
from models.days import WEEK

#: Groups of the reference's scores, of equal size.
_GROUPS = 10

#: Scores of the reference that are kept to find these groups.
_MOST = 5000


class ScoreWatch:
    """Scores of the pinned champion: the first week is the reference.

    Attributes:
        mean: of the reference.
        deviation: its standard deviation; 0 until there is a reference.
        count: how many there are in it.
    """

    def __init__(self) -> None:
        self.mean = self.deviation = 0.0
        self.count = 0
        self._collected: list[float] = []
        self._collected_days = 0
        self._edges: list[float] = []
        self._reference: Counter[float] = Counter()
        self._days: deque[tuple[Counter[float], float]] = deque(maxlen=WEEK)

    @property
    def ready(self) -> bool:
        """Whether there is a reference."""
        return bool(self.deviation)

    def add_day(self, scores: Sequence[float]) -> None:
        """Take in the scores of a day."""
        if not self.ready:
            self._collected += scores[: _MOST - len(self._collected)]
            self._collected_days += 1
            if self._collected_days >= WEEK and len(self._collected) >= 2 * _GROUPS:
                self._pin()
            return
        self._days.append((self._binned(scores), sum(scores)))

    def shift(self) -> float | None:
        """Return how far the newest week's mean has moved, in deviations; None if unknown."""
        count = sum(counts.total() for counts, _ in self._days)
        if not count:
            return None
        return (sum(total for _, total in self._days) / count - self.mean) / self.deviation

    def psi(self) -> tuple[float, float] | None:
        """Return the index of the newest week and its limit; None if unknown."""
        now: Counter[float] = sum((counts for counts, _ in self._days), Counter())
        if not now:
            return None
        bins = len(self._edges) + 1
        limit = psi.limit(bins, self.count, now.total())
        return psi.psi(self._reference, now), limit

    def _pin(self) -> None:
        ordered, self.count = sorted(self._collected), len(self._collected)
        count = self.count
        self.mean = sum(ordered) / count
        self.deviation = max(sqrt(sum((s - self.mean) ** 2 for s in ordered) / count), 1e-9)
        cuts = {ordered[count * place // _GROUPS] for place in range(1, _GROUPS)}
        self._edges = sorted(cuts)
        self._reference = self._binned(ordered)
        self._collected = []

    def _binned(self, scores: Sequence[float]) -> Counter[float]:
        return Counter(float(bisect_right(self._edges, score)) for score in scores)
