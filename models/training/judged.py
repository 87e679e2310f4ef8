"""The snapshots that candidates are compared on: the newest labels of the log."""

from collections import deque
from typing import NamedTuple

from models.effects import Example
from models.intake import Intake
from models.versions import position_of


class Judged(NamedTuple):
    """A labelled snapshot that candidates predict again, as if they had been there.

    Attributes:
        position: how far the models that predicted it had learnt: so far may a candidate, too.
        user_id: whose it is.
        at: when it was taken, ms.
        age: which of the domain's ages.
        known: what of the outcome had come.
        features: as they stood.
        label: what came.
        served: what was predicted then, by the champion of that moment.
        predictions: by all models of the line-up.
    """

    position: int
    user_id: str
    at: int
    age: int
    known: float
    features: dict[str, float]
    label: float
    served: float
    predictions: dict[str, float]


class Judges:
    """Finds them, in one pass through the log: the newest labels, and so many at most.

    Args:
        most: how many labels.

    Attributes:
        intake: through which the log goes.
        first_at: event time of the oldest snapshot, ms; 0 before the first.
        last_at: of the newest.
    """

    def __init__(self, most: int) -> None:
        self.intake = Intake()
        self.first_at = self.last_at = 0
        self._newest: deque[Judged] = deque(maxlen=most)

    def take(self, example: Example) -> None:
        """Take in the next example of the log."""
        for ripe in self.intake.take(example):
            self.first_at = self.first_at or ripe.at
            self.last_at = max(self.last_at, ripe.at)
            if ripe.label is not None:
                self._newest.append(_judged(ripe, ripe.label))

    def found(self, since: int = 0) -> list[Judged]:
        """Return the newest labels, in the order in which they were predicted.

        Args:
            since: of snapshots from then on, ms.
        """
        newest = [judged for judged in self._newest if judged.at >= since]
        return sorted(newest, key=lambda judged: (judged.position, judged.at, judged.user_id))


def _judged(example: Example, label: float) -> Judged:
    return Judged(
        position=position_of(example.version),
        user_id=example.user_id,
        at=example.at,
        age=example.age,
        known=example.known,
        features=example.features,
        label=label,
        served=next(iter(example.predictions.values())),
        predictions=example.predictions,
    )
