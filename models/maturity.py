"""Holds labels back until their whole cohort is known.

A cancellation labels a snapshot at once, its absence only after the horizon. Who learns labels as
they come sees ten days of positives before the first negative: the base rate looks double at day
20, and every feature that moves with time is blamed. So an example is taken when it is due,
whatever its label: when that of every snapshot of its age is known. Positives and negatives then
arrive in proportion.
"""

from heapq import heappop, heappush

from models.effects import Example


class Maturing:
    """Examples of which the rest of their cohort is not known yet.

    Every partition has its own clock, the newest time at which a label of it became known: when one
    lags behind the others, its positives must not come before its negatives either.
    """

    def __init__(self) -> None:
        self._clocks: dict[int, int] = {}
        self._held: dict[int, list[tuple[int, int, Example]]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._held.values()))

    @property
    def clock(self) -> int:
        """The newest clock of any partition, ms; 0 before the first example."""
        return max(self._clocks.values(), default=0)

    def add(self, example: Example) -> list[Example]:
        """Take in an example; return those of its partition that are ripe now, oldest first."""
        partition = example.partition
        held = self._held.setdefault(partition, [])
        heappush(held, (example.due, example.seq, example))
        clock = max(self._clocks.get(partition, 0), example.label_at)
        self._clocks[partition] = clock
        ripe = []
        while held and held[0][0] <= clock:
            ripe.append(heappop(held)[2])
        return ripe
