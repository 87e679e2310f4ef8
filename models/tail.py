"""The newest examples that were learnt, so that a model that comes late can catch up."""

from array import array
from collections import deque
from typing import NamedTuple

from models.effects import Example
from models.recipes import Model

#: Examples kept. A candidate is handed over within seconds of having read the log to its end.
KEPT = 10_000


class _Learnt(NamedTuple):
    position: int
    at: int
    features: "array[float]"
    gain: float
    window: int


class Tail:
    """The newest examples that were learnt.

    Args:
        names: of the features, in their order.
        position: how many examples had been taken in when it began; of earlier ones it knows none.
    """

    def __init__(self, names: tuple[str, ...], position: int) -> None:
        self._names = names
        self._known_from = position
        self._learnt: deque[_Learnt] = deque()

    def add(self, position: int, example: Example) -> None:
        """Keep an example that was learnt when so many had been taken in."""
        if len(self._learnt) == KEPT:
            self._known_from = self._learnt.popleft().position
        row = array("d", example.features.values())
        self._learnt.append(_Learnt(position, example.at, row, example.gain, example.window))

    def reaches(self, position: int) -> bool:
        """Tell whether all that was learnt after this position is here."""
        return position >= self._known_from

    def teach(self, model: Model, position: int, since: int) -> None:
        """Let a model learn what was learnt after it stood at this position.

        Args:
            model: which.
            position: its own.
            since: snapshots before this time (ms) are none of its.
        """
        newer = []
        for learnt in reversed(self._learnt):
            if learnt.position <= position:
                break
            if learnt.at >= since:
                newer.append(learnt)
        for learnt in reversed(newer):
            features = dict(zip(self._names, learnt.features, strict=True))
            model.learn(features, learnt.gain, learnt.window)
