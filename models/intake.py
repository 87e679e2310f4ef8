"""The examples log, in order: each example once, and handed on when its cohort is known."""

from models.effects import Example
from models.maturity import Maturing


class Intake:
    """Takes in the examples of a log.

    Attributes:
        position: how many have been taken in.
        duplicates: how many were skipped because they had been taken in before.
        gaps: how many are missing: jumps in the numbering of a partition.
    """

    def __init__(self) -> None:
        self.position = self.duplicates = self.gaps = 0
        self._seen: dict[int, int] = {}
        self._maturing = Maturing()

    @property
    def waiting(self) -> int:
        """How many wait for their horizon to pass."""
        return len(self._maturing)

    @property
    def clock(self) -> int:
        """The newest time at which a label became known, ms; 0 before the first."""
        return self._maturing.clock

    def take(self, example: Example) -> list[Example]:
        """Take in the next example; return those that may be learnt now, oldest first."""
        last = self._seen.get(example.partition, 0)
        if example.seq <= last:
            self.duplicates += 1
            return []
        self.gaps += example.seq - last - 1
        self._seen[example.partition] = example.seq
        self.position += 1
        return self._maturing.add(example)
