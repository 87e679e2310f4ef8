"""Holds labels back until their whole cohort is known.

A cancellation labels a snapshot at once, its absence only after the horizon. Who learns labels as
they come sees ten days of positives before the first negative: the base rate looks double at day
20, and every feature that moves with time is blamed. So an example is taken when its snapshot is
one horizon old, whatever its label; then positives and negatives arrive in proportion.
"""

from heapq import heappop, heappush

from models.effects import Example


class Maturing:
    """Labelled examples whose horizon has not passed yet.

    Args:
        wait: how old (ms) a snapshot must be.
    """

    def __init__(self, wait: int) -> None:
        self._wait = wait
        self._clock = 0
        self._held: list[tuple[int, int, int, Example]] = []

    def __len__(self) -> int:
        return len(self._held)

    def add(self, example: Example) -> list[Example]:
        """Take in an example; return those that are ripe now, oldest snapshot first.

        The newest time at which a label became known is the clock.
        """
        ripe_at = example.at + self._wait
        heappush(self._held, (ripe_at, example.partition, example.seq, example))
        self._clock = max(self._clock, example.label_at)
        ripe = []
        while self._held and self._held[0][0] <= self._clock:
            ripe.append(heappop(self._held)[3])
        return ripe
